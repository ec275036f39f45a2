//go:build unix && !darwin

package dialog

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"

	"github.com/vaultbar/vaultbar/app/internal/dbus"
	"github.com/vaultbar/vaultbar/app/internal/program"
	"github.com/vaultbar/vaultbar/app/internal/wayland"
	"github.com/vaultbar/vaultbar/app/internal/x11"
)

// dialogPrograms are those that the dialog library looks for, in its order.
var dialogPrograms = [...]string{"qarma", "zenity", "matedialog"}

// missing says what keeps dialogs from being shown: no display that answers, or
// no program to show them with.
func missing(ctx context.Context) error {
	if err := noDisplay(ctx); err != nil {
		return noDesktop(err.Error(), "log in to a desktop, or answer in a terminal: `vaultbar list`")
	}
	return noProgram()
}

// present says whether there is a display that answers, and a session bus, which
// tray icons and notifications go through.
func present(ctx context.Context) bool {
	return dbus.HasSession() && noDisplay(ctx) == nil
}

// noDisplay is nil when there is a display that answers.
func noDisplay(ctx context.Context) error {
	if wayland := wayland.Socket(); wayland != "" {
		conn, err := new(net.Dialer).DialContext(ctx, "unix", wayland)
		if err == nil {
			return conn.Close()
		}
	}
	name := os.Getenv("DISPLAY")
	if name == "" {
		return errors.New("there is no display")
	}
	display, err := x11.Dial(ctx, name)
	if err != nil {
		return err
	}
	display.Close()
	return nil
}

// forwarded looks whether the display is reached over the network, as "localhost:10.0" is.
func forwarded() bool {
	host, _, _ := strings.Cut(os.Getenv("DISPLAY"), ":")
	return wayland.Socket() == "" && host != "" && host != "unix"
}

// noProgram is nil when the program that the library will start is the system's.
// The library looks along PATH each time, so every name that PATH answers to must
// be in order.
func noProgram() error {
	found := false
	for _, name := range dialogPrograms {
		path, err := exec.LookPath(name)
		if errors.Is(err, exec.ErrNotFound) {
			continue
		}
		if err == nil && !program.OfSystem(path) {
			err = errors.New(path + " is not in a folder of the system")
		}
		if err == nil {
			err = program.Trusted(path)
		}
		if err != nil {
			return noDesktop(err.Error(), "remove it from PATH, or install the system's package zenity")
		}
		found = true
	}
	if !found {
		return noDesktop("zenity is not installed", "install the package zenity, or answer in a terminal: `vaultbar list`")
	}
	return nil
}
