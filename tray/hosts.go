package tray

import "time"

// rise is how long after a tray host came its menu gets submenus. Hosts on
// libdbusmenu (Xfce, Cinnamon, GNOME's extension on it) ask for the properties
// of the top level and of each submenu at once; the library's connection
// answers in any order; and a row whose parent is not known yet is never shown.
// So a host meets the top level first, and the submenus when that has settled.
const rise = time.Second

// hostless is how long a desktop may show no tray before the person is told that
// there is none: at login a panel may come after the app.
const hostless = 10 * time.Second

// missed tells that nobody shows the icon.
func (b *bar) missed() {
	if b.missing {
		return
	}
	b.missing = true
	b.log.Info("no tray host has come", "waited", hostless)
	if b.options.Hostless != nil {
		b.options.Hostless()
	}
}

// greet follows the tray hosts that come and go. Without one nobody can click,
// and that is when the rows are made anew for the next: with the library
// beneath, a click that meets a removal ends the process.
func (b *bar) greet(here bool) {
	b.rise.Stop()
	b.lonely.Stop()
	if !here {
		b.lonely.Reset(hostless)
	}
	if b.whole {
		b.whole = false
		b.build()
	}
	if here {
		b.rise.Reset(rise)
	}
}

// fill gives the host that is here its submenus.
func (b *bar) fill() {
	b.whole = true
	b.complete(b.rows)
}
