//go:build linux

package stories_test

import (
	"context"
	"image"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
)

const (
	trayHost = "org.kde.StatusNotifierWatcher"
	trayItem = "org.kde.StatusNotifierItem"
	trayMenu = "com.canonical.dbusmenu"
)

// entry is a row of the menu that is not hidden, as the panel knows it.
type entry struct {
	id       int32
	label    string
	enabled  bool
	ticked   bool
	children []entry
}

// call asks another program of the desktop for something.
func (d *desktop) call(name string, path dbus.ObjectPath, method string, args ...any) *dbus.Call {
	ctx, cancel := context.WithTimeout(context.Background(), desktoptest.Patience)
	defer cancel() // it waits for the answer
	return d.bus.Object(name, path).CallWithContext(ctx, method, 0, args...)
}

// icon waits until the panel has the app's icon, and returns its name on the bus.
func (d *desktop) icon() string {
	d.Helper()
	var found string
	d.screen.Eventually("the panel has the app's icon", func() bool {
		found = d.findIcon()
		return found != ""
	})
	return found
}

func (d *desktop) findIcon() string {
	items, err := d.bus.Object(trayHost, "/StatusNotifierWatcher").GetProperty(trayHost + ".RegisteredStatusNotifierItems")
	if err != nil {
		return ""
	}
	names, _ := items.Value().([]string)
	for _, name := range names {
		name, _, _ = strings.Cut(name, "/")
		var pid uint32
		err := d.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus.GetConnectionUnixProcessID", name).Store(&pid)
		if err == nil && int(pid) == d.appPID() {
			return name
		}
	}
	return ""
}

// menu reads the rows.
func (d *desktop) menu() []entry {
	d.Helper()
	rows, err := d.readMenu(d.icon())
	d.check(err)
	return rows
}

func (d *desktop) readMenu(icon string) ([]entry, error) {
	var revision uint32
	var root struct {
		ID       int32
		Props    map[string]dbus.Variant
		Children []dbus.Variant
	}
	path, err := d.bus.Object(icon, "/StatusNotifierItem").GetProperty(trayItem + ".Menu")
	if err != nil {
		return nil, err
	}
	at, _ := path.Value().(dbus.ObjectPath)
	if err := d.call(icon, at, trayMenu+".GetLayout", int32(0), int32(-1), []string{}).Store(&revision, &root); err != nil {
		return nil, err
	}
	return entries(root.Children), nil
}

func entries(children []dbus.Variant) []entry {
	var all []entry
	for _, child := range children {
		fields := child.Value().([]any)
		props := fields[1].(map[string]dbus.Variant)
		if visible, ok := props["visible"]; ok && visible.Value() == false || props["type"].Value() == "separator" {
			continue
		}
		e := entry{id: fields[0].(int32), children: entries(fields[2].([]dbus.Variant)), enabled: true}
		e.label, _ = props["label"].Value().(string)
		e.label = strings.ReplaceAll(e.label, "__", "_")
		if enabled, ok := props["enabled"].Value().(bool); ok {
			e.enabled = enabled
		}
		state, _ := props["toggle-state"].Value().(int32)
		e.ticked = state == 1
		all = append(all, e)
	}
	return all
}

// words are the rows as text, for comparing and for a test that failed.
func words(rows []entry, indent string) string {
	var b strings.Builder
	for _, row := range rows {
		b.WriteString(indent + strconv.FormatBool(row.enabled) + " " + row.label + "\n" + words(row.children, indent+"    "))
	}
	return b.String()
}

// find follows labels down, each the beginning of a row's label.
func find(rows []entry, labels ...string) (entry, bool) {
	at := slices.IndexFunc(rows, func(e entry) bool { return strings.HasPrefix(e.label, labels[0]) })
	if at < 0 {
		return entry{}, false
	}
	if len(labels) == 1 {
		return rows[at], true
	}
	return find(rows[at].children, labels[1:]...)
}

// row waits for a row that begins so.
func (d *desktop) row(labels ...string) entry {
	d.Helper()
	return d.look(labels, func(_ string, _ entry, ok bool) bool { return ok })
}

// readAgain is how long a menu is believed that tells of no change: an app or a panel that
// goes meanwhile tells nothing, and has no menu for a while.
const readAgain = 400 * time.Millisecond

// look reads the menu until it is as wanted, each time that it tells of a change, and shows
// it when it never is.
func (d *desktop) look(labels []string, wanted func(all string, row entry, ok bool) bool) entry {
	d.Helper()
	changes := make(chan *dbus.Signal, 64)
	d.bus.Signal(changes)
	defer d.bus.RemoveSignal(changes)
	var found entry
	var read time.Time
	icon, last, ok, done := "", "", false, false
	defer func() {
		if !done {
			d.Logf("the menu is\n%s", last)
		}
	}()
	d.screen.Eventually("the menu has "+strings.Join(labels, " / "), func() bool {
		if drained(changes) || time.Since(read) >= readAgain {
			if icon == "" {
				icon = d.icon()
			}
			read = time.Now()
			rows, err := d.readMenu(icon)
			if err != nil {
				icon, last, ok, read = "", err.Error(), false, time.Time{}
				return false
			}
			found, ok = find(rows, labels...)
			last = words(rows, "")
		}
		return wanted(last, found, ok)
	})
	done = true
	return found
}

// drained empties a channel, and says whether anything was in it.
func drained(changes <-chan *dbus.Signal) (any bool) {
	for {
		select {
		case <-changes:
			any = true
		default:
			return any
		}
	}
}

// atRest is how long the menu must have been the same before a person has read
// it and clicks. The app disregards clicks on rows that have just changed.
const atRest = 600 * time.Millisecond

// rested waits until the menu comes to rest with that row in it, and a click on
// it does something.
func (d *desktop) rested(labels ...string) entry {
	d.Helper()
	last, since := "", time.Now()
	return d.look(labels, func(all string, row entry, ok bool) bool {
		if all != last || !ok || !row.enabled {
			last, since = all, time.Now()
		}
		return time.Since(since) >= atRest
	})
}

// click clicks a row as the panel does, without its menu being on the screen.
func (d *desktop) click(labels ...string) {
	d.Helper()
	d.clickRow(d.rested(labels...))
}

func (d *desktop) clickRow(row entry) {
	d.Helper()
	icon := d.icon()
	path, err := d.bus.Object(icon, "/StatusNotifierItem").GetProperty(trayItem + ".Menu")
	d.check(err)
	d.check(d.call(icon, path.Value().(dbus.ObjectPath), trayMenu+".Event", row.id, "clicked", dbus.MakeVariant(""), uint32(0)).Err)
}

// pick does with the mouse and the arrow keys what a person does: it opens the
// menu on the panel and walks to a row. Pause is called with the menu open on
// that row.
func (d *desktop) pick(pause func(), labels ...string) {
	d.Helper()
	d.rested(labels...)
	d.openMenu()
	level := d.menu()
	for depth, label := range labels {
		able := slices.DeleteFunc(slices.Clone(level), func(e entry) bool { return !e.enabled })
		at := slices.IndexFunc(able, func(e entry) bool { return strings.HasPrefix(e.label, label) })
		if at < 0 {
			d.Fatalf("%q cannot be chosen in\n%s", labels, words(d.menu(), ""))
		}
		if depth == 0 {
			at++ // nothing is chosen yet; a submenu opens with its first row chosen
		}
		for range at {
			d.screen.Key("Down")
		}
		if depth+1 < len(labels) {
			d.screen.Key("Right")
			d.popups(depth + 2)
		}
		level = able[max(0, slices.IndexFunc(able, func(e entry) bool { return strings.HasPrefix(e.label, label) }))].children
	}
	if pause != nil {
		pause()
	}
	d.screen.Key("Return")
	d.popups(0)
}

// openMenu clicks the icon with the mouse and waits for the menu. A panel that shows an
// icon may not know its menu yet: then a person clicks again, later and later.
func (d *desktop) openMenu() {
	d.Helper()
	x := d.iconPlace()
	next, wait := time.Now(), 2*time.Second
	d.screen.Eventually("the menu opens", func() bool {
		if d.openPopups() > 0 {
			return true
		}
		if time.Now().After(next) {
			d.screen.Click(x, panelHeight/2, 1)
			next, wait = time.Now().Add(wait), 2*wait
		}
		return false
	})
	d.popups(1)
}

// closeMenu closes the menu. One that looks drawn may not take keys yet.
func (d *desktop) closeMenu() {
	d.Helper()
	d.screen.Eventually("the menu is closed", func() bool {
		if d.openPopups() == 0 {
			return true
		}
		d.screen.Key("Escape")
		return false
	})
}

const panelHeight = 32

// x looks at the display with a connection of its own.
func (d *desktop) x(look func(*xgb.Conn, *xproto.ScreenInfo)) {
	d.Helper()
	conn, err := xgb.NewConnDisplay(d.screen.Display)
	d.check(err)
	defer conn.Close()
	look(conn, xproto.Setup(conn).DefaultScreen(conn))
}

// iconPlace waits for an icon on the panel, which is black and has no other, and
// returns its middle.
func (d *desktop) iconPlace() int {
	d.Helper()
	middle := 0
	d.screen.Eventually("an icon is drawn on the panel", func() bool {
		first, last := d.lit()
		middle = (first + last) / 2
		return first >= 0
	})
	return middle
}

// lit are the first and the last column of the panel that are not black; -1
// when all are.
func (d *desktop) lit() (first, last int) {
	first, last = -1, -1
	d.x(func(conn *xgb.Conn, screen *xproto.ScreenInfo) {
		width := screen.WidthInPixels
		reply, err := xproto.GetImage(conn, xproto.ImageFormatZPixmap, xproto.Drawable(screen.Root), 0, 0, width, panelHeight, ^uint32(0)).Reply()
		d.check(err)
		for i := 0; i+3 < len(reply.Data); i += 4 {
			if max(reply.Data[i], reply.Data[i+1], reply.Data[i+2]) < 64 {
				continue
			}
			column := i / 4 % int(width)
			if first < 0 || column < first {
				first = column
			}
			last = max(last, column)
		}
	})
	return first, last
}

// popups waits until so many menus of the panel are open, and drawn: a menu that
// still opens loses keys.
func (d *desktop) popups(want int) {
	d.Helper()
	d.screen.Eventually(strconv.Itoa(want)+" menus are open", func() bool { return d.openPopups() == want })
	if want == 0 {
		return
	}
	d.screen.WaitStill()
}

func (d *desktop) openPopups() int { return len(d.popupWindows()) }

// popupWindows are the menus of the panel that are open, the last opened one last.
func (d *desktop) popupWindows() (all []xproto.Window) {
	d.x(func(conn *xgb.Conn, screen *xproto.ScreenInfo) {
		tree, err := xproto.QueryTree(conn, screen.Root).Reply()
		d.check(err)
		for _, id := range tree.Children {
			if isPopup(conn, id) {
				all = append(all, id)
			}
		}
	})
	return all
}

// placeOf is where a window is on the screen.
func (d *desktop) placeOf(id xproto.Window) (place image.Rectangle) {
	d.x(func(conn *xgb.Conn, screen *xproto.ScreenInfo) {
		size, err := xproto.GetGeometry(conn, xproto.Drawable(id)).Reply()
		d.check(err)
		at, err := xproto.TranslateCoordinates(conn, id, screen.Root, 0, 0).Reply()
		d.check(err)
		place = image.Rect(0, 0, int(size.Width), int(size.Height)).Add(image.Pt(int(at.DstX), int(at.DstY)))
	})
	return place
}

// clickFirstRow clicks the first row of the open menu with the mouse.
func (d *desktop) clickFirstRow() {
	d.Helper()
	open := d.popupWindows()
	if len(open) != 1 {
		d.Fatalf("%d menus are open", len(open))
	}
	const halfRow = 14
	top := d.placeOf(open[0]).Min
	d.screen.Click(top.X+4*halfRow, top.Y+halfRow, 1)
	d.popups(0)
}

// press clicks the button of a dialog that goes ahead with the mouse: it is in the
// lowest right corner.
func (d *desktop) press(title string) {
	d.Helper()
	w := d.screen.Window(title)
	d.screen.WaitStill()
	corner := d.placeOf(xproto.Window(w.ID)).Max
	d.screen.Click(corner.X-40, corner.Y-28, 1)
	d.screen.Gone(w)
}

// isPopup says whether a window is an open menu. A window that closes meanwhile
// is none; the icon's tooltip is none either.
func isPopup(conn *xgb.Conn, id xproto.Window) bool {
	seen, err := xproto.GetWindowAttributes(conn, id).Reply()
	if err != nil || !seen.OverrideRedirect || seen.MapState != xproto.MapStateViewable {
		return false
	}
	const property = "_NET_WM_WINDOW_TYPE"
	name, err := xproto.InternAtom(conn, false, uint16(len(property)), property).Reply()
	if err != nil {
		return false
	}
	kinds, err := xproto.GetProperty(conn, false, id, name.Atom, xproto.AtomAtom, 0, 8).Reply()
	if err != nil {
		return false
	}
	for raw := kinds.Value; len(raw) >= 4; raw = raw[4:] {
		kind, err := xproto.GetAtomName(conn, xproto.Atom(xgb.Get32(raw))).Reply()
		if err == nil && strings.HasSuffix(kind.Name, "_MENU") {
			return true
		}
	}
	return false
}
