package cli

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/agent/socket"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// everyKind are commands that ask a person, AWS or nobody: each must notice an app that does not
// answer.
var everyKind = [][]string{
	{"status"}, {"status", "--json"}, {"stop"}, {"list"}, {"watch"}, {"lock"},
	{"export", testkit.BaseProfile}, {"exec", testkit.BaseProfile, "--", "true"}, {"renew", testkit.BaseProfile}, {"clear"},
}

// TestStoppedApp holds that an app which was stopped with a signal is told of, with
// what wakes it and what ends it, and that it serves again afterwards.
func TestStoppedApp(t *testing.T) {
	testenv.Time(t)
	t.Parallel()
	w := newWorld(t)
	app, err := exec.LookPath("vaultbar-app")
	if err != nil {
		t.Fatal(err)
	}
	w.env = append(w.env, "VAULTBAR_APP="+app)
	if out, err := w.vaultbar("list").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := w.vaultbar("status").Output()
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(out), "process ")
	number, _, _ := strings.Cut(rest, ",")
	pid, err := strconv.Atoi(number)
	if err != nil {
		t.Fatalf("%v in\n%s", err, out)
	}
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Kill(pid, syscall.SIGCONT) }()
	for !standsStill(t, pid) { // a signal takes effect when the kernel gets to it
		runtime.Gosched()
	}
	w.noticed(t, pid)
	if err := syscall.Kill(pid, syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	if out, err := w.vaultbar("list").CombinedOutput(); err != nil {
		t.Errorf("after it went on: %v: %s", err, out)
	}
}

// standsStill says whether every thread of a process stands still.
func standsStill(t *testing.T, pid int) bool {
	t.Helper()
	threads, err := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/stat")
	if err != nil || len(threads) == 0 {
		t.Fatalf("process %d has no threads: %v", pid, err)
	}
	return !slices.ContainsFunc(threads, func(path string) bool {
		text, err := os.ReadFile(path)
		return err == nil && !strings.Contains(string(text), ") T ") // one that is gone runs no more
	})
}

// TestSilentApp is the same of one that takes connections and says nothing.
func TestSilentApp(t *testing.T) {
	testenv.Time(t)
	t.Parallel()
	w := newWorld(t)
	place, err := socket.Find(environment(w.env).get)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := socket.Listen(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	held := make(chan net.Conn, 1000)
	go func() {
		defer close(held)
		for {
			conn, err := listener.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				held <- conn
			}
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		for conn := range held {
			_ = conn.Close()
		}
	})
	w.noticed(t, os.Getpid())
}

// noticed runs all of them at once; the first that does not end is the test's limit.
func (w world) noticed(t *testing.T, pid int) {
	t.Helper()
	var running []*exec.Cmd
	var said []*strings.Builder
	for _, args := range everyKind {
		cmd, out := w.vaultbar(args...), new(strings.Builder)
		cmd.Stdout, cmd.Stderr = out, out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		running, said = append(running, cmd), append(said, out)
	}
	for i, cmd := range running {
		_ = cmd.Wait()
		text := said[i].String()
		if code := cmd.ProcessState.ExitCode(); code != exitUnreachable {
			t.Errorf("%q: code %d: %s", everyKind[i], code, text)
		}
		golden.Message(t, strings.Join(everyKind[i], " "), text, fmt.Sprint("process ", pid), "process PID", fmt.Sprint("-CONT ", pid), "-CONT PID", fmt.Sprint("-9 ", pid), "-9 PID")
	}
}
