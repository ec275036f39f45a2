package report

import (
	"strconv"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Grants are the grants that live, for a person.
func Grants(grants []vaultcore.Grant, now time.Time) string {
	var rows [][]string
	for _, g := range grants {
		left := "while it runs"
		if !g.Ends.IsZero() {
			left = vaultcore.TimeLeft(g.Ends.Sub(now))
		}
		rows = append(rows, []string{strconv.Itoa(g.ID), g.Profile, g.Of, g.Program, left})
	}
	return table([]string{"ID", "PROFILE", "WHAT", "PROGRAM", "FOR"}, rows)
}

// grantReport is the stable form of a grant for programs: fields are only ever added.
type grantReport struct {
	ID      int       `json:"id"`
	Profile string    `json:"profile"`
	Of      string    `json:"of"`
	Program string    `json:"program"`
	Begun   time.Time `json:"begun"`
	Ends    time.Time `json:"ends,omitzero"` // absent: while the program runs
}

// GrantsJSON are the grants in their stable form; never null.
func GrantsJSON(grants []vaultcore.Grant) any {
	report := []grantReport{}
	for _, g := range grants {
		made := grantReport{g.ID, g.Profile, g.Of, g.Program, second(g.Begun), time.Time{}}
		if !g.Ends.IsZero() {
			made.Ends = second(g.Ends)
		}
		report = append(report, made)
	}
	return report
}
