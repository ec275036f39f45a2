//go:build unix && !darwin

package dialog

import (
	"html"
	"strings"
)

// entryText is the text above a line to type into. The dialog programs read
// backslash escapes in it, which would let a name forge a line.
func entryText(all []string) string { return unescaped(wrap(commandLine(lines(all...)))) }

// listText is the text above a list, which is read as markup and for escapes.
func listText(text string) string { return unescaped(html.EscapeString(wrap(commandLine(text)))) }

// messageText is the text of a message, which is shown as it is.
func messageText(text string) string { return wrap(commandLine(text)) }

// folder is a folder without those that it is in.
func folder(path string) string {
	if i := strings.LastIndexByte(path, '/'); strings.Count(path, "/") > 1 && i < len(path)-1 {
		return "…" + path[i:]
	}
	return path
}

// commandLine makes a text fit for the command line of a dialog program, which
// every user of the machine can read.
func commandLine(text string) string { return withoutIDs(text) }

func unescaped(text string) string { return strings.ReplaceAll(text, `\`, `\\`) }
