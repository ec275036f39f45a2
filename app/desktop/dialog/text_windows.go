package dialog

import "strings"

// entryText is the text above a line to type into. The system's window has room
// for one line, so it is what matters most: what was wrong, else who asks, else
// what to type; the title says for which profile.
func entryText(all []string) string {
	first, _, _ := strings.Cut(lines(all...), "\n")
	return first
}

// listText is the text above a list.
func listText(text string) string { return text }

// messageText is the text of a message.
func messageText(text string) string { return text }

// commandLine leaves a text as it is: none gets on a command line.
func commandLine(text string) string { return text }

// folder leaves a path as it is.
func folder(path string) string { return path }
