//go:build linux

package stories_test

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// boxed runs vaultbar in user and process namespaces of its own, as a container or
// sandbox does, still as our user.
func (w *world) boxed(args ...string) *exec.Cmd {
	w.Helper()
	cmd := w.command("vaultbar", args...)
	cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER | syscall.CLONE_NEWPID
	same := []syscall.SysProcIDMap{{ContainerID: w.uid, HostID: w.uid, Size: 1}}
	cmd.SysProcAttr.UidMappings, cmd.SysProcAttr.GidMappings = same, same
	return cmd
}

// A program in a container of our own user is handed nothing without the person:
// with nobody there, it is refused and told what to do. It may look, and lock.
func TestAContainerIsNotUs(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	want := w.export(plain)
	for _, args := range [][]string{
		{"export", "--format=json", plain},
		{"--prompt=none", "export", "--format=json", plain},
		{"export", "--format=json", "--no-session", plain},
		{"exec", plain, "--", "/bin/true"},
		{"login", "--stdout", plain},
		{"renew", plain},
		{"clear"}, {"remove", "--force", plain},
		{"settings", "set", "sandboxes", "allow"},
		{"unlock"}, {"stop"},
	} {
		got := w.do(w.boxed(args...))
		w.wantComplaint(got, 5, strings.Join(args, " "))
	}
	for _, args := range [][]string{{"status"}, {"list"}, {"explain", plain}, {"settings"}, {"lock"}} {
		if got := w.do(w.boxed(args...)); got.code != 0 {
			t.Errorf("%q: exit code %d, %q", args, got.code, got.stderr)
		}
	}
	w.must("unlock")
	if got := w.export(plain); got != want {
		t.Error("the session is another one")
	}
	w.setting("sandboxes = allow\n")
	w.stop()
	if got := w.do(w.boxed("export", "--format=json", plain)); got.code != 0 || !strings.Contains(got.stdout, want.AccessKeyID) {
		t.Errorf("allowed: exit code %d, %q", got.code, got.stderr)
	}
	w.must("settings", "set", "sandboxes", "refuse")
	w.wantComplaint(w.do(w.boxed("export", plain)), 3, "refused")
}

// TestBubblewrap is the same by the tool that Flatpak and others are built on.
func TestBubblewrap(t *testing.T) {
	t.Parallel()
	bwrap := testenv.Program(t, "bwrap", "bubblewrap")
	w := plainWorld(t)
	cmd := w.command(bwrap, "--dev-bind", "/", "/", "--unshare-pid", built().path("vaultbar"), "export", plain)
	w.wantComplaint(w.do(cmd), 5, "")
}
