//go:build !windows && !darwin

package tray

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"fyne.io/systray"
	"github.com/godbus/dbus/v5"
)

// watcher is the bus name under which tray hosts are announced.
const watcher = "org.kde.StatusNotifierWatcher"

const (
	// changes is the signal by which the bus tells that one came or went.
	changes = "NameOwnerChanged"
	busName = "org.freedesktop.DBus"
)

// maxProbe is how long the bus has to answer.
const maxProbe = 5 * time.Second

// probed is what was found out about the desktop.
type probed struct {
	host  bool            // a tray host runs
	hosts <-chan bool     // whether one runs, at first and at each change
	gone  <-chan struct{} // closed when the session bus is gone
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
	limited, cancel := context.WithTimeout(ctx, maxProbe)
	defer cancel()
	signals := make(chan *dbus.Signal, 16)
	conn.Signal(signals) // before the question, so that no change after the answer is missed
	err = conn.AddMatchSignalContext(limited, dbus.WithMatchSender(busName), dbus.WithMatchInterface(busName),
		dbus.WithMatchMember(changes), dbus.WithMatchArg(0, watcher))
	if err != nil {
		return probed{}, fmt.Errorf("follow the tray hosts on the session bus: %w", err)
	}
	found := probed{gone: conn.Context().Done()}
	err = conn.BusObject().CallWithContext(limited, busName+".NameHasOwner", 0, watcher).Store(&found.host)
	if err != nil {
		return probed{}, fmt.Errorf("ask the session bus for a tray host: %w", err)
	}
	found.hosts = followHosts(ctx, signals, found.host)
	return found, nil
}

// followHosts says whether a host is there, at first and at each change, until
// ctx ends or the bus is gone.
func followHosts(ctx context.Context, signals <-chan *dbus.Signal, here bool) <-chan bool {
	hosts := make(chan bool)
	go func() {
		for {
			select {
			case hosts <- here:
			case <-ctx.Done():
				return
			}
			owner, ok := nextOwner(ctx, signals)
			if !ok {
				return
			}
			here = owner != ""
		}
	}()
	return hosts
}

// nextOwner waits until the name of the tray hosts has another owner, which is ""
// when it has none. It returns false when there will be no more.
func nextOwner(ctx context.Context, signals <-chan *dbus.Signal) (owner string, ok bool) {
	for {
		select {
		case <-ctx.Done():
			return "", false
		case signal, ok := <-signals:
			if !ok || signal == nil {
				return "", false
			}
			var name, was, is string
			if signal.Name == busName+"."+changes && dbus.Store(signal.Body, &name, &was, &is) == nil && name == watcher {
				return is, true
			}
		}
	}
}

// hasBus says why there is no session bus to connect to. The app has named the
// person's at its start; where none is named, the library would start one that nobody
// else is on, and leave it behind.
func hasBus() error {
	switch os.Getenv("DBUS_SESSION_BUS_ADDRESS") {
	case "", "autolaunch:", "disabled:":
		return errors.New("there is no session bus")
	}
	return nil
}

// announce names the icon before it is on the bus: it keeps the name that it
// comes with, by which hosts remember where the person wants it.
func announce(name string) { systray.SetTitle(name) }
