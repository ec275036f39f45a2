package lastinput_test

import (
	"errors"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/app/desktop/lastinput"
)

// TestSinceOfX: an X server tells how long nobody has touched anything, and a key begins
// that anew.
func TestSinceOfX(t *testing.T) {
	s := desktoptest.Enter(t)
	since := func() time.Duration {
		t.Helper()
		idle, err := lastinput.Since(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return idle
	}
	s.Eventually("time passes", func() bool { return since() > time.Second })
	s.Eventually("a key is noticed", func() bool {
		s.Key("Shift_L")
		return since() < time.Second
	})
}

// monitor is Mutter's; its exported method is the one on the bus.
type monitor uint64

func (m monitor) GetIdletime() (uint64, *dbus.Error) { return uint64(m), nil }

// TestSinceOfMutter: GNOME's compositor is asked first, and X not at all on Wayland.
func TestSinceOfMutter(t *testing.T) {
	s := desktoptest.Enter(t)
	t.Setenv("WAYLAND_DISPLAY", "wayland-9")
	if idle, err := lastinput.Since(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("on Wayland X tells %v, %v", idle, err)
	}
	conn, err := dbus.Connect(s.Bus)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := conn.Export(monitor(90_500), "/org/gnome/Mutter/IdleMonitor/Core", "org.gnome.Mutter.IdleMonitor"); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.RequestName("org.gnome.Mutter.IdleMonitor", dbus.NameFlagDoNotQueue); err != nil {
		t.Fatal(err)
	}
	if idle, err := lastinput.Since(t.Context()); err != nil || idle != 90500*time.Millisecond {
		t.Errorf("%v, %v", idle, err)
	}
}

// TestNothingTells: without a desktop nobody tells.
func TestNothingTells(t *testing.T) {
	for _, name := range []string{"DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"} {
		t.Setenv(name, "")
	}
	if idle, err := lastinput.Since(t.Context()); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("%v, %v", idle, err)
	}
}
