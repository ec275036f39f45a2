//go:build linux || darwin

package socket

import (
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// handedAt is the descriptor of the first socket that systemd hands to a service:
// sd_listen_fds(3).
const handedAt = 3

// handedVariable has the descriptor where it is another: launchd chooses one, and the
// program that the app becomes after an upgrade is told of it.
const handedVariable = "LISTEN_FD"

// Handed is the socket that a service manager has opened for this process, and at which
// it goes on listening when the process has ended; nil where the environment tells of
// none. It is asked for once, at the start.
func Handed(getenv func(string) string) *os.File {
	if getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) || getenv("LISTEN_FDS") != "1" {
		return nil
	}
	at := handedAt
	if n, err := strconv.Atoi(getenv(handedVariable)); err == nil && n > handedAt {
		at = n
	}
	unix.CloseOnExec(at)
	return os.NewFile(uintptr(at), "the socket of the service manager")
}

// HandOn leaves the socket that was handed to this process to the program that it becomes
// next, and returns the variables that tell of it. There may be none.
func HandOn(handed *os.File) ([]string, error) {
	if handed == nil {
		return nil, nil
	}
	at := int(handed.Fd())
	if _, err := unix.FcntlInt(uintptr(at), unix.F_SETFD, 0); err != nil {
		return nil, fmt.Errorf("handing the socket on: %w", err)
	}
	env := []string{"LISTEN_PID=" + strconv.Itoa(os.Getpid()), "LISTEN_FDS=1"}
	if at != handedAt {
		env = append(env, handedVariable+"="+strconv.Itoa(at))
	}
	return env, nil
}
