// Package report words what the command prints of what the app says: text for a person,
// in columns as a terminal shows them, and the stable form of it for a program, which
// --json prints.
//
// It is pure: values and the time go in, text comes out. Nothing of others, a name of the
// config file or an answer of AWS, moves the cursor or forges a line ([Line], [JSON]), and
// no secret is in a value that it is given, but for [ServeJSON]. Fields of the stable
// forms are only ever added.
//
// Start with [List] and [Status].
package report

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Line replaces line breaks by spaces and drops other control and format
// characters.
func Line(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case ' ' <= r && r <= '~': // as nearly all are
			return r
		case r == '\n' || r == '\r' || r == '\t':
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp):
			return -1
		default:
			return r
		}
	}, strings.TrimRightFunc(text, unicode.IsSpace))
}

// Lines are [Line] for each of several.
func Lines(lines []string) string {
	var b strings.Builder
	for _, line := range lines {
		b.WriteString(Line(line) + "\n")
	}
	return b.String()
}

// Counted is a number of things in words: "1 session", "3 sessions", "No
// sessions".
func Counted(n int, thing string) string {
	if n == 0 {
		return "No " + thing + "s"
	}
	return vaultcore.Counted(n, thing)
}

// Names are names in words, each once, in their order.
func Names(names []string) string {
	var shown []string
	for _, name := range names {
		if name = vaultcore.Printable(name); !slices.Contains(shown, name) {
			shown = append(shown, name)
		}
	}
	return strings.Join(shown, ", ")
}

// JSON is a value for programs.
func JSON(value any) ([]byte, error) {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing JSON: %w", err)
	}
	return append(escapeUnseen(text), '\n'), nil
}

// escapeUnseen writes characters that a terminal would act on, or that change the
// order of what is beside them, as \u escapes: a name may hold them. In JSON they
// are within strings, and encoding/json leaves them as they are.
func escapeUnseen(text []byte) []byte {
	var b []byte
	for _, r := range string(text) {
		if r < 0x7f || !unicode.In(r, unicode.Cc, unicode.Cf) {
			b = utf8.AppendRune(b, r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			b = fmt.Appendf(b, `\u%04x`, unit)
		}
	}
	return b
}

// second is a time as AWS writes it: UTC, whole seconds.
func second(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// Whose names the owner of a key.
func Whose(identity vaultcore.Identity) string {
	switch identity.User {
	case "":
		return "key of " + identity.ARN
	case "root":
		return "key of the root of account " + identity.Account
	default:
		return "key of user " + identity.User + ", account " + identity.Account
	}
}
