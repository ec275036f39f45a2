//go:build unix && !darwin

package desktop

import (
	"html"
	"strings"
)

// entryText is the text above a line to type into. The dialog programs read
// backslash escapes in it, which would let a name forge a line.
func entryText(all []string) string { return unescaped(wrap(lines(all...))) }

// listText is the text above a list, which is read as markup and for escapes.
func listText(text string) string { return unescaped(html.EscapeString(wrap(text))) }

// listCell is a line of a list. It never starts like an option.
func listCell(text string) string {
	if strings.HasPrefix(text, "-") {
		return " " + text
	}
	return text
}

// messageText is the text of a message, which is shown as it is.
func messageText(text string) string { return wrap(text) }

func unescaped(text string) string { return strings.ReplaceAll(text, `\`, `\\`) }
