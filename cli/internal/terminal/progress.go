package terminal

import (
	"fmt"
	"os"
	"strings"
	"unicode/utf8"
)

// Progress is one line of a terminal that says how far something is. Where there is no
// terminal, nothing is shown.
type Progress struct {
	out   *os.File // nil without a terminal
	shown int      // how long the line is
}

// NewProgress shows progress on stderr, where that is a terminal.
func NewProgress(stderr *os.File) *Progress {
	if !Is(stderr) {
		return &Progress{}
	}
	return &Progress{out: stderr}
}

// Show replaces the line.
func (p *Progress) Show(line string) {
	if p.out == nil {
		return
	}
	length := utf8.RuneCountInString(line)
	fmt.Fprint(p.out, "\r"+line+strings.Repeat(" ", max(p.shown-length, 0)))
	p.shown = length
}

// Clear takes the line away, before anything else is shown.
func (p *Progress) Clear() {
	if p.shown > 0 {
		fmt.Fprint(p.out, "\r"+strings.Repeat(" ", p.shown)+"\r")
		p.shown = 0
	}
}
