//go:build unix && !darwin

package dbus

import (
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"

	"github.com/godbus/dbus/v5"

	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

// sessionVariable names the person's bus.
const sessionVariable = "DBUS_SESSION_BUS_ADDRESS"

// FindSession names the person's bus in our environment where whoever started us named
// none, as cron, su and env -i do. There is one app for all, and without the bus its
// keychain and its tray would be out of reach for those who come later from the
// desktop.
func FindSession() {
	account, err := user.Current()
	if err != nil {
		return
	}
	if address := sessionOf("/run/user", account.HomeDir, os.Getenv); address != "" {
		_ = os.Setenv(sessionVariable, address)
	}
}

// sessionOf is the address of a bus that the environment does not name: the one in its
// runtime folder, else the one below the folder that the system makes for each user.
// With a home that is not the account's it is somebody's world of its own, which has
// no other bus.
func sessionOf(folder, home string, getenv func(string) string) string {
	named, run := getenv(sessionVariable), getenv("XDG_RUNTIME_DIR")
	switch {
	case run != "" && named == "":
		return busIn(run)
	case run != "", named != "" && named != "disabled:", getenv("HOME") != home:
		return ""
	}
	own := filepath.Join(folder, strconv.Itoa(os.Getuid()))
	info, err := os.Lstat(own)
	if err != nil || !info.IsDir() || atomicfile.Exposed(info) != "" {
		return ""
	}
	return busIn(own)
}

// busIn is the address of the bus in a folder; empty for none.
func busIn(folder string) string {
	bus := filepath.Join(folder, "bus")
	if info, err := os.Lstat(bus); err != nil || info.Mode().Type() != fs.ModeSocket {
		return ""
	}
	return "unix:path=" + dbus.EscapeBusAddressValue(bus)
}
