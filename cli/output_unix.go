//go:build unix

package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// closedOutput says whether the process was started without this stream. Go
// opens /dev/null in its place before any of our code runs, for reading and
// writing, which a shell's >/dev/null does not. A parent that opens it so cannot
// be told from that; nobody reads the result then either.
func closedOutput(file *os.File) bool {
	flags, err := unix.FcntlInt(file.Fd(), unix.F_GETFL, 0)
	if err != nil || flags&unix.O_ACCMODE != unix.O_RDWR {
		return err != nil
	}
	var stat, null unix.Stat_t
	return unix.Fstat(int(file.Fd()), &stat) == nil && unix.Stat(os.DevNull, &null) == nil &&
		stat.Mode&unix.S_IFMT == unix.S_IFCHR && stat.Rdev == null.Rdev
}
