package cli

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
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
		cmd := w.vaultbar(append([]string{"exec", testkit.BaseProfile, "--"}, command...)...)
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

// TestWaitingIsCanceled holds that a signal ends a waiting command at once, with
// the code for it, and that nobody else who waits is hurt.
func TestWaitingIsCanceled(t *testing.T) {
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
		leaves, stays := w.vaultbar("export", testkit.BaseProfile), w.vaultbar("export", testkit.BaseProfile)
		var said bytes.Buffer
		leaves.Stderr = &said
		for _, cmd := range []*exec.Cmd{leaves, stays} {
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			wait.For(t, "the command waits", waiting)
		}
		awaitCaught(t, leaves.Process.Pid)
		if err := leaves.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		_ = leaves.Wait()
		if code := leaves.ProcessState.ExitCode(); code != exitCanceled || said.String() != "vaultbar: canceled\n" {
			t.Errorf("%s: %s, said %q", sig, leaves.ProcessState, said.String())
		}
		close(hold)
		if err := stays.Wait(); err != nil {
			t.Errorf("the other one: %s", err)
		}
	}
}

// awaitCaught returns when a process of ours catches signals by its own will. The
// Go runtime's handler is there from the start; os/signal starts a thread for it
// and then asks for one signal after the other. It has asked for all of them once
// that thread is there and the whole process sleeps.
func awaitCaught(t *testing.T, pid int) {
	t.Helper()
	for before := ""; ; {
		now, catching := asleep(t, pid)
		if catching && now != "" && now == before {
			return
		}
		before = now
	}
}

// asleep tells how often each thread of a process has gone to sleep, or "" when one
// is awake: two equal answers mean that none ran in between. Catching is set when
// one of them blocks SIGUSR1 but not SIGTERM, as only the thread of os/signal does.
func asleep(t *testing.T, pid int) (switches string, catching bool) {
	t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(threads) == 0 {
		t.Fatalf("threads of %d: %v", pid, err)
	}
	var b strings.Builder
	for _, thread := range threads {
		text, err := os.ReadFile(thread)
		if err != nil {
			return "", false
		}
		fields := map[string]string{}
		for line := range strings.Lines(string(text)) {
			name, value, _ := strings.Cut(line, ":")
			fields[name] = strings.TrimSpace(value)
		}
		if !strings.HasPrefix(fields["State"], "S") {
			return "", false
		}
		blocked, err := strconv.ParseUint(fields["SigBlk"], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		bit := func(s syscall.Signal) bool { return blocked>>(s-1)&1 == 1 }
		catching = catching || bit(syscall.SIGUSR1) && !bit(syscall.SIGTERM)
		fmt.Fprintf(&b, "%s %s %s\n", thread, fields["voluntary_ctxt_switches"], fields["nonvoluntary_ctxt_switches"])
	}
	return b.String(), catching
}

// TestExecKeepsIgnored holds that what nohup does is not undone, for the command
// either, also when vaultbar had to wait and so catches signals.
func TestExecKeepsIgnored(t *testing.T) {
	w := newWorld(t)
	service := sampleService()
	hold, waiting := make(chan struct{}), make(chan struct{}, 1)
	service.Hold, service.Waiting = hold, waiting
	w.serve(t, service)
	cmd := exec.Command("sh", "-c", `trap "" HUP INT; exec vaultbar exec `+testkit.BaseProfile+` -- sh -c 'kill -HUP $$; kill -INT $$; echo lives'`)
	cmd.Env = w.env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	wait.For(t, "the command waits", waiting)
	awaitCaught(t, cmd.Process.Pid)
	close(hold)
	if err := cmd.Wait(); err != nil || out.String() != "lives\n" {
		t.Errorf("%v: %s", err, out.String())
	}
}
