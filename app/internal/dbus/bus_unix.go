//go:build unix && !darwin

package dbus

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/godbus/dbus/v5"
)

// SessionAddress is the address of the person's bus. The library would start a bus
// of its own where there is none, which nobody else would be on.
func SessionAddress() (string, error) {
	address := os.Getenv("DBUS_SESSION_BUS_ADDRESS")
	if address == "" {
		socket := filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bus")
		if _, err := os.Stat(socket); err != nil {
			return "", fmt.Errorf("%w: there is no session bus", errors.ErrUnsupported)
		}
		return "unix:path=" + dbus.EscapeBusAddressValue(socket), nil
	}
	if strings.HasPrefix(address, "disabled:") || strings.HasPrefix(address, "autolaunch:") {
		return "", fmt.Errorf("%w: there is no session bus", errors.ErrUnsupported)
	}
	return address, nil
}

// Connect opens a connection of our own to a bus: one that is shared in the
// process may be closed by others. It ends when ctx does not answer in time, and
// lives on after it.
func Connect(ctx context.Context, address string) (*dbus.Conn, error) {
	type connected struct {
		conn *dbus.Conn
		err  error
	}
	done := make(chan connected)
	go func() {
		conn, err := dbus.Connect(address)
		select {
		case done <- connected{conn, err}:
		case <-ctx.Done():
			if err == nil {
				_ = conn.Close()
			}
		}
	}()
	select {
	case c := <-done:
		return c.conn, c.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
