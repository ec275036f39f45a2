package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/vaulttest"
)

// TestExecFiles holds that the command gets no file but the standard ones and
// those that its arguments name.
func TestExecFiles(t *testing.T) {
	w := newWorld(t)
	w.serve(t, sampleService())
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = reader.Close(), writer.Close() }()
	files := func(command ...string) string {
		cmd := w.vaultbar(append([]string{"exec", vaulttest.BaseProfile, "--"}, command...)...)
		cmd.ExtraFiles = []*os.File{reader, writer} // 3 and 4
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s\n%s", err, out)
		}
		return strings.Join(strings.Fields(string(out)), " ")
	}
	const show = `for fd in 0 1 2 3 4 5 6 7 8 9 10 11 12; do [ -e /proc/$$/fd/$fd ] && echo $fd; done; true`
	if got := files("sh", "-c", show); got != "0 1 2" {
		t.Errorf("files %s", got)
	}
	// A shell's <(…) hands a file down and names it.
	if got := files("sh", "-c", show, "/dev/fd/4"); got != "0 1 2 4" {
		t.Errorf("files %s", got)
	}
}

// TestWaitingIsCancelled holds that a signal ends a waiting command at once, with
// the code for it, and that nobody else who waits is hurt.
func TestWaitingIsCancelled(t *testing.T) {
	// A shell's background job is started with Ctrl-C ignored, and so would be all
	// that it starts. What is caught here is the usual again in a child.
	heeded := make(chan os.Signal, 1)
	signal.Notify(heeded, os.Interrupt)
	defer signal.Stop(heeded)
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		w := newWorld(t)
		service := sampleService()
		hold, waiting := make(chan struct{}), make(chan struct{}, 2)
		service.Hold, service.Waiting = hold, waiting
		w.serve(t, service)
		leaves, stays := w.vaultbar("export", vaulttest.BaseProfile), w.vaultbar("export", vaulttest.BaseProfile)
		var said bytes.Buffer
		leaves.Stderr = &said
		for _, cmd := range []*exec.Cmd{leaves, stays} {
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			<-waiting
		}
		awaitCaught(t, leaves.Process.Pid, sig.(syscall.Signal))
		if err := leaves.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		_ = leaves.Wait()
		if code := leaves.ProcessState.ExitCode(); code != exitCanceled || said.String() != "vaultbar: cancelled\n" {
			t.Errorf("%s: %s, said %q", sig, leaves.ProcessState, said.String())
		}
		close(hold)
		if err := stays.Wait(); err != nil {
			t.Errorf("the other one: %s", err)
		}
	}
}

// awaitCaught returns when a process of ours catches the signal by its own will:
// the Go runtime's handler is there from the start, but a thread of package
// os/signal only once it is asked for.
func awaitCaught(t *testing.T, pid int, sig syscall.Signal) {
	t.Helper()
	// SIGHUP is asked for last: with it, all are caught.
	mask := uint64(1)<<(uint(sig)-1) | uint64(1)<<(uint(syscall.SIGHUP)-1)
	for {
		threads, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
		if err != nil {
			t.Fatal(err)
		}
		for _, thread := range threads {
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/status", pid, thread.Name()))
			if err != nil {
				continue
			}
			_, rest, _ := strings.Cut(string(text), "SigBlk:\t")
			blocked, err := strconv.ParseUint(strings.SplitN(rest, "\n", 2)[0], 16, 64)
			if err == nil && blocked != 0 && blocked&mask == 0 && blocked&(1<<9) != 0 {
				return
			}
		}
	}
}

// TestExecKeepsIgnored holds that what nohup does is not undone, for the command
// either, also when vaultbar had to wait and so catches signals.
func TestExecKeepsIgnored(t *testing.T) {
	w := newWorld(t)
	service := sampleService()
	hold, waiting := make(chan struct{}), make(chan struct{}, 1)
	service.Hold, service.Waiting = hold, waiting
	w.serve(t, service)
	cmd := exec.Command("sh", "-c", `trap "" HUP INT; exec vaultbar exec `+vaulttest.BaseProfile+` -- sh -c 'kill -HUP $$; kill -INT $$; echo lives'`)
	cmd.Env = w.env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-waiting
	awaitCaught(t, cmd.Process.Pid, syscall.SIGTERM)
	close(hold)
	if err := cmd.Wait(); err != nil || out.String() != "lives\n" {
		t.Errorf("%v: %s", err, out.String())
	}
}
