//go:build unix && !darwin

package dialog

import (
	"context"

	"github.com/vaultbar/vaultbar/app/internal/dbus"
)

// accessibility is the name of who knows what helps a person to use the desktop.
const accessibility = "org.a11y.Bus"

// screenReader says whether a screen reader reads the desktop to the person. Where no
// part of the desktop has asked for accessibility none does, and it is not started.
func screenReader(ctx context.Context) (on bool) {
	ctx, cancel := context.WithTimeout(ctx, probe)
	defer cancel()
	bus, err := dbus.Session(ctx)
	if err != nil {
		return false
	}
	defer bus.Close()
	if _, err := bus.Owner(ctx, accessibility); err != nil {
		return false
	}
	err = bus.Property(ctx, accessibility, "/org/a11y/bus", "org.a11y.Status", "ScreenReaderEnabled", &on)
	return err == nil && on
}
