package search

import (
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Heads are what is above the cells of a [Row].
var Heads = []string{"State", "Profile", "Role", "Account", "Region", "Session"}

// Row is a profile as one row of a list, harmless to show: the sign of its state, its
// name, what else tells profiles apart, and the time left or what the sign means, in words.
func Row(p vaultcore.ProfileState, now time.Time) []string {
	left := p.Trouble()
	if rest := p.Expires.Round(0).Sub(now.Round(0)); rest > 0 && left == "" {
		left = vaultcore.TimeLeft(rest)
	}
	row := []string{p.Mark(), p.Name, p.Role, p.AccountLabel(), p.Region, left}
	for i, cell := range row {
		row[i] = vaultcore.Printable(cell)
	}
	return row
}

// Picked returns the profile that a line names, which some launcher shows and returns:
// a [Row] with whatever white space between its cells. The time left may be another by
// now. It is not ok for a line that is none, such as what a person types.
func Picked(profiles []vaultcore.ProfileState, line string) (picked vaultcore.ProfileState, ok bool) {
	words := strings.Fields(line)
	if len(words) < 2 {
		return picked, false
	}
	most := 0 // words of the best that fits: a name may begin with another and a space
	for _, p := range profiles {
		row := Row(p, time.Time{})
		known := strings.Fields(strings.Join(row[1:5], " "))
		n := len(known)
		if n > most && n < len(words) && strings.Join(words[1:n+1], " ") == strings.Join(known, " ") && isMark(words[0]) {
			picked, ok, most = p, true, n
		}
	}
	return picked, ok
}

// isMark says whether a word is the sign of a state. The state may be another by now.
func isMark(word string) bool { return strings.Contains("●◐◌✕▢○", word) }
