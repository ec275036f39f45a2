package launch

import (
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestWithBus(t *testing.T) {
	dir, err := os.MkdirTemp("/tmp", "v")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	bus := filepath.Join(dir, "bus")
	listener, err := net.Listen("unix", bus)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	for _, c := range []struct {
		env  []string
		want string
	}{
		{[]string{"DBUS_SESSION_BUS_ADDRESS=unix:path=/mine"}, "unix:path=/mine"},
		{[]string{"XDG_RUNTIME_DIR=" + dir}, "unix:path=" + bus},
		{[]string{"XDG_RUNTIME_DIR=" + dir, "DBUS_SESSION_BUS_ADDRESS="}, "unix:path=" + bus},
		{[]string{"XDG_RUNTIME_DIR=/nonexistent"}, "disabled:"},
		{nil, "disabled:"},
	} {
		got := WithBus(c.env)
		if at := slices.Index(got, busVariable+c.want); at < 0 {
			t.Errorf("%q gives %q", c.env, got)
		}
	}
}
