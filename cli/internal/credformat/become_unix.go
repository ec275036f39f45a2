//go:build unix

package credformat

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// canonical is a variable's name as names are compared.
func canonical(name string) string { return name }

// Become replaces this process by the command at path: no parent stays, so its
// signals, its exit code and its terminal are its own. The command keeps no file
// but the three standard ones and those that its arguments name, as the shell's
// <(…) does. It returns only when the command cannot be run.
func Become(path string, argv, env []string) error {
	kept := inheritedFiles(argv)
	if err := CloseOnExec(); err != nil {
		return fmt.Errorf("closing files: %w", err)
	}
	for _, fd := range kept {
		_, _ = unix.FcntlInt(uintptr(fd), unix.F_SETFD, 0)
	}
	return syscall.Exec(path, argv, env)
}

// inheritedFiles are the descriptors that the arguments name and that the caller
// handed down. Our own are marked to be closed already.
func inheritedFiles(argv []string) []int {
	var kept []int
	for _, arg := range argv {
		_, rest, ok := strings.Cut(arg, "/dev/fd/")
		if !ok {
			continue
		}
		fd, err := strconv.Atoi(rest)
		if err != nil || fd < 3 {
			continue
		}
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			kept = append(kept, fd)
		}
	}
	return kept
}

// closeListed marks every descriptor above the standard three that a folder of
// the system lists.
func closeListed(names []string) {
	for _, name := range names {
		if fd, err := strconv.Atoi(name); err == nil && fd > 2 {
			unix.CloseOnExec(fd)
		}
	}
}
