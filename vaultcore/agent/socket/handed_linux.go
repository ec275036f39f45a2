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

// Handed is the socket that systemd has opened for this process, and at which it goes on
// listening when the process has ended; nil where there is none. It is asked for once, at
// the start.
func Handed(getenv func(string) string) *os.File {
	if getenv("LISTEN_PID") != strconv.Itoa(os.Getpid()) || getenv("LISTEN_FDS") != "1" {
		return nil
	}
	unix.CloseOnExec(handedAt)
	return os.NewFile(handedAt, "the socket of systemd")
}

// HandOn leaves the socket that was handed to this process to the program that it becomes
// next, and returns the variables that tell of it. There may be none.
func HandOn(handed *os.File) ([]string, error) {
	if handed == nil {
		return nil, nil
	}
	if _, err := unix.FcntlInt(handedAt, unix.F_SETFD, 0); err != nil {
		return nil, fmt.Errorf("handing the socket on: %w", err)
	}
	return []string{"LISTEN_PID=" + strconv.Itoa(os.Getpid()), "LISTEN_FDS=1"}, nil
}
