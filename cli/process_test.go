//go:build unix

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/agent/socket"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// vaultbar is a command that is not at a terminal.
func (w world) vaultbar(args ...string) *exec.Cmd {
	cmd := exec.Command("vaultbar", args...)
	cmd.Env = w.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // no terminal of the tester's
	return cmd
}

// TestExecDuplicates holds that a variable that is in the environment twice is
// gone twice. A shell would not hand it down so; execve does.
func TestExecDuplicates(t *testing.T) {
	w := newWorld(t)
	w.serve(t, sampleService())
	cmd := w.vaultbar("exec", testkit.BaseProfile, "--", "env")
	path, err := exec.LookPath("vaultbar")
	if err != nil {
		t.Fatal(err)
	}
	out := w.path("out")
	file, err := os.Create(out)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	env := append(slices.Clone(w.env), "AWS_PROFILE=a", "AWS_PROFILE=b", "AWS_SESSION_TOKEN=a", "AWS_SESSION_TOKEN=b")
	process, err := os.StartProcess(path, cmd.Args, &os.ProcAttr{Env: env, Files: []*os.File{nil, file, os.Stderr}})
	if err != nil {
		t.Fatal(err)
	}
	if state, err := process.Wait(); err != nil || !state.Success() {
		t.Fatal(state, err)
	}
	text, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "AWS_PROFILE") || strings.Count(string(text), "AWS_SESSION_TOKEN=") != 1 {
		t.Errorf("environment:\n%s", text)
	}
}

// TestExecIsTheCommand holds that no parent stays: the process is the command,
// and a signal to it is the command's to handle.
func TestExecIsTheCommand(t *testing.T) {
	w := newWorld(t)
	w.serve(t, sampleService())
	for _, sig := range []unix.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT, unix.SIGUSR1, unix.SIGPIPE} {
		cmd := w.vaultbar("exec", testkit.BaseProfile, "--", "sh", "-c", "echo $$; exec sleep 600")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		var pid int
		if _, err := fmt.Fscan(out, &pid); err != nil || pid != cmd.Process.Pid {
			t.Errorf("the command is process %d, vaultbar was %d (%v)", pid, cmd.Process.Pid, err)
		}
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		if status := cmd.ProcessState.Sys().(syscall.WaitStatus); !status.Signaled() || status.Signal() != sig {
			t.Errorf("%s ended it as %v", unix.SignalName(sig), cmd.ProcessState)
		}
	}
}

// TestStartedAppHoldsNothing holds that a program which started the app by the way
// does not wait for it: the app has none of its pipes.
func TestStartedAppHoldsNothing(t *testing.T) {
	w := newWorld(t)
	app, err := exec.LookPath("vaultbar-app")
	if err != nil {
		t.Fatal(err)
	}
	w.env = append(w.env, "VAULTBAR_APP="+app)
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	cmd := w.vaultbar("list")
	cmd.ExtraFiles = []*os.File{writer}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %s", err, out)
	}
	if err := errors.Join(writer.Close(), reader.SetReadDeadline(time.Now().Add(3*time.Minute))); err != nil {
		t.Fatal(err)
	}
	if _, err := reader.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("the pipe is still open: %v", err)
	}
	if out, err := w.vaultbar("stop").CombinedOutput(); err != nil {
		t.Errorf("%s: %s", err, out)
	}
}

// TestManyStarts holds that many commands at once end up at one app.
func TestManyStarts(t *testing.T) {
	w := newWorld(t)
	app, err := exec.LookPath("vaultbar-app")
	if err != nil {
		t.Fatal(err)
	}
	w.env = append(w.env, "VAULTBAR_APP="+app)
	var starting sync.WaitGroup
	for range 20 {
		starting.Go(func() {
			if out, err := w.vaultbar("export", "--format=json", testkit.BaseProfile).CombinedOutput(); err != nil || !strings.HasPrefix(string(out), `{"Version":1,`) {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
	starting.Wait()
	out, err := w.vaultbar("stop").CombinedOutput()
	if err != nil {
		t.Error(err)
	}
	golden.Message(t, "stop", string(out))
	if out, _ := w.vaultbar("status").CombinedOutput(); !strings.Contains(string(out), "not running") {
		t.Errorf("a second app was there: %s", out)
	}
}

// TestStopOfAnAppThatStays holds that stop gives up: an app that says that it
// stops, and goes on, is told of.
func TestStopOfAnAppThatStays(t *testing.T) {
	testenv.Time(t)
	t.Parallel()
	w := newWorld(t)
	w.serve(t, sampleService())
	cmd := w.vaultbar("stop")
	out, _ := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != exitFailed {
		t.Errorf("code %d: %s", code, out)
	}
	golden.Message(t, "", string(out))
}

// leaving is an app that goes away instead of answering, a number of times.
type leaving struct {
	*testkit.FakeService
	mu    sync.Mutex
	times int // guarded by mu
}

func (l *leaving) Credentials(ctx context.Context, r agent.CredentialsRequest) (agent.CredentialsResult, error) {
	result, err := l.FakeService.Credentials(ctx, r)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.times > 0 {
		l.times--
		return agent.CredentialsResult{}, vaultcore.Faultf(vaultcore.ErrUnreachable, "Vaultbar ended before it answered")
	}
	return result, err
}

// TestLostApp holds that a request is made again when the app goes away, thrice,
// but not once a question was answered: it would be asked again.
func TestLostApp(t *testing.T) {
	for _, c := range []struct {
		times, code, requests int
		args                  []string
	}{
		{1, exitDone, 2, []string{"export", testkit.BaseProfile}},
		{3, exitDone, 4, []string{"export", testkit.BaseProfile}},
		{4, exitUnreachable, 4, []string{"export", testkit.BaseProfile}},
		{1, exitUnreachable, 1, []string{"export", "-t", "123456", "asking"}},
	} {
		w := newWorld(t)
		service := &leaving{FakeService: sampleService(), times: c.times}
		w.serve(t, service)
		cmd := w.vaultbar(c.args...)
		out, _ := cmd.CombinedOutput()
		if code := cmd.ProcessState.ExitCode(); code != c.code || len(service.Calls()) != c.requests {
			t.Errorf("%v, %d times: code %d after %d requests: %s", c.args, c.times, code, len(service.Calls()), out)
		}
	}
}

// TestStrangeServer holds that a server which speaks no protocol of ours is told
// as such.
func TestStrangeServer(t *testing.T) {
	w := newWorld(t)
	place, err := socket.Find(environment(w.env).get)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := socket.Listen(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	go func() {
		for {
			conn, err := listener.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				_, _ = conn.Write([]byte("SSH-2.0-OpenSSH\n"))
				_ = conn.Close()
			}
		}
	}()
	cmd := w.vaultbar("export", testkit.BaseProfile)
	out, _ := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != exitUnreachable || strings.Contains(string(out), "SSH") {
		t.Errorf("code %d: %s", code, out)
	}
}
