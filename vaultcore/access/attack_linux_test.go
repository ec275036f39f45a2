package access

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/agent/socket"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// These are attacks by programs of the same user: real processes over a real socket, and
// a person who has allowed others.

// siege is a person whose programs are attacked.
type siege struct {
	*world
	dir, path string
	mu        sync.Mutex // guards what follows, and the world's questions, which the server asks
	sits      bool       // somebody was taken for a person at a terminal
}

// Ask is part of asker.
func (s *siege) Ask(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.world.Ask(ctx, q)
}

// describe is who asks, and notes who is taken for a person.
func (s *siege) describe(c net.Conn) vaultcore.Caller {
	caller := socket.Describe(c)
	sits := caller.Person()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sits = s.sits || sits
	return caller
}

// newSiege serves a protected profile to whoever asks. Root owns the copy of this program
// that plays the command.
func newSiege(t *testing.T, answer string) *siege {
	t.Helper()
	testenv.Root(t)
	dir, err := os.MkdirTemp("/tmp", "vb") // the path of a socket must be short
	must(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s := &siege{world: newWorld(t, answer), dir: dir, path: filepath.Join(dir, "run", "s")}
	s.programs.o.Prompter = s
	l, err := socket.Listen(t.Context(), socket.Location{Socket: s.path})
	must(t, err)
	server := &agent.Server{
		Service:  agent.Guard(&testkit.FakeService{Results: map[string]agent.CredentialsResult{"prod": {}}}, s.programs.Around),
		Describe: s.describe,
	}
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	go func() { ended <- server.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := wait.For(t, "the server ends", ended); err != nil {
			t.Error(err)
		}
	})
	for _, name := range []string{"vaultbar", "tool", "evil"} {
		s.copy(name)
	}
	return s
}

// copy puts this program into the folder under a name.
func (s *siege) copy(name string) string {
	s.t.Helper()
	text, err := os.ReadFile("/proc/self/exe")
	must(s.t, err)
	if name == "evil" {
		text = append(text, "evil"...)
	}
	path := filepath.Join(s.dir, name)
	must(s.t, os.WriteFile(path, text, 0o755))
	return path
}

func (s *siege) write(name, text string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	must(s.t, os.MkdirAll(filepath.Dir(path), 0o755))
	must(s.t, os.WriteFile(path, []byte(text), 0o755))
	return path
}

// command is a program of ours in the folder, playing a role unless it is another one.
func (s *siege) command(role string, words ...string) *exec.Cmd {
	cmd := exec.CommandContext(s.t.Context(), words[0], words[1:]...)
	if !strings.Contains(words[0], "/") {
		cmd.Path, cmd.Err = filepath.Join(s.dir, words[0]), nil
	}
	cmd.Dir, cmd.Stderr = s.dir, os.Stderr
	cmd.Env = append(os.Environ(), "ROLE="+role, "SOCKET="+s.path, "HOME=/nonexistent", "GORACE=atexit_sleep_ms=0")
	return cmd
}

// asks runs a program to its end, and says whether it was served, and as whom it was put
// to the person; "" where nobody was asked.
func (s *siege) asks(cmd *exec.Cmd) (served bool, asker string) {
	s.t.Helper()
	before := s.count()
	out, err := cmd.Output()
	if err != nil {
		s.t.Fatalf("%q: %v\n%s", cmd.Args, err, out)
	}
	return strings.HasSuffix(strings.TrimSpace(string(out)), "served"), s.asker(before)
}

// answers is what the person answers from now on.
func (s *siege) answers(answer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = answer
}

func (s *siege) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

// asker is whom the question after so many others is about; "" for none.
func (s *siege) asker(before int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.asked) == before {
		return ""
	}
	return s.asked[len(s.asked)-1].Asker
}

func init() {
	roles["ask"] = func() error { return askFor(dial) }
	roles["speak"] = func() error { return askFor(inherited) }
	roles["wait"] = func() error { _, err := io.Copy(io.Discard, os.Stdin); return err }
	roles["rename"] = func() error {
		if err := os.WriteFile("/proc/self/comm", []byte(os.Args[1]), 0o600); err != nil {
			return err
		}
		return askFor(dial)
	}
	roles["become-other"] = becomeOther
	roles["cover"] = cover
	roles["pass"] = pass
	roles["hold"] = func() error {
		if _, err := bufio.NewReader(os.Stdin).ReadByte(); err != nil {
			return err
		}
		return askFor(inherited)
	}
}

// wanted is a request for the protected profile, by a program that says it is another.
const wanted = `{"v":1,"op":"credentials","profile":"prod","program":"terraform"}` + "\n"

func dial() (net.Conn, error) { return net.Dial("unix", os.Getenv("SOCKET")) }

// inherited is the connection that this program was started with.
func inherited() (net.Conn, error) { return net.FileConn(os.NewFile(3, "connection")) }

func askFor(connect func() (net.Conn, error)) error {
	c, err := connect()
	if err != nil {
		return err
	}
	if _, err := io.WriteString(c, wanted); err != nil {
		return err
	}
	line, err := bufio.NewReader(c).ReadString('\n')
	if err != nil {
		return err
	}
	if strings.Contains(line, `"result"`) {
		line = "served"
	}
	fmt.Println(strings.TrimSpace(line))
	return nil
}

// becomeOther connects, and becomes another program, which asks.
func becomeOther() error {
	c, err := dial()
	if err != nil {
		return err
	}
	file, err := c.(*net.UnixConn).File()
	if err != nil {
		return err
	}
	if err := syscall.Dup3(int(file.Fd()), 3, 0); err != nil {
		return err
	}
	return become("speak")
}

// become runs another program in this one's place.
func become(role string) error {
	if err := os.Setenv("ROLE", role); err != nil {
		return err
	}
	return syscall.Exec(os.Args[1], os.Args[1:], os.Environ())
}

// cover starts the command, which asks once we have become another program.
func cover() error {
	child := exec.Command("/bin/sh", "-c", `while [ "$(readlink /proc/$PPID/exe)" != "$1" ]; do :; done; exec "$2"`, "sh", os.Args[1], filepath.Join(filepath.Dir(os.Args[1]), "vaultbar"))
	child.Env, child.Stdout = append(os.Environ(), "ROLE=ask"), os.Stdout
	if err := child.Start(); err != nil {
		return err
	}
	return become("wait")
}

// pass connects, hands the connection on to another process, and ends.
func pass() error {
	c, err := dial()
	if err != nil {
		return err
	}
	file, err := c.(*net.UnixConn).File()
	if err != nil {
		return err
	}
	child := exec.Command("/proc/self/exe")
	child.Env, child.Stdin, child.Stdout, child.ExtraFiles = append(os.Environ(), "ROLE=hold"), os.Stdin, os.Stdout, []*os.File{file}
	return child.Start()
}

// asking is a script of Python that asks.
const asking = `import os, socket
s = socket.socket(socket.AF_UNIX)
s.connect(os.environ["SOCKET"])
s.sendall(b'{"v":1,"op":"credentials","profile":"prod"}\n')
print("served" if b'"result"' in s.makefile("rb").readline() else "refused")
`

// What the person has allowed for an hour holds for the same program, and for no other that
// poses as it; the person is shown who it is.
func TestWhoPosesAsAnAllowedProgram(t *testing.T) {
	python, strace := testenv.Program(t, "/usr/bin/python3", "python3"), testenv.Program(t, "strace", "strace")
	s := newSiege(t, "hour")
	deploy := s.write("deploy.py", asking)
	script := s.write("deploy.sh", "./vaultbar\n")
	other := s.write("other.sh", "echo other; ./vaultbar\n")
	s.write("elsewhere/deploy.py", asking)
	must(t, os.Symlink(filepath.Join(s.dir, "tool"), filepath.Join(s.dir, "link")))
	must(t, os.Symlink(filepath.Join(s.dir, "evil"), filepath.Join(s.dir, "terraform")))
	for _, allowed := range []*exec.Cmd{s.command("ask", "tool"), s.command("", python, deploy), s.command("ask", "/bin/bash", script)} {
		if served, asker := s.asks(allowed); !served || asker == "" {
			t.Fatalf("%q: served %t, asked about %q", allowed.Args, served, asker)
		}
	}
	s.answers("once")
	with := func(cmd *exec.Cmd, env string) *exec.Cmd { cmd.Env, cmd.Stderr = append(cmd.Env, env), nil; return cmd }
	typed := func(cmd *exec.Cmd, text string) *exec.Cmd { cmd.Stdin = strings.NewReader(text); return cmd }
	for _, test := range []struct {
		name string
		cmd  *exec.Cmd
		asks string // how the name begins of whom the person is asked about; "" where they are not
	}{
		{"the same program", s.command("ask", "tool"), ""},
		{"the same script", s.command("", python, deploy), ""},
		{"the same script by its other name", s.command("ask", "/bin/bash", "-eu", "deploy.sh"), ""},
		{"a link to it", s.command("ask", "link"), ""},
		{"another program", s.command("ask", "evil"), "evil (in " + s.dir},
		{"a link of a trusted name", s.command("ask", "terraform"), "terraform (" + s.dir + "/evil, in "},
		{"a name that it gives itself", s.command("rename", "evil", "tool"), "tool (" + s.dir + "/evil, in "},
		{"the name of the command", s.command("rename", "evil", "vaultbar"), "vaultbar (" + s.dir + "/evil, in "},
		{"the name of a shell", s.command("rename", "evil", "sh", "-c"), "sh (" + s.dir + "/evil, in "},
		{"with a library put into it", with(s.command("ask", "tool"), "LD_PRELOAD=libc.so.6"), "tool (in "},
		{"with an auditor put into it", with(s.command("ask", "tool"), "LD_AUDIT=libc.so.6"), "tool (in "},
		{"with modules of others", with(s.command("", python, deploy), "PYTHONPATH="+s.dir), "deploy.py (in "},
		{"under a debugger", s.command("ask", strace, "-f", "-o", "/dev/null", filepath.Join(s.dir, "tool")), "tool (in "},
		{"another script", s.command("ask", "/bin/bash", other), "other.sh (in "},
		{"the script beside other modules", s.command("", python, "elsewhere/deploy.py"), "deploy.py (in "},
		{"code on the command line", s.command("", python, "-c", asking), "python3"},
		{"a module", s.command("", python, "-m", "deploy"), "deploy (in "},
		{"code typed in, the script an argument", typed(s.command("", python, "-", deploy), asking), "python3"},
		{"commands typed in, the script an argument", typed(s.command("ask", "/bin/bash", "-s", script), "./vaultbar\n:\n"), "bash (in "},
		{"the script is only read first", typed(s.command("ask", "/bin/bash", "--rcfile", script, other), ""), "bash (in "},
		{"it becomes another program after it has connected", s.command("become-other", "tool", filepath.Join(s.dir, "evil")), "evil (in "},
	} {
		if served, asker := s.asks(test.cmd); !served || !strings.HasPrefix(asker, test.asks) || asker != "" && test.asks == "" {
			t.Errorf("%s: served %t, asked about %q", test.name, served, asker)
		}
	}

	must(t, os.WriteFile(script, []byte("./vaultbar; :\n"), 0o755)) // in place
	if _, asker := s.asks(s.command("ask", "/bin/bash", script)); !strings.HasPrefix(asker, "deploy.sh") {
		t.Errorf("a script that was written over: asked about %q", asker)
	}
	must(t, os.Rename(filepath.Join(s.dir, "evil"), filepath.Join(s.dir, "tool")))
	if _, asker := s.asks(s.command("ask", "tool")); !strings.HasPrefix(asker, "tool") {
		t.Errorf("an executable that was replaced: asked about %q", asker)
	}
}

// TestWhatAnHourDoesNotStop is what README says a grant does not stop: in the terminal that
// it is for, a program can hide behind the allowed one. It is bounded by that terminal,
// the hour and what was asked about.
func TestWhatAnHourDoesNotStop(t *testing.T) {
	s := newSiege(t, "hour")
	tool := filepath.Join(s.dir, "tool")
	s.asks(s.command("ask", "tool"))
	hidden := s.command("cover", "evil", tool)
	stdin, err := hidden.StdinPipe()
	must(t, err)
	out, err := hidden.StdoutPipe()
	must(t, err)
	must(t, hidden.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	must(t, err)
	must(t, stdin.Close())
	must(t, hidden.Wait())
	if line != "served\n" || s.count() != 1 {
		t.Errorf("%q, asked %d times: README says that this is not stopped", line, s.count())
	}
}

// A connection that its program has handed on is nobody's once that has ended, also when
// an allowed program has got its number: it can be allowed once at most.
func TestANumberUsedAgain(t *testing.T) {
	testenv.Root(t)
	if os.Getenv("APART") == "" { // in a space of its own, where nobody else takes numbers
		again := exec.Command("/proc/self/exe", "-test.run=^TestANumberUsedAgain$", "-test.v")
		again.Env = append(os.Environ(), "APART=1")
		again.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS}
		out, err := again.CombinedOutput()
		testenv.Again(t, out, err)
		return
	}
	must(t, syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""))
	must(t, syscall.Mount("proc", "/proc", "proc", 0, ""))
	s := newSiege(t, "hour")
	s.asks(s.command("ask", "tool"))
	s.answers("once")

	var held *holder
	for held == nil || !s.takes(held.number) { // a thread of ours may have got it
		held = s.passes()
	}
	_, err := io.WriteString(held.ask, "\n")
	must(t, err)
	line, err := bufio.NewReader(held.out).ReadString('\n')
	must(t, err)
	if line != "served\n" || s.asker(1) != "a program" || s.asked[1].Allows(string(hour)) {
		t.Errorf("%q, asked about %q", line, s.asker(1))
	}
}

// holder has a connection of a process that has ended.
type holder struct {
	number   int      // of that process
	ask, out *os.File // have it ask, and what it says then
}

// passes has a program connect, hand the connection on and end.
func (s *siege) passes() *holder {
	s.t.Helper()
	passing := s.command("pass", "evil")
	waits, goes, err := os.Pipe()
	must(s.t, err)
	out, said, err := os.Pipe()
	must(s.t, err)
	passing.Stdin, passing.Stdout = waits, said
	must(s.t, passing.Run())
	must(s.t, said.Close())
	return &holder{passing.Process.Pid, goes, out}
}

// takes has the allowed program get this number, and says whether it has.
func (s *siege) takes(pid int) bool {
	s.t.Helper()
	for range 10 {
		must(s.t, os.WriteFile("/proc/sys/kernel/ns_last_pid", []byte(strconv.Itoa(pid-1)), 0o600))
		tool := s.command("wait", "tool")
		stdin, err := tool.StdinPipe()
		must(s.t, err)
		must(s.t, tool.Start())
		s.t.Cleanup(func() { _ = stdin.Close(); _ = tool.Wait() })
		if tool.Process.Pid == pid {
			return true
		}
	}
	return false
}

// Thousands of requests of one program, each under another name, are a handful of
// questions; see TestTenThousandRequests.
func TestThousandsOfConnections(t *testing.T) {
	testenv.Time(t)
	s := newSiege(t, "no")
	python := testenv.Program(t, "/usr/bin/python3", "python3")
	n := 300
	if testenv.Long() {
		n = 2000
	}
	s.write("tire.py", `import os, socket, sys
served = 0
for i in range(int(sys.argv[1])):
    open("/proc/self/comm", "w").write("tool%d" % i)
    s = socket.socket(socket.AF_UNIX)
    s.connect(os.environ["SOCKET"])
    s.sendall(b'{"v":1,"op":"credentials","profile":"prod","program":"terraform%d"}\n' % i)
    served += b'"result"' in s.makefile("rb").readline()
    s.close()
print(served, "of", sys.argv[1], "served")
`)
	out, err := s.command("", python, "tire.py", strconv.Itoa(n)).Output()
	must(t, err)
	if string(out) != fmt.Sprintf("0 of %d served\n", n) || s.count() > refusalsAllowed {
		t.Errorf("%s asked %d times", out, s.count())
	}
}

// An answer on one connection is none to a question on another.
func TestAnswersOfOthers(t *testing.T) {
	s := newSiege(t, "once")
	asked, answer := make(chan struct{}), make(chan struct{})
	s.programs.o.Prompter = replacing{s, func() { close(asked); <-answer }}
	waits := make(chan bool)
	go func() {
		out, _ := s.command("ask", "tool").Output()
		waits <- string(out) == "served\n"
	}()
	wait.For(t, "the person is asked", asked)
	for id := range 50 {
		c, err := net.Dial("unix", s.path)
		must(t, err)
		_, err = fmt.Fprintf(c, "{\"answer\":{\"id\":%d,\"text\":\"hour\"}}\n", id)
		must(t, err)
		must(t, c.SetReadDeadline(time.Now().Add(time.Millisecond)))
		if n, err := c.Read(make([]byte, 1)); n != 0 {
			t.Errorf("%d bytes for an answer to nobody, %v", n, err)
		}
		must(t, c.Close())
	}
	select {
	case <-waits:
		t.Error("it was answered by another program")
	default:
	}
	close(answer)
	if !wait.For(t, "the program that waits ends", waits) || len(s.grants.List()) != 0 {
		t.Error("it is not served once")
	}
}

// Programs that ask again at once after a no, many side by side, raise no question
// between it and the pause.
func TestDenyAgainstRetry(t *testing.T) {
	s := newSiege(t, "no")
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 10 {
				if out, err := s.command("ask", "tool").Output(); err != nil || slices.Contains(strings.Fields(string(out)), "served") {
					t.Errorf("%v\n%s", err, out)
				}
			}
		})
	}
	all.Wait()
	if n := s.count(); n > refusalsAllowed {
		t.Errorf("asked %d times", n)
	}
}
