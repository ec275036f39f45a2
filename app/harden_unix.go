//go:build unix

package app

import (
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// stopSignals end the app cleanly.
var stopSignals = []os.Signal{os.Interrupt, syscall.SIGTERM}

// noCoreFiles lowers the soft limit only: a program started from here may raise
// it again.
func noCoreFiles() error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &limit); err != nil {
		return fmt.Errorf("reading the limit of core files: %w", err)
	}
	limit.Cur = 0
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &limit); err != nil {
		return fmt.Errorf("turning core files off: %w", err)
	}
	return nil
}
