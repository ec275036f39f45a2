//go:build unix

package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// mark begins what the leader says at the terminal; no command says such a thing.
const mark = "\x00leader "

// leader is the first process of a terminal, as a shell is. When that one ends the
// terminal hangs up and what was not read yet is lost, so it stays until it is
// let go, and tells how its command ended.
func leader() {
	signal.Notify(make(chan os.Signal, 1), os.Interrupt) // Ctrl-C is for the command
	cmd := exec.Command(os.Args[1], os.Args[2:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		fatal("leader: %s", err)
	}
	fmt.Fprintf(os.Stderr, mark+"pid %d\n", cmd.Process.Pid)
	_ = cmd.Wait()
	fmt.Fprintf(os.Stderr, mark+"code %d\n", cmd.ProcessState.ExitCode())
	_, _ = io.ReadAll(os.NewFile(3, "let go"))
}

// person sits at a terminal where a command runs.
type person struct {
	t      *testing.T
	tty    *os.File
	stdout *bytes.Buffer // where stdout goes, when not to the terminal
	pid    int           // of the command
	letGo  func()        // ends the terminal

	mu   sync.Mutex
	seen bytes.Buffer  // guarded by mu
	more chan struct{} // a value after each growth of seen
}

// sit runs vaultbar at a new terminal; stdout goes there too unless apart.
func sit(t *testing.T, w world, apart bool, args ...string) *person {
	t.Helper()
	p := &person{t: t, more: make(chan struct{}, 1)}
	cmd := exec.Command("leader", append([]string{"vaultbar"}, args...)...)
	cmd.Env = w.env
	if apart {
		p.stdout = new(bytes.Buffer)
		cmd.Stdout = p.stdout
	}
	held, hold, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.ExtraFiles = []*os.File{held}
	if p.tty, err = pty.Start(cmd); err != nil {
		t.Fatal(err)
	}
	_ = held.Close()
	go p.watch()
	p.letGo = sync.OnceFunc(func() {
		_ = hold.Close()
		_ = cmd.Wait()
	})
	t.Cleanup(func() {
		_ = p.tty.Close()
		p.letGo()
	})
	p.pid = p.said("pid ")
	return p
}

// watch reads the terminal until it hangs up.
func (p *person) watch() {
	buf := make([]byte, 4096)
	for {
		n, err := p.tty.Read(buf)
		p.mu.Lock()
		p.seen.Write(buf[:n])
		p.mu.Unlock()
		select {
		case p.more <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// raw is all that came from the terminal.
func (p *person) raw() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.ReplaceAll(p.seen.String(), "\r\n", "\n")
}

// screen is what the command wrote, and what was typed.
func (p *person) screen() string {
	var kept strings.Builder
	rest := p.raw()
	for {
		before, after, found := strings.Cut(rest, mark)
		kept.WriteString(before)
		if !found {
			return kept.String()
		}
		_, rest, _ = strings.Cut(after, "\n")
	}
}

// await waits until there is what is wanted.
func (p *person) await(wanted string, there func() bool) {
	p.t.Helper()
	limit := time.After(3 * time.Minute)
	for !there() {
		select {
		case <-p.more:
		case <-limit:
			p.t.Fatalf("no %q:\n%s", wanted, p.screen())
		}
	}
}

// said is a number that the leader said.
func (p *person) said(what string) int {
	p.t.Helper()
	number := ""
	p.await(what, func() bool {
		_, after, _ := strings.Cut(p.raw(), mark+what)
		var whole bool
		number, _, whole = strings.Cut(after, "\n")
		return whole
	})
	n, err := strconv.Atoi(number)
	if err != nil {
		p.t.Fatal(err)
	}
	return n
}

// expect waits until the screen shows text n times.
func (p *person) expect(text string, n int) {
	p.t.Helper()
	p.await(text, func() bool {
		ended := strings.Contains(p.raw(), mark+"code ")
		shown := strings.Count(p.screen(), text) >= n
		if ended && !shown {
			p.t.Fatalf("the command ended without %q:\n%s", text, p.screen())
		}
		return shown
	})
}

// types sends keys.
func (p *person) types(keys string) {
	p.t.Helper()
	if _, err := io.WriteString(p.tty, keys); err != nil {
		p.t.Fatal(err)
	}
}

// leaves waits for the end of the command and checks its exit code. The terminal
// is there still.
func (p *person) leaves(code int) {
	p.t.Helper()
	if got := p.said("code "); got != code {
		p.t.Fatalf("exit code %d, want %d:\n%s", got, code, p.screen())
	}
}

// echoes says whether the terminal shows what is typed.
func (p *person) echoes() bool {
	p.t.Helper()
	mode, err := unix.IoctlGetTermios(int(p.tty.Fd()), termiosRequest)
	if err != nil {
		p.t.Fatal(err)
	}
	return mode.Lflag&unix.ECHO != 0
}
