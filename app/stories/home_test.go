//go:build linux

package stories_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// statusPID is the process of the app that a command finds.
func (w *world) statusPID(env []string) int {
	w.Helper()
	cmd := w.command("vaultbar", "status")
	cmd.Env = env
	got := w.do(cmd)
	_, after, _ := strings.Cut(got.stdout, "process ")
	pid := 0
	if _, err := fmt.Sscanf(after, "%d", &pid); err != nil {
		w.Fatalf("exit code %d, no process in\n%s%s", got.code, got.stdout, got.stderr)
	}
	return pid
}

// One person has one app, whether it was started from the desktop or by cron, su
// or env -i, which have no runtime directory; and one MFA session, so one code.
func TestOneAppWithAndWithoutARuntimeDirectory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	desktop, cron := w.env, w.with("XDG_RUNTIME_DIR")
	for _, order := range [][2][]string{{desktop, cron}, {cron, desktop}} {
		w.env = order[0]
		w.add(plain, w.spare)
		want, first := w.appPID(), w.export(plain)
		for _, env := range order {
			if pid := w.statusPID(env); pid != want {
				t.Errorf("a command finds the app %d, the first one is %d", pid, want)
			}
		}
		w.env = order[1]
		if got := w.export(plain); got != first {
			t.Error("the other environment has another session")
		}
		second := w.do(w.command("vaultbar-app"))
		if second.code != 0 {
			t.Errorf("a second app: exit code %d, %q", second.code, second.stderr)
		}
		w.reads("a second app", second.stderr)
		w.env = order[0]
		w.app().kill() // what it leaves misleads nobody
		w.env = order[1]
		w.export(plain)
		w.stop()
	}
	w.env = cron
	other := w.with("HOME=" + w.path("other"))
	w.check(os.Mkdir(w.path("other"), 0o700))
	w.export(plain)
	cmd := w.command("vaultbar", "list", "--credentials")
	cmd.Env = other
	if got := w.do(cmd); got.code != 0 || strings.Contains(got.stdout, plain) {
		t.Errorf("another home: exit code %d, %q", got.code, got.stdout)
	}
	cmd = w.command("vaultbar", "stop")
	cmd.Env = other
	w.do(cmd)
}

// Whatever a folder's .env says of XDG directories when the app happens to be
// started there, its settings and its keychain are those of the home.
func TestNoVariableMovesTheFolders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	hostile := w.path("hostile")
	w.check(os.MkdirAll(filepath.Join(hostile, "vaultbar"), 0o700))
	w.check(os.WriteFile(filepath.Join(hostile, "vaultbar", "settings.ini"), []byte("allow_no_session = no\n"), 0o600))
	w.env = w.with("XDG_CONFIG_HOME="+hostile, "XDG_STATE_HOME="+hostile, "XDG_DATA_HOME="+hostile, "XDG_CACHE_HOME="+hostile)
	w.add(plain, w.spare)
	if g := w.export("--no-session", plain); g.AccessKeyID != w.spare.ID() {
		t.Error("the settings are not those of the home")
	}
	if status := w.must("status"); strings.Contains(status, hostile) {
		t.Errorf("status names the folder:\n%s", status)
	}
	var made []string
	w.check(filepath.WalkDir(hostile, func(path string, _ fs.DirEntry, err error) error {
		made = append(made, path)
		return err
	}))
	if len(made) != 3 {
		t.Errorf("something was made there: %q", made)
	}
}

// Root with a user's HOME (sudo -E) would leave folders there that the user cannot
// enter.
func TestRootInAUsersHome(t *testing.T) {
	t.Parallel()
	testenv.Root(t)
	w := newWorld(t)
	w.noKeychain()
	w.check(os.Chown(w.home, nobody-1, nobody-1))
	for _, args := range [][]string{{"vaultbar", "list"}, {"vaultbar", "export", plain}, {"vaultbar-app"}} {
		got := w.do(w.command(args[0], args[1:]...))
		if got.code == 0 {
			t.Errorf("%q: exit code %d, %q", args, got.code, got.stderr)
		}
		w.reads(strings.Join(args, " "), got.stderr)
	}
	entries, err := os.ReadDir(w.home)
	w.check(err)
	runtime, err := os.ReadDir(w.path("r"))
	w.check(err)
	if len(entries) != 2 || len(runtime) != 0 { // .aws and .config
		t.Errorf("something was made: %v, %v", entries, runtime)
	}
}
