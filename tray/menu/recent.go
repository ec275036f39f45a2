package menu

import (
	"strconv"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

const (
	maxRecent = 10 // lines of what was done of late
	maxWhat   = 46 // columns of what one says was done
	maxWho    = 28 // columns of who did it
)

// recent is the submenu of what was done of late: what, who and when. A click shows all
// that there is.
func (v *view) recent() Item {
	if len(v.snap.Recent) > 0 { // a time of today reads otherwise tomorrow
		now := v.clock.now
		v.clock.changes(time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, now.Location()))
	}
	children := make([]Item, 0, maxRecent)
	for i := range maxRecent {
		item := Item{Key: "recent." + strconv.Itoa(i), Enabled: true, Hidden: true, Action: Action{Kind: Activity}}
		if i < len(v.snap.Recent) {
			item.Title, item.Hidden = v.activity(v.snap.Recent[i]), false
		}
		children = append(children, item)
	}
	return Item{Key: "recent", Title: "Recent activity", Enabled: true, Hidden: len(v.snap.Recent) == 0, Children: children}
}

// activity is one line: "16:42   prod-admin: credentials – terraform (in ~/infra)".
func (v *view) activity(a vaultcore.Activity) string {
	what := a.What
	if a.Profile != "" {
		what = a.Profile + ": " + what
	}
	what = isolated(cutMiddle(harmless(what), maxWhat))
	if a.Failed {
		what = "✕ " + what
	}
	return v.clock.at(a.Time) + "   " + what + " – " + isolated(cutMiddle(harmless(a.Who), maxWho))
}
