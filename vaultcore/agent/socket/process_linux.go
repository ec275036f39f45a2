package socket

import (
	"bytes"
	"errors"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// elsewhere is said in place of the working directory of a process in another
// user or process namespace: its paths mean nothing here.
const elsewhere = "a container or sandbox"

// describe names the process that made a connection. What is read from /proc
// counts only if that very process was there all the time: its number may
// belong to another one by now.
func describe(c *conn) (program, dir string) {
	if c.who.PID <= 0 {
		return "", ""
	}
	still, release := watch(c.UnixConn)
	defer release()
	program = nameOf(c.who.PID, look)
	if c.inside == "" { // then it is in our namespaces
		dir = currentFolder(c.who.PID)
	} else {
		dir = workingFolder(c.who.PID)
	}
	if !still() {
		return "", ""
	}
	home, _ := os.UserHomeDir() // without one nothing is shortened
	return program, vaultcore.ShortenHome(dir, home)
}

// watch returns a way to ask whether the process that made the connection is
// still there. A kernel before 6.5 cannot tell, and is taken at its word.
func watch(c *net.UnixConn) (still func() bool, release func()) {
	pidfd := -1
	raw, err := c.SyscallConn()
	if err == nil {
		err = control(raw, func(fd int) (err error) {
			pidfd, err = unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_PEERPIDFD)
			return err
		})
	}
	if err != nil {
		known := errors.Is(err, unix.ENOPROTOOPT)
		return func() bool { return known }, func() {}
	}
	still = func() bool { return unix.PidfdSendSignal(pidfd, 0, nil, 0) == nil }
	return still, func() { _ = unix.Close(pidfd) }
}

// look reads one process of /proc. The kernel cuts names to 15 characters, and
// some programs rename their main thread: then the executable says more.
func look(pid int) (process, bool) {
	at, ok := readStat(pid)
	if !ok {
		return process{}, false
	}
	name, folder := at.name, procFolder(pid)
	exe := sync.OnceValue(func() string {
		path, err := os.Readlink(folder + "/exe")
		if err != nil {
			return ""
		}
		return strings.TrimSuffix(path, " (deleted)")
	})
	kept := 15
	if name == "MainThread" {
		kept = 0
	}
	name = uncut(name, kept, exe)
	return process{
		name: name, parent: at.parent, started: at.started, leads: at.session == pid, terminal: terminalName(at.tty),
		args:    func() []string { return commandLine(folder) },
		file:    exe,
		ours:    func() bool { return runsCommand(folder) },
		dir:     func() string { return workingFolder(pid) },
		altered: func() bool { return altered(folder) },
	}, true
}

// terminalName is what the device of a terminal is called, below /dev.
func terminalName(tty int) string {
	const consoles, serial = 4, 64 // the major number of tty0 to tty63, and where serial lines begin
	if index, ok := pseudo(tty); ok {
		return "pts/" + strconv.Itoa(index)
	}
	if index := tty & 0xff; tty>>8 == consoles && index < serial {
		return "tty" + strconv.Itoa(index)
	}
	return ""
}

// startOf is when a process began, 0 for one that is gone.
func startOf(pid int) uint64 {
	at, _ := readStat(pid)
	return at.started
}

// executable is where the very program that a process runs is read, also when its
// file was replaced since.
func executable(pid int, _ string) string { return procFolder(pid) + "/exe" }

// inside is where a file is read as a process sees it.
func inside(pid int, path string) string {
	return procFolder(pid) + "/root" + path
}

// steering are variables that put code of others into a program.
var steering = []string{
	"LD_PRELOAD", "LD_AUDIT", "LD_LIBRARY_PATH", "BASH_ENV", "ENV", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONINSPECT",
	"NODE_OPTIONS", "NODE_PATH", "RUBYOPT", "RUBYLIB", "PERL5OPT", "PERL5LIB", "PERL5DB", "PHPRC", "PHP_INI_SCAN_DIR", "JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "CLASSPATH",
}

// altered says whether a process is traced, or began with variables that put code of
// others into it. Of what cannot be read it is so.
func altered(folder string) bool {
	status, err := os.ReadFile(folder + "/status")
	if err != nil || !bytes.Contains(status, []byte("\nTracerPid:\t0\n")) {
		return true
	}
	environ, err := os.ReadFile(folder + "/environ")
	defer clear(environ)
	if err != nil {
		return true
	}
	for entry := range bytes.SplitSeq(environ, []byte{0}) {
		name, value, _ := bytes.Cut(entry, []byte{'='})
		if len(value) > 0 && slices.Contains(steering, string(name)) {
			return true
		}
	}
	return false
}

// chain lists the processes that lead to a connection.
func chain(c *net.UnixConn, who Peer) vaultcore.Chain {
	if who.PID <= 0 {
		return nil
	}
	still, release := watch(c)
	defer release()
	found := chainOf(who.PID, look)
	if !unchanged(found, look) || !still() {
		return nil
	}
	return found
}

func procFolder(pid int) string { return "/proc/" + strconv.Itoa(pid) }

// stat is what /proc tells of a process and its terminal.
type stat struct {
	name                                    string
	parent, group, session, tty, foreground int
	started                                 uint64 // in clock ticks since the machine's start
}

func readStat(pid int) (stat, bool) {
	var text [1024]byte // which is more than it has
	fd, err := unix.Open(procFolder(pid)+"/stat", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return stat{}, false
	}
	defer func() { _ = unix.Close(fd) }()
	n, err := unix.Read(fd, text[:])
	if err != nil {
		return stat{}, false
	}
	return parseStat(text[:n])
}

// parseStat reads "pid (name) state parent group session tty foreground …"; the name
// may have brackets and spaces of its own.
func parseStat(text []byte) (stat, bool) {
	open, end := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return stat{}, false
	}
	fields := bytes.Fields(text[end+1:])
	if len(fields) < 6 {
		return stat{}, false
	}
	s := stat{name: string(text[open+1 : end])}
	for i, into := range []*int{&s.parent, &s.group, &s.session, &s.tty, &s.foreground} {
		var err error
		if *into, err = strconv.Atoi(string(fields[i+1])); err != nil {
			return stat{}, false
		}
	}
	const start = 19 // the 22nd of all, see proc_pid_stat(5)
	if len(fields) > start {
		var err error
		if s.started, err = strconv.ParseUint(string(fields[start]), 10, 64); err != nil {
			return stat{}, false
		}
	}
	return s, true
}

// commandLine is used to find the name of a script and goes nowhere else: it
// may hold secrets of other programs.
func commandLine(folder string) []string {
	line, err := os.ReadFile(folder + "/cmdline")
	if err != nil || len(line) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
}

// workingFolder is the working directory of a process.
func workingFolder(pid int) string {
	if inOtherSpace(pid) {
		return elsewhere
	}
	return currentFolder(pid)
}

// currentFolder is that of a process in our own namespaces.
func currentFolder(pid int) string {
	dir, err := os.Readlink(procFolder(pid) + "/cwd")
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(dir, " (deleted)")
}

// inOtherSpace says whether a process is in another user or process namespace than we;
// one that cannot be looked at is given the benefit of the doubt.
func inOtherSpace(pid int) bool {
	theirs, ours := namespacesOf(strconv.Itoa(pid)), ownNamespaces()
	differ := func(theirs, ours string) bool { return theirs != "" && ours != "" && theirs != ours }
	return differ(theirs.user, ours.user) || differ(theirs.pid, ours.pid)
}
