//go:build !windows && !darwin

package tray

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"fyne.io/systray"
	"github.com/godbus/dbus/v5"
)

// watcher is the bus name under which tray hosts are announced.
const watcher = "org.kde.StatusNotifierWatcher"

// maxProbe is how long the bus has to answer.
const maxProbe = 5 * time.Second

// probed is what was found out about the desktop.
type probed struct {
	host bool            // a tray host runs
	gone <-chan struct{} // closed when the session bus is gone
}

// probe looks for a session bus and a tray host. It looks before the library
// does, which neither tells nor survives that there is no bus.
func probe(ctx context.Context) (probed, error) {
	if err := hasBus(); err != nil {
		return probed{}, err
	}
	conn, err := dbus.SessionBus()
	if err != nil {
		return probed{}, fmt.Errorf("connect to the session bus: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, maxProbe)
	defer cancel()
	found := probed{gone: conn.Context().Done()}
	err = conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, watcher).Store(&found.host)
	if err != nil {
		return probed{}, fmt.Errorf("ask the session bus for a tray host: %w", err)
	}
	return found, nil
}

// hasBus says why there is no session bus to connect to. Where none is known,
// the library would start one that nobody else is on, and leave it behind.
func hasBus() error {
	switch address := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); address {
	case "", "autolaunch:":
	case "disabled:":
		return errors.New("the session bus is disabled")
	default:
		return nil
	}
	run := filepath.Join("/run/user", strconv.Itoa(os.Getuid()))
	for _, name := range []string{"bus", "dbus-session"} {
		if _, err := os.Stat(filepath.Join(run, name)); err == nil {
			return nil
		}
	}
	return errors.New("there is no session bus")
}

// announce names the icon before it is on the bus: it keeps the name that it
// comes with, by which hosts remember where the person wants it.
func announce(name string) { systray.SetTitle(name) }
