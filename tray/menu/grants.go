package menu

import (
	"strconv"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Revoke ends what programs were allowed of the profile.
const Revoke Kind = "revoke"

// granted is the row that ends what programs were allowed of a profile.
func (v *view) granted(profile string) Item {
	var of []vaultcore.Grant
	for _, g := range v.snap.Grants {
		if g.Profile == profile {
			of = append(of, g)
		}
	}
	item := Item{Key: "grants", Enabled: true, Hidden: len(of) == 0, Action: Action{Kind: Revoke, Profile: profile}}
	switch len(of) {
	case 0:
	case 1:
		item.Title = "Allowed: " + short(of[0].Program) + " – end that"
	default:
		item.Title = strconv.Itoa(len(of)) + " programs are allowed to have it – end that"
	}
	return item
}
