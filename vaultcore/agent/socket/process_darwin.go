package socket

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"slices"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// describe names the process that made a connection, and its working directory.
func describe(c *conn) (program, dir string) {
	if c.who.PID <= 0 {
		return "", ""
	}
	home, _ := os.UserHomeDir()
	return nameOf(c.who.PID, look), vaultcore.ShortenHome(workingFolder(c.who.PID), home)
}

// look reads one process of the process table, which keeps 16 characters of a name
// (MAXCOMLEN of sys/param.h).
func look(pid int) (process, bool) {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil {
		return process{}, false
	}
	file := sync.OnceValue(func() string { return pathOf(pid) })
	return process{
		name:     uncut(unix.ByteSliceToString(info.Proc.P_comm[:]), 16, file),
		parent:   int(info.Eproc.Ppid),
		started:  uint64(info.Proc.P_starttime.Nano()),
		leads:    leads(pid),
		terminal: terminalName(info.Eproc.Tdev),
		args:     func() []string { return commandLine(pid) },
		file:     file,
		ours:     func() bool { return runsCommand(pid) },
		dir:      func() string { return workingFolder(pid) },
		altered:  func() bool { return altered(pid, info.Proc.P_flag) },
	}, true
}

func leads(pid int) bool {
	session, err := unix.Getsid(pid)
	return err == nil && session == pid
}

// terminalName is what the device of a pseudo-terminal is called, below /dev: by its minor
// number (bsd/kern/tty_ptmx.c), where that is the very device. Its major number is
// another with each start of the machine.
func terminalName(device int32) string {
	if device < 0 {
		return ""
	}
	name := fmt.Sprintf("ttys%03d", unix.Minor(uint64(device)))
	var is unix.Stat_t
	if unix.Stat("/dev/"+name, &is) != nil || is.Rdev != device {
		return ""
	}
	return name
}

// startOf is when a process began, 0 for one that is gone.
func startOf(pid int) uint64 {
	at, _ := look(pid)
	return at.started
}

// folders is struct proc_vnodepathinfo of sys/proc_info.h: the working directory of a
// process and its root.
type folders struct {
	_    [152]byte // struct vnode_info
	path [unix.PathMax]byte
	_    [152 + unix.PathMax]byte
}

// Of sys/proc_info.h: what libproc asks the kernel with.
const (
	callPIDInfo      = 2 // PROC_INFO_CALL_PIDINFO
	vnodePathsOfProc = 9 // PROC_PIDVNODEPATHINFO
)

// workingFolder is the working directory of a process, empty where it is not known.
func workingFolder(pid int) string {
	var found folders
	got, _, failed := unix.Syscall6(unix.SYS_PROC_INFO, callPIDInfo, uintptr(pid), vnodePathsOfProc, 0, uintptr(unsafe.Pointer(&found)), unsafe.Sizeof(found))
	if failed != 0 || got != unsafe.Sizeof(found) {
		return ""
	}
	return unix.ByteSliceToString(found.path[:])
}

// traced is P_TRACED of sys/proc.h: a debugger holds the process.
const traced = 0x800

// pathOf is the executable of a process, by the path that the kernel noted when it
// began.
func pathOf(pid int) string {
	raw, err := unix.SysctlRaw("kern.procargs2", pid)
	defer clear(raw)
	if err != nil || len(raw) < 4 {
		return ""
	}
	path, _, _ := bytes.Cut(raw[4:], []byte{0})
	return string(path)
}

// altered says whether a process is traced, or began with variables that put code of
// others into it. Of what cannot be read it is so.
func altered(pid int, flags int32) bool {
	raw, err := unix.SysctlRaw("kern.procargs2", pid)
	defer clear(raw)
	if err != nil || flags&traced != 0 {
		return true
	}
	return slices.ContainsFunc(steering, func(name string) bool { return bytes.Contains(raw, []byte("\x00"+name)) })
}

// steering are variables that put code of others into a program.
var steering = []string{
	"DYLD_", "BASH_ENV=", "PYTHONPATH=", "PYTHONHOME=", "PYTHONSTARTUP=", "PYTHONINSPECT=", "NODE_OPTIONS=", "NODE_PATH=", "RUBYOPT=", "RUBYLIB=",
	"PERL5OPT=", "PERL5LIB=", "PERL5DB=", "JAVA_TOOL_OPTIONS=", "_JAVA_OPTIONS=", "JDK_JAVA_OPTIONS=", "CLASSPATH=",
}

// executable is the file of a program: macOS reads no other.
func executable(_ int, path string) string { return path }

// inside is where a file is read as a process sees it.
func inside(_ int, path string) string { return path }

// chain lists the processes that lead to a connection.
func chain(_ *net.UnixConn, who Peer) vaultcore.Chain {
	if who.PID <= 0 {
		return nil
	}
	found := chainOf(who.PID, look)
	if !unchanged(found, look) {
		return nil
	}
	return found
}

// commandLine is used to find the name of a script and goes nowhere else: it
// may hold secrets of other programs.
func commandLine(pid int) []string {
	raw, err := unix.SysctlRaw("kern.procargs2", pid)
	if err != nil {
		return nil
	}
	return parseArguments(raw)
}

// parseArguments reads what kern.procargs2 returns: the number of arguments,
// the executable's path padded with zeros, then the arguments.
func parseArguments(raw []byte) []string {
	if len(raw) < 4 {
		return nil
	}
	count := int(binary.LittleEndian.Uint32(raw))
	_, rest, ok := bytes.Cut(raw[4:], []byte{0})
	if !ok {
		return nil
	}
	rest = bytes.TrimLeft(rest, "\x00")
	var args []string
	for len(args) < count {
		arg, tail, ok := bytes.Cut(rest, []byte{0})
		if !ok {
			return args
		}
		args, rest = append(args, string(arg)), tail
	}
	return args
}
