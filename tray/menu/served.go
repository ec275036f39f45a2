package menu

import (
	"strconv"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// StopServing serves Profile no more, or none.
const StopServing Kind = "stop-serving"

// maxServed is how many of the profiles that are served have a row.
const maxServed = 5

// served is the row of the profiles that are served until somebody ends that. While it
// is there, any program of the person's that has a token gets their credentials.
func (v *view) served() Item {
	all := v.snap.Served
	item := Item{Key: "served", Enabled: true, Hidden: len(all) == 0}
	switch len(all) {
	case 0:
	case 1:
		item.Title = "Serving " + v.name(all[0].Profile)
	default:
		item.Title = "Serving " + strconv.Itoa(len(all)) + " profiles"
	}
	for i := range maxServed {
		row := Item{Key: "served." + strconv.Itoa(i), Enabled: true, Hidden: i >= len(all)}
		if !row.Hidden {
			row.Title, row.Action = "Stop serving "+v.name(all[i].Profile)+servedTo(all[i]), Action{Kind: StopServing, Profile: all[i].Profile}
		}
		item.Children = append(item.Children, row)
	}
	item.Children = append(item.Children, Item{
		Key: "served.all", Title: "Stop serving all", Enabled: true, Hidden: len(all) < 2, Action: Action{Kind: StopServing},
	})
	return item
}

// servedTo says who else is served.
func servedTo(s vaultcore.ServedState) string {
	if s.Containers {
		return " (to containers too)"
	}
	return ""
}
