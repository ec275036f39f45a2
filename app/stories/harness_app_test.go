//go:build linux

package stories_test

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// socketPath is where the app of this world listens.
func (w *world) socketPath() string {
	for _, entry := range w.env {
		if dir, ok := strings.CutPrefix(entry, "XDG_RUNTIME_DIR="); ok {
			return filepath.Join(dir, "vaultbar", "agent.sock")
		}
	}
	return filepath.Join(w.home, ".local", "state", "vaultbar", "run", "agent.sock")
}

// appPID is the process that serves the socket, as the kernel says it; 0 when
// there is none.
func (w *world) appPID() int {
	conn, err := net.Dial("unix", w.socketPath())
	if err != nil {
		return 0
	}
	defer func() { _ = conn.Close() }()
	raw, err := conn.(*net.UnixConn).SyscallConn()
	if err != nil {
		return 0
	}
	pid := 0
	_ = raw.Control(func(fd uintptr) {
		if who, err := unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err == nil {
			pid = int(who.Pid)
		}
	})
	return pid
}

// process is a handle on a process that a later one with its number cannot be
// mistaken for.
type process struct {
	w     *world
	pid   int
	pidfd int
}

// app is the running app.
func (w *world) app() process {
	w.Helper()
	p, ok := w.findApp()
	if !ok {
		w.Fatal("no app serves the socket")
	}
	return p
}

func (w *world) findApp() (process, bool) {
	pid := w.appPID()
	if pid == 0 {
		return process{}, false
	}
	fd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return process{}, false
	}
	w.Cleanup(func() { _ = unix.Close(fd) })
	return process{w, pid, fd}, true
}

func (p process) signal(sig unix.Signal) {
	p.w.Helper()
	if err := unix.PidfdSendSignal(p.pidfd, sig, nil, 0); err != nil && err != unix.ESRCH {
		p.w.Fatal(err)
	}
}

// gone waits until the process has ended, and says whether it has.
func (p process) gone(limit time.Duration) bool {
	for end := time.Now().Add(limit); ; {
		fds := []unix.PollFd{{Fd: int32(p.pidfd), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, int(max(0, time.Until(end))/time.Millisecond))
		if err != unix.EINTR {
			return err == nil && n == 1
		}
	}
}

// ownSession checks that the process leads a session of its own: no key at the
// terminal that it was started from reaches it, and no closing of it. One that does
// not might still outlive a test, while it tidies up.
func (p process) ownSession() {
	p.w.Helper()
	if sid, err := unix.Getsid(p.pid); err != nil || sid != p.pid {
		p.w.Errorf("process %d is of session %d: %v", p.pid, sid, err)
	}
}

// kill ends the process as a crash would, and waits for its end.
func (p process) kill() {
	p.w.Helper()
	p.signal(unix.SIGKILL)
	if !p.gone(patience) {
		p.w.Fatalf("process %d does not die", p.pid)
	}
}

// alive says whether the process runs.
func (p process) alive() bool { return !p.gone(0) }

// stop ends the app and waits until its process has ended.
func (w *world) stop() {
	w.Helper()
	app := w.app()
	w.must("stop")
	if !app.gone(patience) {
		w.Fatal("the app said that it stops, and goes on")
	}
}

// end stops the app and removes the world.
func (w *world) end() {
	if app, ok := w.findApp(); ok {
		_ = w.command("vaultbar", "stop").Run() // what counts is whether the app ends
		if !app.gone(patience) {
			w.Errorf("the app did not end within %s of `vaultbar stop`", patience)
			app.kill()
		}
	}
	w.races()
	if w.Failed() {
		w.tellLog()
	}
	// A program that was killed may write until it has ended.
	w.eventually("the world is removed", func() bool { return os.RemoveAll(w.dir) == nil })
}

// races fails the test when the race detector of an app had something to say.
func (w *world) races() {
	reports, err := filepath.Glob(w.path("t", "race.*"))
	if err != nil {
		w.Error(err)
	}
	for _, report := range reports {
		text, _ := os.ReadFile(report) // what cannot be read shows as an empty report
		w.Errorf("the app's race detector found:\n%s", text)
	}
}

// logFile is the app's log.
func (w *world) logFile() string {
	return filepath.Join(w.home, ".local", "state", "vaultbar", "vaultbar.log")
}

func (w *world) tellLog() {
	if text, err := os.ReadFile(w.logFile()); err == nil {
		w.Logf("the app's log:\n%s", text)
	}
}

// eventually waits until something outside of this process has come true, and
// fails the test when it does not.
func (w *world) eventually(what string, holds func() bool) {
	w.Helper()
	wait.Until(w.TB, what, holds)
}

// connections is how many callers are connected to the app, served or waiting
// to be.
func (w *world) connections() int {
	w.Helper()
	table, err := os.ReadFile("/proc/net/unix")
	w.check(err)
	n := 0
	for line := range bytes.Lines(table) {
		fields := strings.Fields(string(line))
		if len(fields) == 8 && fields[7] == w.socketPath() && fields[5] == "03" {
			n++
		}
	}
	return n
}

// status reads one number of a process's status.
func (p process) status(name string) int {
	p.w.Helper()
	text, err := os.ReadFile("/proc/" + strconv.Itoa(p.pid) + "/status")
	p.w.check(err)
	return statusNumber(string(text), name)
}

func statusNumber(text, name string) int {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			n, _ := strconv.Atoi(strings.Fields(value)[0]) // the kernel writes numbers
			return n
		}
	}
	return -1
}

// descriptors is how many files a process has open.
func (p process) descriptors() int {
	p.w.Helper()
	entries, err := os.ReadDir("/proc/" + strconv.Itoa(p.pid) + "/fd")
	p.w.check(err)
	return len(entries)
}
