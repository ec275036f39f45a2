package dialog

import (
	"strings"
	"unicode/utf8"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// The longest sentence and the longest hint that a dialog shows.
const (
	maxSentence = 400
	maxLines    = 12
)

// paragraph makes text of several lines harmless.
func paragraph(text string) string {
	var kept []string
	for piece := range strings.Lines(text) {
		if len(kept) == maxLines {
			kept = append(kept, "…")
			break
		}
		kept = append(kept, vaultcore.PrintableLine(piece, maxSentence))
	}
	return strings.TrimSpace(strings.Join(kept, "\n"))
}

// The most of a file that a dialog shows.
const (
	maxExcerpt = 200 // lines
	maxWidth   = 200 // characters
)

// excerpt makes lines of a file harmless, and leaves them where they are.
func excerpt(text string) string {
	var kept []string
	for piece := range strings.Lines(text) {
		if len(kept) == maxExcerpt {
			kept = append(kept, "…")
			break
		}
		kept = append(kept, vaultcore.PrintableUpTo(strings.TrimRight(piece, "\n"), maxWidth))
	}
	return strings.Join(kept, "\n")
}

// lines joins the lines that have something in them.
func lines(all ...string) string {
	var kept []string
	for _, one := range all {
		if one != "" {
			kept = append(kept, one)
		}
	}
	return strings.Join(kept, "\n")
}

// maxColumn is how wide a line of text is before it is broken: a dialog program
// makes its window as wide as the longest line.
const maxColumn = 72

// wrap breaks long lines between words.
func wrap(text string) string {
	var out []string
	for _, one := range strings.Split(text, "\n") {
		row := ""
		for _, word := range strings.Split(one, " ") {
			if row != "" && utf8.RuneCountInString(row)+1+utf8.RuneCountInString(word) > maxColumn {
				out = append(out, row)
				row = word
				continue
			}
			if row != "" {
				row += " "
			}
			row += word
		}
		out = append(out, row)
	}
	return strings.Join(out, "\n")
}
