package socket

import (
	"bytes"
	"encoding/binary"
	"net"

	"golang.org/x/sys/unix"
)

// describe names the process that made a connection. macOS tells a working
// directory only through a library, so there is none.
func describe(_ *net.UnixConn, who Peer) (program, dir string) {
	if who.PID <= 0 {
		return "", ""
	}
	return nameOf(who.PID, look), ""
}

// look reads one process of the process table.
func look(pid int) (process, bool) {
	info, err := unix.SysctlKinfoProc("kern.proc.pid", pid)
	if err != nil {
		return process{}, false
	}
	return process{
		name:   unix.ByteSliceToString(info.Proc.P_comm[:]),
		parent: int(info.Eproc.Ppid),
		args:   func() []string { return commandLine(pid) },
	}, true
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
