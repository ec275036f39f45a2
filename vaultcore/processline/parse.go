// Package processline reads and writes the credential_process lines of the AWS config
// file that call vaultbar, or aws-vault, whose place it takes.
//
// A line is a command for AWS's own tools, some of which run it by a shell: it is read
// with its quotes, and through env and sh -c, and only what no shell changes is written.
// The package runs nothing and knows no file.
//
// Start with [Parse].
package processline

import (
	"errors"
	"slices"
	"strings"
)

var errQuote = errors.New("a quote is not closed")

// Command is a credential_process, taken apart.
type Command struct {
	Words   []string // the program and what follows, without any wrapper
	Wrapped bool     // it stood behind env or sh -c
}

// maxWrappers is how many shells and envs are looked through.
const maxWrappers = 4

// Parse takes a credential_process apart, and looks through `env X=Y` and `sh -c '…'` at
// the program that is meant. It fails for a quote that is not closed.
func Parse(text string) (Command, error) {
	words, err := splitWords(text)
	if err != nil {
		return Command{}, err
	}
	c := Command{Words: words}
	for range maxWrappers {
		inner, err := unwrap(c.Words)
		if err != nil || inner == nil {
			return c, err
		}
		c = Command{Words: inner, Wrapped: true}
	}
	return c, nil
}

// unwrap returns the command inside env or a shell, or nil.
func unwrap(words []string) ([]string, error) {
	if len(words) == 0 {
		return nil, nil
	}
	switch baseName(words[0]) {
	case "env":
		rest := words[1:]
		for len(rest) > 0 && (strings.Contains(rest[0], "=") || strings.HasPrefix(rest[0], "-")) {
			if (rest[0] == "-u" || rest[0] == "-C") && len(rest) > 1 {
				rest = rest[1:]
			}
			rest = rest[1:]
		}
		if len(rest) > 0 {
			return rest, nil
		}
	case "sh", "bash", "zsh", "dash":
		for i, word := range words[1:] {
			if strings.HasPrefix(word, "-") && strings.HasSuffix(word, "c") && i+2 < len(words) {
				return splitWords(strings.TrimPrefix(words[i+2], "exec "))
			}
		}
	}
	return nil, nil
}

// Program is the base name of what is run.
func (c Command) Program() string {
	if len(c.Words) == 0 {
		return ""
	}
	return baseName(c.Words[0])
}

// Request is what a command line asks Vaultbar, or aws-vault, for. Apart from the profile
// and NoSession it is values of flags, as they stand there; empty where there is none.
type Request struct {
	Profile   string
	NoSession bool
	Duration  string
	Region    string
	MinTTL    string
	Prompt    string
	Others    []string // flags that say how aws-vault works, not what is wanted
}

// valued are the flags of the two programs that have a value.
var valued = []string{
	"-d", "--duration", "-t", "--mfa-token", "--region", "--min-ttl", "--prompt", "--format",
	"--backend", "--keychain", "--secret-service-collection", "--pass-dir", "--pass-cmd", "--pass-prefix", "--file-dir",
}

// Prompts are the values of --prompt that vaultbar takes, aws-vault's among them.
var Prompts = []string{"auto", "terminal", "dialog", "none", "ykman", "osascript", "zenity", "kdialog", "wincredui"}

// Request reads what the command asks for. It asks for nothing when it is no call
// for credentials, or runs a further program with them.
func (c Command) Request() (r Request, ok bool) {
	var words []string // without flags: export PROFILE
	for rest := c.Words[min(1, len(c.Words)):]; len(rest) > 0; rest = rest[1:] {
		word := rest[0]
		if word == "--" {
			words = append(words, rest[1:]...)
			break
		}
		if len(word) < 2 || word[0] != '-' {
			words = append(words, word)
			continue
		}
		name, value, given := splitFlag(word)
		if slices.Contains(valued, name) && !given && len(rest) > 1 {
			rest = rest[1:]
			value = rest[0]
		}
		r.take(name, value)
	}
	if len(words) != 2 || words[0] != "export" && words[0] != "exec" {
		return Request{}, false
	}
	r.Profile = words[1]
	return r, true
}

// splitFlag splits --name=value, -dvalue and -d=value.
func splitFlag(word string) (name, value string, given bool) {
	if strings.HasPrefix(word, "--") || len(word) == 2 {
		return strings.Cut(word, "=")
	}
	if name = word[:2]; slices.Contains(valued, name) {
		return name, strings.TrimPrefix(word[2:], "="), true
	}
	return word, "", false
}

// take takes in one flag.
func (r *Request) take(name, value string) {
	switch name {
	case "-n", "--no-session":
		r.NoSession = true
	case "-nj", "-jn":
		r.NoSession = true
	case "-d", "--duration":
		r.Duration = value
	case "--region":
		r.Region = value
	case "--min-ttl":
		r.MinTTL = value
	case "--prompt":
		if !slices.Contains(Prompts, value) {
			r.Others = append(r.Others, name+"="+value)
			return
		}
		r.Prompt = value
	case "--format", "-j", "--json": // how it is printed
	default:
		r.Others = append(r.Others, name)
	}
}

// Ours says whether the command calls Vaultbar, or aws-vault, whose place
// Vaultbar takes.
func (c Command) Ours() bool { return c.Program() == "vaultbar" || c.Program() == "aws-vault" }

// Exports says whether the command is exactly the [Request.Line] that asks for a profile
// and nothing else, whatever the path of vaultbar.
func (c Command) Exports(profile string) bool {
	if c.Wrapped || c.Program() != "vaultbar" || len(c.Words) != 4 {
		return false
	}
	rest := c.Words[1:]
	return slices.Equal(rest, []string{"export", "--format=json", profile}) ||
		slices.Equal(rest, []string{"export", profile, "--format=json"})
}

// baseName is the last part of a path of any system, without .exe.
func baseName(path string) string {
	path = strings.ToLower(path[strings.LastIndexAny(path, `/\`)+1:])
	return strings.TrimSuffix(path, ".exe")
}

// splitWords splits a command line at spaces outside of quotes. A backslash
// escapes a space, a quote or another backslash and stands for itself before
// anything else, so that paths of Windows can be read as well.
func splitWords(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	var quote byte
	started := false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\\' && quote != '\'' && i+1 < len(text) && strings.IndexByte(` "'\`, text[i+1]) >= 0:
			i++
			word.WriteByte(text[i])
			started = true
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote, started = c, true
		case quote == 0 && (c == ' ' || c == '\t'):
			if started {
				words = append(words, word.String())
			}
			word.Reset()
			started = false
		default:
			word.WriteByte(c)
			started = true
		}
	}
	if quote != 0 {
		return nil, errQuote
	}
	if started {
		words = append(words, word.String())
	}
	return words, nil
}
