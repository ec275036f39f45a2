package credformat

import (
	"math"

	"golang.org/x/sys/unix"
)

// CloseOnExec marks every descriptor above the standard three, so that no program
// that is started from here on inherits it. Kernels before 5.11 cannot do it in one call.
func CloseOnExec() error {
	if unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC) == nil {
		return nil
	}
	return closeListed("/proc/self/fd")
}
