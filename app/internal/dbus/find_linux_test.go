package dbus

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// TestSessionOf holds when an app that was started without the desktop's environment
// uses the desktop's bus all the same.
func TestSessionOf(t *testing.T) {
	folder, err := os.MkdirTemp("/tmp", "v") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	own := filepath.Join(folder, strconv.Itoa(os.Getuid()))
	if err := os.Mkdir(own, 0o700); err != nil {
		t.Fatal(err)
	}
	env := func(entries map[string]string) func(string) string {
		return func(name string) string { return entries[name] }
	}
	cron := env(map[string]string{"HOME": "/h"})
	if got := sessionOf(folder, "/h", cron); got != "" {
		t.Errorf("without a bus: %q", got)
	}
	bus, err := net.Listen("unix", filepath.Join(own, "bus"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = bus.Close() }()
	want := "unix:path=" + filepath.Join(own, "bus")
	for _, c := range []struct {
		name string
		env  map[string]string
		want string
	}{
		{"cron", map[string]string{"HOME": "/h"}, want},
		{"as the command starts it", map[string]string{"HOME": "/h", "DBUS_SESSION_BUS_ADDRESS": "disabled:"}, want},
		{"a bus of its own", map[string]string{"HOME": "/h", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/x"}, ""},
		{"a runtime directory without one", map[string]string{"HOME": "/h", "XDG_RUNTIME_DIR": "/r"}, ""},
		{"a runtime directory with one", map[string]string{"HOME": "/other", "XDG_RUNTIME_DIR": own}, want},
		{"a runtime directory, and none wanted", map[string]string{"HOME": "/h", "XDG_RUNTIME_DIR": own, "DBUS_SESSION_BUS_ADDRESS": "disabled:"}, ""},
		{"another home", map[string]string{"HOME": "/other"}, ""},
	} {
		if got := sessionOf(folder, "/h", env(c.env)); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
	if err := os.Chmod(own, 0o755); err != nil {
		t.Fatal(err)
	}
	if got := sessionOf(folder, "/h", cron); got != "" {
		t.Errorf("a folder that others may enter: %q", got)
	}
}
