//go:build linux

package stories_test

import (
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
)

// Two logins of one user share one app, and it is the one with a desktop: what
// was started over ssh goes when the desktop's own comes, and its sessions stay.
func TestDesktopTakesThePlaceOfAnAppWithout(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel)
	desktop := d.env
	d.env = d.with("DISPLAY", "WAYLAND_DISPLAY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS=disabled:") // another socket
	d.add(plain, d.spare)
	before, first := d.export(plain), d.appPID()

	d.env = desktop
	d.launch(d.command("vaultbar-app"))
	second := 0
	d.screen.Eventually("the app of the desktop serves alone", func() bool {
		second = d.appPID()
		return second != 0 && second != first
	})
	d.icon()
	d.row("● " + plain)
	if after := d.export(plain); after.AccessKeyID != before.AccessKeyID {
		t.Error("the session was not taken over")
	}

	d.check(d.command("vaultbar-app").Run()) // one with a desktop makes no room
	d.env = d.with("DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS=disabled:")
	d.check(d.command("vaultbar-app").Run()) // nor does it for one without
	d.env = desktop
	if d.appPID() != second {
		t.Error("the app of the desktop has gone")
	}
}
