package menu

import (
	"strconv"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Protect proposes to protect the profiles whose names look like production.
const Protect Kind = "protect"

// proposal is the row that proposes to protect the profiles whose names look like
// production. It goes once the person has said yes or no.
func (v *view) proposal() Item {
	profiles := Proposed(v.snap)
	item := Item{Key: "propose", Enabled: !v.snap.Locked, Hidden: len(profiles) == 0, Action: Action{Kind: Protect}}
	switch len(profiles) {
	case 0:
	case 1:
		item.Title = v.name(profiles[0]) + " looks like production – protect it…"
	default:
		item.Title = strconv.Itoa(len(profiles)) + " profiles look like production – protect them…"
	}
	return item
}

// Proposed are the names of the profiles that are to be proposed for protection: those
// that can be used.
func Proposed(snap vaultcore.Snapshot) (names []string) {
	for i := range snap.Profiles {
		if p := &snap.Profiles[i]; p.Propose && !conditionOf(p, p.State).helpless() {
			names = append(names, p.Name)
		}
	}
	return names
}
