package lastinput

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/vaultbar/vaultbar/app/internal/dbus"
	"github.com/vaultbar/vaultbar/app/internal/x11"
)

// The names of Mutter, the compositor of GNOME.
const (
	mutterName   = "org.gnome.Mutter.IdleMonitor"
	mutterPath   = dbus.Path("/org/gnome/Mutter/IdleMonitor/Core")
	mutterMethod = "org.gnome.Mutter.IdleMonitor.GetIdletime"
)

// since asks Mutter, else the X server. On Wayland that one is only for programs of X, and
// knows of no other input.
func since(ctx context.Context) (time.Duration, error) {
	idle, err := sinceOfMutter(ctx)
	if err == nil {
		return idle, nil
	}
	if os.Getenv("WAYLAND_DISPLAY") != "" {
		return 0, errors.Join(err, errors.New("this Wayland compositor cannot be asked"))
	}
	return sinceOfX(ctx)
}

func sinceOfMutter(ctx context.Context) (time.Duration, error) {
	bus, err := dbus.Session(ctx)
	if err != nil {
		return 0, err
	}
	defer bus.Close()
	var milliseconds uint64
	err = bus.Call(ctx, mutterName, mutterPath, mutterMethod, nil, &milliseconds)
	return time.Duration(milliseconds) * time.Millisecond, err
}

func sinceOfX(ctx context.Context) (time.Duration, error) {
	display, err := x11.Dial(ctx, os.Getenv("DISPLAY"))
	if err != nil {
		return 0, err
	}
	defer display.Close()
	return display.SinceInput(ctx)
}
