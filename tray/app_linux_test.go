package tray

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// app is a child process with a tray.
type app struct {
	t      testing.TB
	stdin  io.WriteCloser
	said   chan string
	stderr *bytes.Buffer
	exited chan error
}

func startApp(t testing.TB, address string) *app {
	t.Helper()
	command := exec.Command(os.Args[0])
	command.Env = append(os.Environ(), childVar+"=1", "DBUS_SESSION_BUS_ADDRESS="+address, "GORACE=exitcode=0 atexit_sleep_ms=0")
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	a := &app{t: t, stdin: stdin, said: make(chan string, 100000), stderr: &bytes.Buffer{}, exited: make(chan error, 1)}
	command.Stderr = a.stderr
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for out := bufio.NewScanner(stdout); out.Scan(); {
			a.said <- out.Text()
		}
		close(a.said)
		a.exited <- command.Wait()
	}()
	t.Cleanup(func() { _ = command.Process.Kill() })
	return a
}

func (a *app) knows(snap vaultcore.Snapshot) {
	a.t.Helper()
	text, err := json.Marshal(snap)
	if err != nil {
		a.t.Fatal(err)
	}
	a.order("snap " + string(text))
}

func (a *app) order(line string) {
	a.t.Helper()
	if _, err := io.WriteString(a.stdin, line+"\n"); err != nil {
		a.t.Fatalf("%v\n%s", err, a.stderr)
	}
}

// says waits for the next line.
func (a *app) says(want string) {
	a.t.Helper()
	select {
	case got := <-a.said:
		if !strings.HasPrefix(got, want) {
			a.t.Fatalf("the app said %q, not %q\n%s", got, want, a.stderr)
		}
	case <-time.After(longEnough):
		a.t.Fatalf("the app did not say %q\n%s", want, a.stderr)
	}
}

// races returns the reports of the race detector, but for one that is known: the
// library raises the number of the menu's version in two goroutines. It is a
// number that hosts compare, and a lost step costs nothing.
func races(stderr string) []string {
	var found []string
	for _, report := range strings.Split(stderr, "==================") {
		known := strings.Contains(report, "systray.(*tray).GetLayout()") && strings.Contains(report, "systray.refresh()")
		if strings.Contains(report, "DATA RACE") && !known {
			found = append(found, report)
		}
	}
	return found
}

// end closes the app and returns what it still said.
func (a *app) end() []string {
	a.t.Helper()
	_ = a.stdin.Close()
	var rest []string
	for deadline := time.After(longEnough); ; {
		select {
		case said, ok := <-a.said:
			if ok {
				rest = append(rest, said)
				continue
			}
		case <-deadline:
			a.t.Fatalf("the app does not end:\n%s", a.stderr)
		}
		if err := wait.For(a.t, "the program with the tray ends", a.exited); err != nil {
			a.t.Fatalf("the app ended with %v:\n%s", err, a.stderr)
		}
		for _, report := range races(a.stderr.String()) {
			a.t.Errorf("a race:\n%s", report)
		}
		return rest
	}
}
