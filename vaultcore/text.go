package vaultcore

import (
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxPrintable is how many characters of foreign text one field of a dialog or
// a terminal question shows.
const maxPrintable = 64

// Printable makes text from a config file or another program safe to show in a
// dialog, a menu or a terminal: one line, no control, format or bidirectional
// characters, at most 64 characters. It is idempotent.
func Printable(text string) string { return PrintableUpTo(text, maxPrintable) }

// PrintableUpTo is [Printable] for a sentence, which may be longer than one field.
func PrintableUpTo(text string, limit int) string {
	var b strings.Builder
	n := 0
	for _, r := range text {
		if !showable(r) {
			continue
		}
		if n == limit {
			return shorten(b.String())
		}
		b.WriteRune(r)
		n++
	}
	return b.String()
}

// showable says whether a character may be shown to a person inside a line
// that Vaultbar vouches for. Cc and Cf cover newlines, escapes, zero-width and
// bidirectional controls; line and paragraph separators break lines.
func showable(r rune) bool {
	return r != unicode.ReplacementChar && !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Cs, unicode.Co)
}

// shorten replaces the last character by an ellipsis.
func shorten(text string) string {
	runes := []rune(text)
	return string(runes[:len(runes)-1]) + "…"
}

// Counted is a number of things in words: "1 session", "3 sessions".
func Counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return strconv.Itoa(n) + " " + thing + "s"
}

// Listed are names of others in a line, with commas between them.
func Listed(names []string) string {
	shown := make([]string, len(names))
	for i, name := range names {
		shown[i] = Printable(name)
	}
	return strings.Join(shown, ", ")
}

// Sentence words an error or a hint as a sentence of its own.
func Sentence(text string) string {
	text = Capital(strings.TrimSpace(text))
	if text == "" || strings.ContainsAny(text[len(text)-1:], ".!?`") || strings.HasSuffix(text, "…") {
		return text
	}
	return text + "."
}

// Capital begins a sentence.
func Capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + text[size:]
}

// PrintableLine is [PrintableUpTo] for a line that begins and ends with a word.
func PrintableLine(text string, limit int) string {
	return strings.TrimSpace(PrintableUpTo(text, limit))
}

// unquoted are the characters that no shell treats in a special way.
const unquoted = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=_-.,:@%"

// ShellWord writes a word for a POSIX shell, quoted where it must be; credentials themselves need no
// quotes, so programs that read KEY=VALUE lines without a shell get them bare.
func ShellWord(value string) string {
	if value != "" && strings.Trim(value, unquoted) == "" {
		return value
	}
	return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}

// Argument is a name from a config file in a command line that a person may copy from a
// hint: [Printable], and one [ShellWord].
func Argument(name string) string { return ShellWord(Printable(name)) }

// ShortenHome writes ~ for the home folder, which may be empty: then for none.
func ShortenHome(path, home string) string {
	if home == "" || len(home) == 1 { // the root of the file system
		return path
	}
	rest, ok := strings.CutPrefix(path, home)
	if ok && (rest == "" || rest[0] == '/' || rest[0] == filepath.Separator) {
		return "~" + rest
	}
	return path
}
