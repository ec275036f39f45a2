package credformat

import (
	"math"
	"os"

	"golang.org/x/sys/unix"
)

// CloseOnExec marks every descriptor above the standard three, so that no program
// that is started from here on inherits it. Kernels before
// 5.11 cannot do it in one call.
func CloseOnExec() error {
	if unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC) == nil {
		return nil
	}
	dir, err := os.Open("/proc/self/fd")
	if err != nil {
		return err
	}
	defer func() { _ = dir.Close() }()
	names, err := dir.Readdirnames(-1)
	closeListed(names)
	return err
}
