package app

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// harden keeps the app's memory from other processes of the same user and out
// of core files. It leaves the umask alone, which terminals and browsers inherit:
// what is the app's own is made for nobody else one by one.
func harden() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("making the process undumpable: %w", err)
	}
	return noCoreFiles()
}
