package menu

import (
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// offered are the rows of a profile that a list of actions has, in its order,
// each with the words that it has there when they are others.
var offered = []struct{ key, title string }{
	{"console", ""}, {"console.window", ""}, {"console.at", ""}, {"console.at.window", ""},
	{"terminal", ""}, {"session", ""}, {"copy.env", ""}, {"copy.export", ""},
	{"account", "Copy the account id"}, {"who", "Copy the ARN"}, {"how", "Explain where its credentials come from"}, {"region", ""}, {"color", ""}, {"role", ""}, {"end", ""}, {"rotate", ""}, {"remove", ""},
}

// Actions are what can be done with one profile now, for a list to choose from:
// what people do most comes first, and what would do nothing is left out. There
// are none for a profile that is not there.
func Actions(snap vaultcore.Snapshot, now time.Time, o Options, profile string) []Item {
	p := snap.Profile(profile)
	if p.Name == "" {
		return nil
	}
	v := &view{snap: snap, options: o, clock: clock{now: now.Round(0)}, names: nameAll(snap.Profiles)}
	row := Menu{Items: []Item{v.profile(0, &p)}}
	var items []Item
	for _, offer := range offered {
		item := row.Find("profile.0." + offer.key)
		if item == nil || item.Hidden || !item.Enabled {
			continue
		}
		shown := *item
		if offer.title != "" {
			shown.Title = offer.title
		}
		items = append(items, shown)
	}
	return items
}
