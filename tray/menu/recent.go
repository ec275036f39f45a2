package menu

import (
	"slices"
	"strconv"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Activity shows recent activity.
const Activity Kind = "activity"

const (
	maxRecent = 10 // lines of recent activity
	maxWhat   = 46 // columns of what one says was done
	maxWho    = 28 // columns of who did it
)

// recent is the submenu of recent activity: what, who and when. A click shows all
// that there is. Below what a standing grant has allowed, where it is the latest of that,
// a row ends the grant.
func (v *view) recent() Item {
	if len(v.snap.Recent) > 0 { // a time of today reads otherwise tomorrow
		now := v.clock.now
		v.clock.changes(time.Date(now.Year(), now.Month(), now.Day()+1, 0, 0, 0, 0, now.Location()))
	}
	children, offered := make([]Item, 0, 2*maxRecent), make(map[int]bool)
	for i := range maxRecent {
		key := "recent." + strconv.Itoa(i)
		item := Item{Key: key, Enabled: true, Hidden: true, Action: Action{Kind: Activity}}
		end := Item{Key: key + ".revoke", Enabled: true, Hidden: true, Action: Action{Kind: Revoke}}
		if i < len(v.snap.Recent) {
			item.Title, item.Hidden = v.activity(v.snap.Recent[i]), false
			if id := v.snap.Recent[i].Grant; !offered[id] {
				v.revocable(id, &end)
				offered[id] = true
			}
		}
		children = append(children, item, end)
	}
	return Item{Key: "recent", Title: "Recent activity", Enabled: true, Hidden: len(v.snap.Recent) == 0, Children: children}
}

// revocable has a row end a grant, where that stands.
func (v *view) revocable(id int, row *Item) {
	at := slices.IndexFunc(v.snap.Grants, func(g vaultcore.Grant) bool { return g.ID == id })
	if at < 0 {
		return
	}
	g := v.snap.Grants[at]
	row.Hidden, row.Action.Profile, row.Action.Value = false, g.Profile, strconv.Itoa(g.ID)
	row.Title = "            Revoke: " + short(g.Program) + " may have it "
	if g.Ends.IsZero() {
		row.Title += "while it runs"
	} else {
		row.Title += "until " + v.clock.at(g.Ends)
	}
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
