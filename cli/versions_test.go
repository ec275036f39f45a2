//go:build unix

package cli

import (
	"fmt"
	"net"
	"os/exec"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent/socket"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

func TestSkew(t *testing.T) {
	for name, c := range map[string]struct {
		app, command string
		behind       bool
	}{
		"the same":     {"v1.2.3", "v1.2.3", false},
		"no version":   {"", "v1.2.3", true},
		"an older app": {"v1.2.3", "v1.3.0", true},
		"a newer app":  {"v1.3.0", "v1.2.3", false},
		"a commit":     {"06a91dc", "v1.2.3", true},
		"an odd one":   {"v9\x1b[2J", "v1", true},
	} {
		if behind(c.app, c.command) != c.behind {
			t.Errorf("%q, %q: behind %v", c.app, c.command, !c.behind)
		}
		golden.Message(t, name, skew(c.app, c.command))
	}
}

// startsFake has commands start the fake app, of some version.
func (w *world) startsFake(t *testing.T, version string) {
	t.Helper()
	app, err := exec.LookPath("vaultbar-app")
	if err != nil {
		t.Fatal(err)
	}
	w.env = append(w.env, "VAULTBAR_APP="+app, "APP_VERSION="+version)
}

// TestTerminalRestart holds that a person is told of an app of another version, and
// that status offers to restart it.
func TestTerminalRestart(t *testing.T) {
	w := newWorld(t)
	w.startsFake(t, "v1.0.0")
	const skewed = "vaultbar: the running app, v1.0.0, is a different version than this command, devel\n"
	p := sit(t, w, false, "list")
	p.expect(skewed+"hint: `vaultbar restart` starts the new one; sessions are in the keychain\n", 1)
	p.leaves(0)
	first := w.appPID(t)
	for _, answer := range []string{"n\n", "\n"} {
		restarts := answer == "\n"
		p := sit(t, w, false, "status")
		p.expect(skewed+"Restart it now? Sessions are in the keychain. [Y/n] ", 1)
		p.types(answer)
		p.leaves(0)
		if now := w.appPID(t); (now != first) != restarts {
			t.Errorf("%q: the app was process %d and is %d", answer, first, now)
		}
		first = w.appPID(t)
	}
	w.env = append(w.env, "APP_VERSION="+vaultcore.Version())
	out, err := w.vaultbar("restart").CombinedOutput()
	if err != nil {
		t.Error(err)
	}
	golden.Message(t, "restart", string(out), fmt.Sprint("process ", w.appPID(t)), "process PID")
	p = sit(t, w, false, "list")
	p.leaves(0)
	if strings.Contains(p.screen(), "version") {
		t.Errorf("of the same version there is nothing to say:\n%s", p.screen())
	}
}

// appPID is the process of the app that serves.
func (w world) appPID(t *testing.T) int {
	t.Helper()
	place, err := socket.Find(environment(w.env).get)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := socket.Dial(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	defer func(conn net.Conn) { _ = conn.Close() }(conn)
	return socket.PeerOf(conn).PID
}

// TestRestartWithoutAnApp holds that restart starts one.
func TestRestartWithoutAnApp(t *testing.T) {
	w := newWorld(t)
	w.startsFake(t, "v1.0.0")
	out, err := w.vaultbar("restart").CombinedOutput()
	if err != nil {
		t.Error(err)
	}
	golden.Message(t, "", string(out), fmt.Sprint("process ", w.appPID(t)), "process PID")
}

// TestAppOfAnotherProtocol holds that two that do not understand each other say which
// is to be updated, and that the app can be ended all the same.
func TestAppOfAnotherProtocol(t *testing.T) {
	w := newWorld(t)
	app, err := exec.LookPath("future-app")
	if err != nil {
		t.Fatal(err)
	}
	w.env = append(w.env, "VAULTBAR_APP="+app)
	for _, args := range [][]string{{"list"}, {"status"}, {"export", "p"}} {
		cmd := w.vaultbar(args...)
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != exitUnreachable {
			t.Errorf("%q: code %d: %s", args, code, out)
		}
		golden.Message(t, "a command", string(out))
	}
	out, err := w.vaultbar("stop").CombinedOutput()
	if err != nil {
		t.Error(err)
	}
	golden.Message(t, "stop", string(out))
	if out, _ := w.vaultbar("status").CombinedOutput(); !strings.Contains(string(out), "not running") {
		t.Errorf("it runs still: %s", out)
	}
}
