//go:build !windows && !darwin

package tray

import (
	"context"
	"time"

	"fyne.io/systray"
	"github.com/godbus/dbus/v5"
)

// Where the library serves the menu, and how.
const (
	menuPath  = dbus.ObjectPath("/StatusNotifierItem/menu")
	menuFace  = "com.canonical.dbusmenu"
	rowsOf    = menuFace + ".GetLayout"
	rowsAsked = menuFace + ".LayoutUpdated"
)

// maxPreload is how long asking our own menu for its rows may take.
const maxPreload = time.Second

// preload has a host ask for the rows of every submenu as the menu opens. Plasma
// asks for those of one only when it opens, and so places it before it knows how
// large it is: partly off the screen. It tells that the menu opens, as hosts on
// libdbusmenu do not, and asks for the rows of a submenu that is said to have
// changed.
func preload(ctx context.Context) {
	for {
		select {
		case <-systray.TrayOpenedCh:
			announceSubmenus(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// announceSubmenus says of each submenu that its rows have changed. One that
// cannot be announced opens as it did before.
func announceSubmenus(ctx context.Context) {
	conn, err := dbus.SessionBus()
	if err != nil {
		return
	}
	limited, cancel := context.WithTimeout(ctx, maxPreload)
	defer cancel()
	var revision uint32
	var root struct {
		ID       int32
		Props    map[string]dbus.Variant
		Children []dbus.Variant
	}
	own := conn.Object(conn.Names()[0], menuPath)
	if err := own.CallWithContext(limited, rowsOf, 0, int32(0), int32(1), []string{}).Store(&revision, &root); err != nil {
		return
	}
	for _, child := range root.Children {
		row, _ := child.Value().([]any)
		if len(row) < 2 {
			continue
		}
		id, _ := row[0].(int32)
		props, _ := row[1].(map[string]dbus.Variant)
		if props["children-display"].Value() == "submenu" && props["visible"].Value() != false {
			_ = conn.Emit(menuPath, rowsAsked, revision, id)
		}
	}
}
