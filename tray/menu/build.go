package menu

import (
	"strconv"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// The kinds of action of the rows below.
const (
	Find    Kind = "find"   // find a profile in a list
	Add     Kind = "add"    // add credentials, for Profile where there is one
	Lock    Kind = "lock"   // lock the vault
	Unlock  Kind = "unlock" // unlock the vault
	About   Kind = "about"  // say what this program is
	OpenLog Kind = "log"    // open the log file
	Quit    Kind = "quit"   // end the app
)

const (
	maxTop = 10 // profiles on the top level
	maxAll = 25 // profiles below "All profiles": more do not fit a screen

	maxSignIns = 5 // sign-ins; hardly anybody has more than three
)

// Options are what a menu depends on besides the snapshot.
type Options struct {
	// Console says that the app can open consoles. It must not change between
	// two menus of one tray.
	Console bool
	// Chosen are the profiles that the person chose from a list, latest first.
	// They count as recent.
	Chosen []string
}

// view is what the rows are made of.
type view struct {
	snap    vaultcore.Snapshot
	options Options
	clock   clock
	names   names
	red     bool // some profile is protected: the rows of the others leave room for the picture
}

// Build makes the menu for what is known now.
func Build(snap vaultcore.Snapshot, now time.Time, o Options) Menu {
	v := &view{snap: snap, options: o, clock: clock{now: now.Round(0)}, names: nameAll(snap.Profiles)}
	for i := range snap.Profiles { // each is large: none is copied
		v.red = v.red || snap.Profiles[i].Protected
	}
	top, rest := choose(snap.Profiles, o.Chosen, v.clock)
	items := make([]Item, 0, maxTop+maxSignIns+12)
	items = append(items, v.attention(), v.plainKeys(), v.proposal())
	for i := range maxTop {
		if i < len(top) {
			items = append(items, v.profile(i, top[i]))
			continue
		}
		items = append(items, v.profile(i, nil))
	}
	items = append(items, v.faults(), v.all(rest), Item{
		Key: "find", Title: "Find profile…", Enabled: !snap.Locked, Hidden: len(snap.Profiles) == 0, Action: Action{Kind: Find},
	})
	items = append(items, v.signIns()...)
	items = append(items, v.served())
	items = append(items, v.foot()...)
	finish(items, false)
	return Menu{Icon: v.icon(), Title: "Vaultbar", Tooltip: v.tooltip(), Items: items, Next: v.clock.next}
}

// finish empties the titles of rows that are not seen: a host that shows them all
// the same, or reads them out, has nothing to say. The others run from left to
// right.
func finish(items []Item, hidden bool) {
	for i := range items {
		item := &items[i]
		if item.Title = leftToRight(item.Title); hidden || item.Hidden {
			item.Title = ""
		}
		finish(item.Children, hidden || item.Hidden)
	}
}

// Starting is the menu until something is known: it has the shape of every
// other, and all that it offers is the way out.
func Starting(o Options) Menu { return only("Vaultbar is starting", o) }

// Failing is the menu when nothing can be known.
func Failing(o Options) Menu { return only("Vaultbar cannot read its state", o) }

func only(line string, o Options) Menu {
	m := Build(vaultcore.Snapshot{}, time.Time{}, Options{Console: o.Console})
	for i := range m.Items {
		item := &m.Items[i]
		item.Hidden = !item.Separator && item.Key != "about" && item.Key != "log" && item.Key != "quit"
	}
	finish(m.Items, false)
	m.Items[0] = Item{Key: "attention", Title: line}
	m.Tooltip = line
	return m
}

// all is the submenu of the profiles that are not on the top level.
func (v *view) all(rest []*vaultcore.ProfileState) Item {
	children := make([]Item, 0, maxAll+1)
	for i := range maxAll {
		item := Item{Key: "all." + strconv.Itoa(i), Hidden: true}
		if i < len(rest) {
			item.Title, item.Beside, item.Hidden = v.title(rest[i]), v.beside(rest[i]), false
			item.Enabled, item.Action = v.choice(rest[i])
		}
		children = append(children, item)
	}
	more := Item{Key: "all.more", Hidden: len(rest) <= maxAll, Enabled: !v.snap.Locked, Action: Action{Kind: Find}}
	if !more.Hidden {
		more.Title = strconv.Itoa(len(rest)-maxAll) + " more: find one…"
	}
	children = append(children, more)
	return Item{Key: "all", Title: "All profiles", Enabled: true, Hidden: len(rest) == 0, Children: children}
}

// foot is what is below the profiles.
func (v *view) foot() []Item {
	lock := Item{Key: "lock", Title: "Lock", Enabled: true, Action: Action{Kind: Lock}}
	if v.snap.Locked {
		lock.Title, lock.Action = "Unlock…", Action{Kind: Unlock}
	}
	return []Item{
		{Key: "line.foot", Separator: true},
		{Key: "add", Title: "Add credentials…", Enabled: !v.snap.Locked, Hidden: v.offersAdd(), Action: Action{Kind: Add}},
		lock,
		v.recent(),
		v.settings(),
		{Key: "about", Title: "About Vaultbar", Enabled: true, Action: Action{Kind: About}},
		{Key: "log", Title: "Open log file", Enabled: true, Action: Action{Kind: OpenLog}},
		{Key: "quit", Title: "Quit", Enabled: true, Action: Action{Kind: Quit}},
	}
}
