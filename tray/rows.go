package tray

import (
	"slices"
	"time"

	"github.com/vaultbar/vaultbar/tray/menu"
)

// clickDelay is how long a row must have meant the same, at the same place, before a
// click on it counts: longer than a hand that has begun to click needs to
// stop, and than a tray host needs to draw.
const clickDelay = 400 * time.Millisecond

// surface is the real tray, or a test's. Rows are numbered in the order of
// [flatten]. Only the owner of the menu calls it.
type surface interface {
	// reset takes away all rows that are there, for so many others. Clicked may be called
	// from any goroutine, and must not be held up.
	reset(rows int, clicked func(row int))
	// add makes a row that can be seen and clicked, at the end of its level: below the row
	// parent, or on the top level.
	add(number, parent int, is menu.Item)
	// row changes the face of one row.
	row(number int, was, is menu.Item)
	// face changes icon and tooltip.
	face(was, is menu.Menu)
}

// topLevel stands for the row that those of the top level hang from.
const topLevel = -1

// row is a row as it is shown.
type row struct {
	item   menu.Item // its Children are not used
	parent int       // the number of the row that it hangs from, or topLevel
	seen   bool      // neither it nor the row that it hangs from is hidden
	place  int       // how many rows are seen above it, on its level
	since  time.Time // when it came to mean what it means, where it is
	made   bool      // the surface has it
	told   menu.Item // how the surface has it: what changes while nobody can see it is told later
}

// flatten numbers the rows: each before its children, as they are shown.
func flatten(items []menu.Item) []row { return flattenBelow(nil, items, topLevel, true) }

func flattenBelow(rows []row, items []menu.Item, parent int, seen bool) []row {
	place := 0
	for _, item := range items {
		number, shown := len(rows), seen && !item.Hidden
		rows = append(rows, row{item: item, parent: parent, seen: shown, place: place})
		rows = flattenBelow(rows, item.Children, number, shown)
		if shown {
			place++
		}
	}
	return rows
}

// meant says whether a click at that time on this row is what the person meant.
func (r row) meant(at time.Time) bool {
	return r.seen && r.item.Enabled && r.item.Action.Kind != menu.None && at.Sub(r.since) >= clickDelay
}

// build makes the rows in place of any that are there.
func (b *bar) build() {
	b.surface.reset(len(b.rows), b.clicked)
	for i := range b.rows {
		b.rows[i].made = false
	}
	b.complete(b.rows)
}

// draw puts a menu on the surface: it changes the rows that differ and leaves
// the others alone.
func (b *bar) draw(m menu.Menu) {
	b.surface.face(b.shown, m)
	next := flatten(m.Items)
	for i, was := range b.rows {
		next[i].made, next[i].told = was.made, was.told
	}
	b.complete(next)
	drawn := time.Now() // until now, those who look may have seen the old rows
	for i := range next {
		was := b.rows[i]
		next[i].since = was.since
		if was.item.Action != next[i].item.Action || was.place != next[i].place || was.seen != next[i].seen {
			next[i].since = drawn
		}
	}
	b.rows, b.shown = next, m
}

// complete makes the rows that are wanted and not there yet, and tells what has changed in
// those that can be seen.
func (b *bar) complete(rows []row) {
	wanted := b.wanted(rows)
	for i := range rows {
		if r := &rows[i]; wanted[i] && !r.made {
			b.surface.add(i, r.parent, r.item)
			r.made, r.told = true, r.item
			r.told.Enabled, r.told.Hidden, r.told.Beside = true, false, menu.Nothing
		}
	}
	for i := range rows {
		r := &rows[i]
		reached := r.parent == topLevel || rows[r.parent].seen
		if !r.made || !reached || r.item.Separator || !differ(r.told, r.item) {
			continue
		}
		b.surface.row(i, r.told, r.item)
		if r.told.Hidden = r.item.Hidden; !r.item.Hidden {
			r.told = r.item
		}
	}
}

// wanted says which rows there must be. A row can only be added at the end of its level, so a
// submenu has all up to the last that is seen. Where the tray has no host that comes and goes,
// all rows are there from the start: on some systems a row that is hidden takes no children.
func (b *bar) wanted(rows []row) []bool {
	wanted, seen := make([]bool, len(rows)), make(map[int]bool)
	for i, r := range slices.Backward(rows) {
		seen[r.parent] = seen[r.parent] || r.seen && !r.item.Separator
		wanted[i] = r.parent == topLevel || b.hosts == nil || b.whole && seen[r.parent]
	}
	return wanted
}

// differ says whether two states of a row look different. What a hidden row
// would look like is nothing to draw.
func differ(a, b menu.Item) bool {
	if a.Hidden && b.Hidden {
		return false
	}
	return a.Hidden != b.Hidden || a.Title != b.Title || a.Enabled != b.Enabled || a.Beside != b.Beside || a.Checked != b.Checked
}
