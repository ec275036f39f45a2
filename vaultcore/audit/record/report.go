package record

import "fmt"

// Report is what a look at the whole trail found.
type Report struct {
	Files, Lines int
	First, Last  int64 // the numbers of the first and the last line; 0 where there is none
	// Torn is how many bytes are a line that is not whole at the end: the app was killed
	// as it wrote, or is writing.
	Torn   int
	Damage []Damage
	Notes  []Entry // what the trail says of itself: that it was torn or damaged before, and what was lost
}

// Damage is a place at which the trail is not as it was written.
type Damage struct {
	File string // its name; empty for the trail as a whole
	Line int    // in the file, from 1; 0 for the file as a whole
	What string // what is wrong, without a full stop
}

// String says it in one line.
func (d Damage) String() string {
	switch {
	case d.File == "":
		return d.What
	case d.Line == 0:
		return d.File + ": " + d.What
	default:
		return fmt.Sprintf("%s:%d: %s", d.File, d.Line, d.What)
	}
}
