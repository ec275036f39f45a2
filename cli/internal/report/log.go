package report

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/audit/record"
)

// outcome says how something ended, and what else there is to say.
func outcome(e record.Entry) string {
	var said []string
	if e.Outcome != record.Done {
		said = append(said, e.Outcome)
	} else if e.Kind == record.Approval {
		said = append(said, e.Allowed)
	}
	for _, more := range []string{e.AccessKeyID, e.Detail, e.Reason} {
		if more != "" {
			said = append(said, more)
		}
	}
	return strings.Join(said, ": ")
}

// stamp is a moment as a line of the log has it.
func stamp(at time.Time) string { return at.Local().Format("2006-01-02 15:04:05") }

// Log are lines of the trail for a person. The columns are as wide as usual, so that lines
// that come later stand below them.
func Log(lines []record.Line) string {
	rows := make([][]string, len(lines))
	for i, l := range lines {
		rows[i] = []string{stamp(l.Time), cmp.Or(Line(l.Profile), "-"), l.What(), l.Chain(), Line(outcome(l.Entry))}
	}
	var b strings.Builder
	for line := range strings.Lines(Columns(rows, 14, 2)) {
		fmt.Fprintln(&b, strings.TrimRight(line, " \n"))
	}
	return b.String()
}

// Verified says whether the trail is as it was written.
func Verified(r record.Report) string {
	var b strings.Builder
	for _, note := range r.Notes {
		fmt.Fprintf(&b, "%s  %s\n", stamp(note.Time), Line(note.Detail))
	}
	if r.Torn > 0 {
		fmt.Fprintf(&b, "The last line is incomplete (%d bytes): it is being written, or the app was killed while writing.\n", r.Torn)
	}
	for _, damage := range r.Damage {
		fmt.Fprintln(&b, Line(damage.String()))
	}
	if len(r.Damage) == 0 {
		fmt.Fprintf(&b, "%s in %s: each is as it was written.\n", Counted(r.Lines, "line"), Counted(r.Files, "file"))
	}
	return b.String()
}
