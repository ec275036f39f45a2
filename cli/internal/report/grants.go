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

// GrantsJSON are the grants in their stable form; never null.
func GrantsJSON(grants []vaultcore.Grant) any {
	report := append([]vaultcore.Grant{}, grants...)
	for i := range report {
		report[i].Begun, report[i].Ends = second(report[i].Begun), second(report[i].Ends)
	}
	return report
}
