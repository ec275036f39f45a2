package boottime

import (
	"time"

	"golang.org/x/sys/unix"
)

// Now is a clock that runs on while the machine sleeps, and that nobody
// sets: mach_continuous_time.
func Now() time.Duration {
	var t unix.Timespec
	_ = unix.ClockGettime(unix.CLOCK_MONOTONIC_RAW, &t) // since macOS 10.12
	return time.Duration(t.Nano())
}
