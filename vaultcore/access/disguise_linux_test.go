package access

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// These are programs that hide whose they are: in a terminal of their own, or by what
// they write over their own memory.

func init() {
	roles["start"] = start
	roles["pose"] = func() error {
		if err := pose(os.Args[1]); err != nil {
			return err
		}
		os.Args = os.Args[1:]
		if len(os.Args) > 1 {
			return start()
		}
		return askFor(dial)
	}
	roles["forget"] = func() error {
		at, err := memory()
		if err == nil {
			err = overwrite(at.env, make([]byte, at.envEnd-at.env))
		}
		if err != nil {
			return err
		}
		return askFor(dial)
	}
}

// start runs another program, which asks, to its end.
func start() error {
	child := exec.Command(os.Args[1], os.Args[2:]...)
	child.Env, child.Stdout, child.Stderr = append(os.Environ(), "ROLE=ask"), os.Stdout, os.Stderr
	return child.Run()
}

// layout is where the kernel has put what /proc shows of a process.
type layout struct{ args, env, envEnd int64 }

// memory is our own; see proc_pid_stat(5).
func memory() (at layout, err error) {
	text, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return layout{}, err
	}
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	const third = 3 // the number of the first of them
	for number, into := range map[int]*int64{48: &at.args, 50: &at.env, 51: &at.envEnd} {
		if *into, err = strconv.ParseInt(fields[number-third], 10, 64); err != nil {
			return layout{}, err
		}
	}
	return at, nil
}

func overwrite(at int64, text []byte) error {
	own, err := os.OpenFile("/proc/self/mem", os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { _ = own.Close() }()
	_, err = own.WriteAt(text, at)
	return err
}

// pose writes a name over our own, and over the first of our arguments.
func pose(name string) error {
	name = strings.Clone(name) // it is in the memory that is written over
	at, err := memory()
	if err == nil {
		err = overwrite(at.args, append([]byte(name), 0))
	}
	if err != nil {
		return err
	}
	return os.WriteFile("/proc/self/comm", []byte(name), 0o600)
}

// detached has a session of tmux run the command once nothing but its server is above
// that, and orphaned a program that nobody is above.
const (
	detached = `t="tmux -S $PWD/t"
$t -f /dev/null new-session -d "$t wait-for go; ./vaultbar >out; $t wait-for -S over; $t wait-for read" &&
$t wait-for -S go && $t wait-for over && cat out && $t wait-for -S read
`
	orphaned = `mkfifo go over
setsid -f /bin/bash -c 'read <go; /bin/bash "$0" >over' "$1"
echo >go
cat over
`
)

// A terminal that an agent opens hides it no more than a pipe does while it is above what
// runs there. What it has a server of others run, or leaves to nobody, is a program like
// any other: it is put to the person as that, by none of their own grants, and nobody is
// taken to sit there.
func TestTerminalsOfAnAgent(t *testing.T) {
	script, python := testenv.Program(t, "script", "bsdutils"), testenv.Program(t, "/usr/bin/python3", "python3")
	testenv.Program(t, "tmux", "tmux")
	s := newSiege(t, "hour")
	s.copy("claude")
	work, mux, orphan := s.write("work.sh", "./vaultbar\n"), s.write("mux.sh", detached), s.write("orphan.sh", orphaned)
	if served, asker := s.asks(s.command("ask", "/bin/bash", work)); !served || !strings.HasPrefix(asker, "work.sh (in ") {
		t.Fatalf("served %t, asked about %q", served, asker)
	}
	if served, asker := s.asks(s.command("ask", "/bin/bash", work)); !served || asker != "" {
		t.Fatalf("the person's own: served %t, asked about %q", served, asker)
	}
	s.answers("once")
	for _, test := range []struct {
		name  string
		cmd   *exec.Cmd
		agent bool // is known
	}{
		{"in its own", s.command("start", "claude", "/bin/bash", work), true},
		{"in one that script opens", s.command("start", "claude", script, "-qec", "/bin/bash "+work, "/dev/null"), true},
		{"in one that it opens itself", s.command("start", "claude", python, "-c", `import pty, sys; pty.spawn(["/bin/bash", sys.argv[1]])`, work), true},
		{"under another name", s.command("pose", filepath.Join(s.dir, "claude"), "zsh", "/bin/bash", work), true},
		{"in a session of tmux", s.command("start", "claude", "/bin/bash", mux), false},
		{"left to nobody", s.command("start", "claude", "/bin/bash", orphan, work), false},
	} {
		served, asker := s.asks(test.cmd)
		if !served || asker == "" || strings.Contains(asker, "claude") != test.agent {
			t.Errorf("%s: served %t, asked about %q", test.name, served, asker)
		}
	}
	if s.sits {
		t.Error("the person is taken to sit at one of them")
	}
}

// posing is a script of Python that has the kernel show another one's name of the same
// length as its own, and then asks.
const posing = `import os
fields = open("/proc/self/stat").read().rpartition(")")[2].split()
start = int(fields[48 - 3])
line = open("/proc/self/cmdline", "rb").read()
with open("/proc/self/mem", "r+b", 0) as memory:
    memory.seek(start)
    memory.write(line.replace(b"poster.py", b"deploy.py"))
` + asking

// What a program writes over its arguments and its variables makes it no other program,
// but for the two disguises that the page on protection says are not seen through.
func TestRewrittenMemory(t *testing.T) {
	python := testenv.Program(t, "/usr/bin/python3", "python3")
	s := newSiege(t, "hour")
	deploy, poster := s.write("deploy.py", asking), s.write("poster.py", posing)
	s.asks(s.command("ask", "tool"))
	s.asks(s.command("", python, deploy))
	s.answers("once")
	preloaded := s.command("forget", "tool")
	preloaded.Env, preloaded.Stderr = append(preloaded.Env, "LD_PRELOAD=libc.so.6"), nil
	for _, test := range []struct {
		name string
		cmd  *exec.Cmd
		asks string // how the name begins of whom the person is asked about; "" where they are not
	}{
		{"the name of an allowed program", s.command("pose", filepath.Join(s.dir, "evil"), "tool"), "tool (" + filepath.Join(s.dir, "evil") + ", in "},
		{"the name of the command", s.command("pose", filepath.Join(s.dir, "evil"), "vaultbar"), "vaultbar (" + filepath.Join(s.dir, "evil") + ", in "},
		{"the path of an allowed script", s.command("", python, poster), ""},
		{"variables that are gone", preloaded, ""},
	} {
		if served, asker := s.asks(test.cmd); !served || !strings.HasPrefix(asker, test.asks) || asker != "" && test.asks == "" {
			t.Errorf("%s: served %t, asked about %q", test.name, served, asker)
		}
	}
}
