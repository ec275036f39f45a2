//go:build linux || darwin

package socket

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// A socket that was opened for the app is served at whatever descriptor it is, and so by
// the program that the app becomes; where the variables are another process's there is
// none.
func TestHanded(t *testing.T) {
	path := socketPath(t)
	must(t, makeFolder(path[:strings.LastIndexByte(path, '/')]))
	listening, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	must(t, err)
	defer func() { _ = listening.Close() }()
	file, err := listening.File()
	must(t, err)
	defer func() { _ = file.Close() }()
	for _, c := range []struct {
		role, variables string
		above           int // descriptors between the first that can be handed over and the socket
		want            string
	}{
		{"handed", "LISTEN_PID=$$ LISTEN_FDS=1", 0, "descriptor 3 serves " + path},
		{"handed", "LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FD=5", 2, "descriptor 5 serves " + path},
		{"handon", "LISTEN_PID=$$ LISTEN_FDS=1", 0, "descriptor 3 serves " + path},
		{"handon", "LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FD=5", 2, "descriptor 5 serves " + path},
		{"handed", "LISTEN_PID=1 LISTEN_FDS=1", 0, "error: nothing was handed over"},
		{"handed", "LISTEN_PID=$$ LISTEN_FDS=2", 0, "error: nothing was handed over"},
		{"handed", "LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FD=x", 0, "descriptor 3 serves " + path},
	} {
		t.Run(fmt.Sprint(c.role, c.variables), func(t *testing.T) {
			app := play(t, c.role, path, func(cmd *exec.Cmd) {
				cmd.Args = []string{"/bin/sh", "-c", "export " + c.variables + `; exec "$0"`, cmd.Path}
				cmd.Path = "/bin/sh"
				for range c.above {
					cmd.ExtraFiles = append(cmd.ExtraFiles, os.Stderr)
				}
				cmd.ExtraFiles = append(cmd.ExtraFiles, file)
			})
			if got := app.line(t); got != c.want {
				t.Errorf("%s, not %s", got, c.want)
			}
		})
	}
}
