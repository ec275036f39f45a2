package report

import (
	"fmt"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Doctor is the stable form of what was found, for programs.
type Doctor struct {
	Failing  bool               `json:"failing"`
	Profile  string             `json:"profile,omitempty"`
	Checks   []vaultcore.Check  `json:"checks"`
	Searches []vaultcore.Search `json:"searches"`
}

// Text is the report for a person: a line for each check, what to do about it below,
// and the places where AWS's tools look for a profile's credentials.
func (r Doctor) Text() string {
	wide := 0
	for _, c := range r.Checks {
		wide = max(wide, displayWidth(c.Name))
	}
	var b strings.Builder
	for _, c := range r.Checks {
		fmt.Fprintf(&b, "%-4s  %-*s  %s\n", c.Verdict, wide, Line(c.Name), Line(c.Text))
		for line := range strings.SplitSeq(c.Next, "\n") {
			if line != "" {
				fmt.Fprintf(&b, "%s%s\n", strings.Repeat(" ", wide+8), Line(line))
			}
		}
	}
	for _, search := range r.Searches {
		fmt.Fprintf(&b, "\n%s look for the credentials of %s in this order:\n", Line(search.Tools), vaultcore.Printable(r.Profile))
		var rows [][]string
		for _, place := range search.Places {
			mark := "  "
			if place.Wins {
				mark = "→ "
			}
			rows = append(rows, []string{"  " + mark + Line(place.Name), Line(place.Text)})
		}
		b.WriteString(Columns(rows, 0, 2))
	}
	return b.String()
}
