package socket

import (
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// The socket's mode is set before it has a name that others could open, and no
// TCP port is opened beside it.
func TestModeBeforeName(t *testing.T) {
	strace := testenv.Program(t, "strace", "strace")
	path := socketPath(t)
	trace := filepath.Join(t.TempDir(), "trace")
	app := play(t, "listen", path, func(cmd *exec.Cmd) {
		cmd.Args = []string{"strace", "-f", "-o", trace, "-e", "trace=socket,bind,fchmod", cmd.Path}
		cmd.Path = strace
	})
	if got := app.line(t); got != "listening" {
		t.Fatal(got)
	}
	must(t, app.stdin.Close())
	must(t, app.Wait())
	text, err := os.ReadFile(trace)
	must(t, err)
	order := regexp.MustCompile(`(?s)fchmod\((\d+), 0600\) += 0.*bind\((\d+), \{sa_family=AF_UNIX, sun_path="` + regexp.QuoteMeta(path) + `"`)
	if m := order.FindSubmatch(text); m == nil || string(m[1]) != string(m[2]) {
		t.Errorf("no fchmod before bind of the same socket in:\n%s", text)
	}
	if strings.Contains(string(text), "AF_INET") {
		t.Errorf("an internet socket was opened:\n%s", text)
	}
}

func TestParseStat(t *testing.T) {
	tests := []struct {
		stat, name string
		parent     int
		ok         bool
	}{
		{"12 (terraform) S 7 12 7 0 -1 4194304", "terraform", 7, true},
		{"12 (a) b (c) S 7 12 7 34816 12", "a) b (c", 7, true},
		{"12 (x) S", "", 0, false},
		{"12 (x) S y", "x", 0, false},
		{")(", "", 0, false},
		{"", "", 0, false},
	}
	for _, test := range tests {
		got, ok := parseStat([]byte(test.stat))
		if ok != test.ok || ok && (got.name != test.name || got.parent != test.parent) {
			t.Errorf("%q: %+v, %t", test.stat, got, ok)
		}
	}
}

// accept takes one connection while dial makes it.
func accept(t *testing.T, l *Listener) net.Conn {
	t.Helper()
	c, err := l.Accept()
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// A program that runs vaultbar through a shell is the one that is named, with
// its working directory.
func TestDescribe(t *testing.T) {
	path := socketPath(t)
	l := listenAt(t, path)
	exe, err := os.Executable()
	must(t, err)
	dir := filepath.Dir(path)
	for _, name := range []string{"terraform", "vaultbar"} {
		copyFile(t, exe, filepath.Join(dir, name))
	}
	t.Setenv("HOME", filepath.Dir(dir))
	play(t, "launch", path, func(cmd *exec.Cmd) {
		cmd.Path, cmd.Dir = filepath.Join(dir, "terraform"), dir
	})
	c := accept(t, l)
	got := Describe(c).Named()
	if got.Program != "terraform" || got.Dir != "~/run" {
		t.Errorf("described as %v, want terraform (in ~/run)", got)
	}
	if got.PID != PeerOf(c).PID || got.PID == 0 {
		t.Errorf("described process %d, connected is %d", got.PID, PeerOf(c).PID)
	}
	chain := got.Chain()
	asker := chain.Asker()
	if asker < 1 || chain[asker].Program != "terraform" || chain[asker].Path != filepath.Join(dir, "terraform") || chain[asker].Started == 0 || len(chain[asker].Files) != 1 {
		t.Errorf("the chain is %+v", chain)
	}
	if last := chain[len(chain)-1]; !chain.Has(vaultcore.Process{PID: os.Getpid(), Started: chain[asker+1].Started}) {
		t.Errorf("we, who started it, are not in the chain that ends in %+v", last)
	}
}

// A program that began with libraries of others put into it is not what its file says.
func TestChainOfAnAlteredProgram(t *testing.T) {
	path := socketPath(t)
	l := listenAt(t, path)
	play(t, "raw", path, func(cmd *exec.Cmd) { cmd.Env = append(cmd.Env, "LD_LIBRARY_PATH="+t.TempDir()) })
	c := accept(t, l)
	if chain := Describe(c).Chain(); len(chain) == 0 || len(chain[0].Files) != 0 {
		t.Errorf("the chain is %+v", chain)
	}
	_, _ = io.WriteString(c, "done")
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	text, err := os.ReadFile(from)
	must(t, err)
	must(t, os.WriteFile(to, text, 0o700))
}

// Of a process that has ended nothing is said: its number may be another's.
func TestDescribeEnded(t *testing.T) {
	path := socketPath(t)
	l := listenAt(t, path)
	caller := play(t, "raw", path, nil)
	c := accept(t, l)
	must(t, caller.Process.Kill())
	_ = caller.Wait()
	if got := Describe(c).Named(); got.Program != "" || got.Dir != "" || len(got.Chain()) != 0 {
		t.Errorf("a process that has ended was described as %v", got)
	}
	c.(*conn).who.PID = os.Getpid() // as if we had been given its number
	if got := Describe(c).Named(); got.Program != "" || got.Dir != "" || len(got.Chain()) != 0 {
		t.Errorf("its number's next owner was described as %v", got)
	}
}

// A caller in a user namespace of its own has our user id all the same; its
// directory would mean nothing here.
func TestDescribeSandbox(t *testing.T) {
	path := socketPath(t)
	l := listenAt(t, path)
	play(t, "raw", path, func(cmd *exec.Cmd) {
		cmd.SysProcAttr.Cloneflags = syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
	})
	c := accept(t, l)
	if got := Describe(c).Named().Dir; got != elsewhere {
		t.Errorf("working directory is %q, want %q", got, elsewhere)
	}
	_, _ = io.WriteString(c, "done")
}

// BenchmarkDescribe is what naming a caller costs: once a connection.
func BenchmarkDescribe(b *testing.B) {
	dir := b.TempDir()
	l, err := Listen(b.Context(), Location{Socket: filepath.Join(dir, "run", "s")})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	caller, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = caller.Close() }()
	c, err := l.Accept()
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	for b.Loop() {
		if Describe(c).Named().Program == "" {
			b.Fatal("not described")
		}
	}
}
