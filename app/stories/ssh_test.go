//go:build linux

package stories_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// TestStoryApprovalOverSSH: who came in by ssh is asked at their terminal, and a
// program that makes a terminal of its own there is not taken for them.
func TestStoryApprovalOverSSH(t *testing.T) {
	t.Parallel()
	testenv.Root(t)
	w := newWorld(t)
	ssh := w.startSSH(testenv.Program(t, "sshd", "openssh-server"), testenv.Program(t, "ssh", "openssh-client"))
	w.must("settings", "set", "links", "no")

	s := w.sit(ssh("vaultbar settings set links yes"))
	s.expect("Set links to yes?")
	s.expect("[n]o, [a]llow: ")
	s.answer("a")
	if code := s.wait(); code != 0 || w.value("links") != "yes" {
		t.Errorf("exit code %d, links are %s\n%s", code, w.value("links"), s.all())
	}

	w.must("settings", "set", "links", "no")
	s = w.sit(ssh("script -qec 'vaultbar settings set links yes' /dev/null"))
	s.answer("allow")
	if code := s.wait(); code != 5 || w.value("links") != "no" {
		t.Errorf("a program's own terminal: exit code %d, links are %s\n%s", code, w.value("links"), s.all())
	}
}

// startSSH starts an ssh server for the user who runs the tests, and returns what
// makes a command that runs a line in this world over it, at a terminal.
func (w *world) startSSH(server, client string) func(line string) *exec.Cmd {
	w.Helper()
	w.check(os.MkdirAll("/run/sshd", 0o755)) // where sshd locks itself in
	for _, key := range []string{"host", "own"} {
		w.check(exec.Command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", w.path(key)).Run())
	}
	port := 0
	w.eventually("sshd listens", func() (listens bool) {
		port, listens = w.startSSHD(server)
		return listens
	})
	return func(command string) *exec.Cmd {
		script := w.path(filepath.Base(w.TempDir()) + ".sh")
		text := "#!/bin/sh\n"
		for _, entry := range w.env {
			name, value, _ := strings.Cut(entry, "=")
			text += "export " + name + "='" + value + "'\n"
		}
		w.check(os.WriteFile(script, []byte(text+command+"\n"), 0o700))
		cmd := w.command(client, "-tt", "-F", "none", "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
			"-o", "LogLevel=ERROR", "-i", w.path("own"), "-p", fmt.Sprint(port), "root@127.0.0.1", script)
		cmd.SysProcAttr = nil // the terminal's
		return cmd
	}
}

// startSSHD starts an ssh server on a port that is free a moment before, and says
// whether it still was when the server took it.
func (w *world) startSSHD(server string) (port int, listens bool) {
	w.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	w.check(err)
	port = free.Addr().(*net.TCPAddr).Port
	w.check(free.Close())
	config := fmt.Sprintf("Port %d\nListenAddress 127.0.0.1\nHostKey %s\nAuthorizedKeysFile %s\nPidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\n",
		port, w.path("host"), w.path("own.pub"))
	w.check(os.WriteFile(w.path("sshd.conf"), []byte(config), 0o600))
	daemon := exec.Command(server, "-D", "-e", "-f", w.path("sshd.conf"))
	daemon.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	said, err := daemon.StderrPipe()
	w.check(err)
	w.check(daemon.Start())
	w.Cleanup(func() {
		_ = daemon.Process.Kill() // it may not have listened
		_ = daemon.Wait()
	})
	lines := bufio.NewReader(said)
	line, err := lines.ReadString('\n') // it listens before it says so
	switch {
	case err == nil && strings.Contains(line, "Address already in use"):
		return port, false
	case err != nil || !strings.Contains(line, "listening"):
		w.Fatalf("sshd: %v\n%s", err, line)
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }() // who does not read what it says stops it
	return port, true
}
