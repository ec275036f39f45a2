package report

import (
	"cmp"
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Columns lays rows out as a terminal shows them, where a name in Japanese takes two
// Columns a character. A column is at least so wide, and has a gap to the next.
func Columns(rows [][]string, least, gap int) string {
	var wide []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(wide) {
				wide = append(wide, least)
			}
			wide[i] = max(wide[i], displayWidth(cell)+gap)
		}
	}
	var b strings.Builder
	for _, row := range rows {
		for i, cell := range row {
			b.WriteString(cell)
			if i < len(row)-1 {
				b.WriteString(strings.Repeat(" ", wide[i]-displayWidth(cell)))
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// table is rows under their heads, in columns.
func table(heads []string, rows [][]string) string {
	shown := [][]string{heads}
	for _, row := range rows {
		shown = append(shown, cells(vaultcore.Printable, row...))
	}
	return Columns(shown, 0, 3)
}

// cells is a row of a table: each text as show has it, and a dash for what is not there.
func cells(show func(string) string, texts ...string) []string {
	row := make([]string, len(texts))
	for i, text := range texts {
		row[i] = cmp.Or(show(text), "-")
	}
	return row
}

// displayWidth is how many columns of a terminal a text takes.
func displayWidth(text string) int {
	n := 0
	for _, r := range text {
		n += runeWidth(r)
	}
	return n
}

func runeWidth(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) { // it is drawn over the one before
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	default:
		return 1
	}
}
