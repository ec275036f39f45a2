package tray

import (
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
	// build makes the rows as they are at first, in place of any that are there;
	// with whole, those of the submenus too. Clicked may be called from any
	// goroutine, and must not be held up.
	build(m menu.Menu, clicked func(row int), whole bool)
	// fill makes the rows of submenus that build has left empty.
	fill(m menu.Menu)
	// row changes the face of one row.
	row(number int, was, is menu.Item)
	// face changes icon and tooltip.
	face(was, is menu.Menu)
}

// row is a row as it is shown.
type row struct {
	item  menu.Item // its Children are not used
	seen  bool      // neither it nor the row that it hangs from is hidden
	place int       // how many rows are seen above it, on its level
	since time.Time // when it came to mean what it means, where it is
}

// flatten numbers the rows: each before its children, as they are shown.
func flatten(items []menu.Item) []row { return flattenBelow(true, items) }

func flattenBelow(seen bool, items []menu.Item) []row {
	var rows []row
	place := 0
	for _, item := range items {
		shown := seen && !item.Hidden
		rows = append(rows, row{item: item, seen: shown, place: place})
		rows = append(rows, flattenBelow(shown, item.Children)...)
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

// draw puts a menu on the surface: it changes the rows that differ and leaves
// the others alone.
func (b *bar) draw(m menu.Menu) {
	b.surface.face(b.shown, m)
	next := flatten(m.Items)
	for i := range next {
		if was := b.rows[i].item; differ(was, next[i].item) {
			b.surface.row(i, was, next[i].item)
		}
	}
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

// differ says whether two states of a row look different. What a hidden row
// would look like is nothing to draw.
func differ(a, b menu.Item) bool {
	if a.Hidden && b.Hidden {
		return false
	}
	return a.Hidden != b.Hidden || a.Title != b.Title || a.Enabled != b.Enabled || a.Beside != b.Beside || a.Checked != b.Checked
}
