//go:build unix && !darwin

package dialog

import (
	"html"
	"regexp"
	"strings"
)

// entryText is the text above a line to type into. The dialog programs read
// backslash escapes in it, which would let a name forge a line.
func entryText(all []string) string { return unescaped(wrap(commandLine(lines(all...)))) }

// listText is the text above a list, which is read as markup and for escapes.
func listText(text string) string { return redText(text, "") }

// redText is listText with a part that is red.
func redText(text, red string) string {
	if red != "" { // marked before the text is broken into lines, by what no text of others has in it: it is not printable
		text = strings.Replace(text, red, "\x0e"+red+"\x0f", 1)
	}
	text = html.EscapeString(wrap(commandLine(text)))
	return unescaped(strings.NewReplacer("\x0e", `<span foreground="#c01c28" weight="bold">`, "\x0f", "</span>").Replace(text))
}

// messageText is the text of a message, which is shown as it is.
func messageText(text string) string { return wrap(commandLine(text)) }

// folder is a folder without those that it is in.
func folder(path string) string {
	if i := strings.LastIndexByte(path, '/'); strings.Count(path, "/") > 1 && i < len(path)-1 {
		return "…" + path[i:]
	}
	return path
}

func unescaped(text string) string { return strings.ReplaceAll(text, `\`, `\\`) }

// identifiers are what every user of a machine would read if it were on a command
// line: ARNs, key ids and account ids.
var identifiers = regexp.MustCompile(`(?i)\barn:[^\s"'“”,;]*[^\s"'“”,;.:]|\b(AKIA|ASIA|AIDA|AROA|AGPA|ANPA|ANVA|ABIA|ACCA)[A-Z0-9]{8,}|\d{12,}|\d{4}-\d{4}-\d{4}`)

// commandLine makes a text fit for the command line of a dialog program, which every
// user of the machine can read: each identifier is shortened to the part that tells it
// from others of its kind, an ARN to its name, anything else to its last four characters.
func commandLine(text string) string {
	return identifiers.ReplaceAllStringFunc(text, func(id string) string {
		if i := strings.LastIndexAny(id, "/:"); i >= 0 && i < len(id)-1 {
			return "…" + strings.Replace(identifiers.ReplaceAllStringFunc(id[i:], lastFour), ":", "/", 1)
		}
		return lastFour(id)
	})
}

func lastFour(id string) string { return "…" + id[len(id)-4:] }

// private says whether a text must not be on a command line.
func private(text string) bool { return identifiers.MatchString(text) }
