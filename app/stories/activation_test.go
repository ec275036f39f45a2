//go:build linux

package stories_test

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// activate has systemd's own tool listen where commands look for the app, and start the
// program when one comes.
func (w *world) activate(program string) (pid int) {
	w.Helper()
	tool := testenv.Program(w.TB, "systemd-socket-activate", "systemd")
	w.check(os.MkdirAll(filepath.Dir(w.socketPath()), 0o700))
	args := []string{"--listen=" + w.socketPath()}
	for _, entry := range w.env {
		args = append(args, "--setenv="+entry)
	}
	cmd := lasting(w.command(tool, append(args, program)...))
	w.check(cmd.Start())
	go func() { _ = cmd.Wait() }()
	w.eventually("somebody listens", func() bool {
		_, err := os.Lstat(w.socketPath())
		return err == nil
	})
	return cmd.Process.Pid
}

// An app that systemd starts takes the socket that systemd listens at, and leaves it
// where it is; a command finds that app like any other, and ends it. One that is started
// by itself afterwards serves too.
func TestSocketActivation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	pid := w.activate(built().path("vaultbar-app"))
	w.add(bastion, w.aws.Key)
	if got := w.appPID(); got != pid {
		t.Errorf("process %d serves, systemd has started %d", got, pid)
	}
	info, err := os.Lstat(w.socketPath())
	w.check(err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the socket is %v", info.Mode())
	}
	app := w.app()
	w.must("stop")
	if !app.gone(patience) {
		t.Error("the app goes on")
	}
	if _, err := os.Lstat(w.socketPath()); err != nil {
		t.Errorf("the socket of systemd is gone: %v", err)
	}
	w.must("list") // nobody listens there any more: the command starts an app
	if got := w.appPID(); got == pid || got == 0 {
		t.Errorf("process %d serves", got)
	}
	w.must("stop")
	if _, err := os.Lstat(w.socketPath()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the app's own socket is still there: %v", err)
	}
}

// An upgrade under an app that systemd has started goes on at the same socket.
func TestSocketActivationUpgrade(t *testing.T) {
	t.Parallel()
	testenv.Root(t) // only root's programs are given the passphrase
	testenv.Program(t, "make", "make")
	i := &installed{world: newWorld(t)}
	i.prefix = i.path("p")
	i.install("v1.0.0")
	pid := i.activate(i.prefix + "/bin/vaultbar-app")
	i.vaultbar("add", "--stdin", bastion)
	i.vaultbar("export", "-t", i.code(), "--format=json", hoge)
	before, err := os.Lstat(i.socketPath())
	i.check(err)
	i.install("v1.1.0")
	session := i.vaultbar("export", "--format=json", bastion)
	i.running("v1.1.0")
	after, err := os.Lstat(i.socketPath())
	i.check(err)
	if now := i.appPID(); now != pid || !os.SameFile(before, after) {
		t.Errorf("process %d serves in place of %d, at the same socket: %t", now, pid, os.SameFile(before, after))
	}
	if same := i.vaultbar("export", "--format=json", bastion); same != session {
		t.Error("the session is another one after the upgrade")
	}
}

// A socket that is not where commands look for the app is no use to anybody.
func TestSocketActivationElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tool := testenv.Program(t, "systemd-socket-activate", "systemd")
	elsewhere := w.path("elsewhere")
	args := []string{"--listen=" + elsewhere}
	for _, entry := range w.env {
		args = append(args, "--setenv="+entry)
	}
	cmd := w.command(tool, append(args, built().path("vaultbar-app"))...)
	var said strings.Builder
	cmd.Stderr = &said
	w.check(cmd.Start())
	w.eventually("systemd listens there", func() bool {
		conn, err := net.Dial("unix", elsewhere)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
	if code := w.exit(cmd.Wait()); code != 1 || !strings.Contains(said.String(), "correct ListenStream=") {
		t.Errorf("exit code %d\n%s", code, said.String())
	}
}
