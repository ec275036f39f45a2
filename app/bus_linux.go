package app

import (
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// findBus names the person's session bus where whoever started the app names none,
// as cron, su and env -i do. There is one app for all, and without the bus its
// keychain and its tray would be out of reach for those who come later from the
// desktop.
func findBus() {
	account, err := user.Current()
	if err != nil {
		return
	}
	if address := busOf("/run/user", account.HomeDir, os.Getenv); address != "" {
		_ = os.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	}
}

// busOf is the address of the bus below the folder that the system makes for each
// user, unless the environment has a say in it or its home is not the account's:
// then it is somebody's world of its own.
func busOf(folder, home string, getenv func(string) string) string {
	named := getenv("DBUS_SESSION_BUS_ADDRESS")
	if getenv("XDG_RUNTIME_DIR") != "" || named != "" && named != "disabled:" || getenv("HOME") != home {
		return ""
	}
	own := filepath.Join(folder, strconv.Itoa(os.Getuid()))
	info, err := os.Lstat(own)
	if err != nil || !info.IsDir() || info.Mode().Perm()&0o077 != 0 {
		return ""
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || int(stat.Uid) != os.Getuid() {
		return ""
	}
	bus := filepath.Join(own, "bus")
	if info, err := os.Lstat(bus); err != nil || info.Mode().Type() != fs.ModeSocket {
		return ""
	}
	return "unix:path=" + bus
}
