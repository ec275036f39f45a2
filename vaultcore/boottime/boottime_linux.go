package boottime

import (
	"time"

	"golang.org/x/sys/unix"
)

// Now is a clock that runs on while the machine sleeps, and that nobody
// sets.
func Now() time.Duration {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_BOOTTIME, &t) // since Linux 2.6.39
	return time.Duration(t.Nano())
}
