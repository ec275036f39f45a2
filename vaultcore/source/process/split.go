package process

import (
	"errors"
	"strings"
)

// errQuote is a command line in which a quote is open at the end.
var errQuote = errors.New("a quote is not closed")

// Split splits a command line into words as AWS's command line does on this system:
// [SplitPOSIX] or [SplitWindows].
func Split(line string) ([]string, error) { return split(line) }

// SplitPOSIX splits as a POSIX shell would that expands nothing: a backslash escapes
// any character outside of quotes, and a quote or a backslash inside of double ones.
// Source: botocore compat_shell_split, which is Python's shlex.split.
func SplitPOSIX(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	var quote rune
	started, escaped := false, false
	for _, c := range line {
		switch {
		case escaped:
			if quote == '"' && c != '"' && c != '\\' {
				word.WriteByte('\\')
			}
			word.WriteRune(c)
			escaped = false
		case c == '\\' && quote != '\'':
			escaped, started = true, true
		case quote != 0:
			if c == quote {
				quote = 0
			} else {
				word.WriteRune(c)
			}
		case c == '"' || c == '\'':
			quote, started = c, true
		case strings.ContainsRune(" \t\r\n", c):
			if started {
				words = append(words, word.String())
			}
			word.Reset()
			started = false
		default:
			word.WriteRune(c)
			started = true
		}
	}
	if quote != 0 || escaped {
		return nil, errQuote
	}
	if started {
		words = append(words, word.String())
	}
	return words, nil
}

// SplitWindows splits as programs of Windows do: a backslash stands for itself but
// before a double quote, where two are one and an odd one makes the quote a letter.
// Source: botocore _windows_shell_split; Microsoft, "Parsing C command-line arguments".
func SplitWindows(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	slashes := 0
	quoted, started := false, false
	for _, c := range line {
		if c == '\\' {
			slashes++
			continue
		}
		if c == '"' {
			word.WriteString(strings.Repeat(`\`, slashes/2))
			started = true
			if slashes%2 == 1 {
				word.WriteByte('"')
			} else {
				quoted = !quoted
			}
			slashes = 0
			continue
		}
		started = started || slashes > 0
		word.WriteString(strings.Repeat(`\`, slashes))
		slashes = 0
		if !quoted && (c == ' ' || c == '\t') {
			if started {
				words = append(words, word.String())
			}
			word.Reset()
			started = false
			continue
		}
		word.WriteRune(c)
		started = true
	}
	if quoted {
		return nil, errQuote
	}
	word.WriteString(strings.Repeat(`\`, slashes))
	if started || slashes > 0 {
		words = append(words, word.String())
	}
	return words, nil
}
