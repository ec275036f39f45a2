package boottime

import (
	"time"

	"golang.org/x/sys/windows"
)

// Now is a clock that runs on while the machine sleeps, and that nobody
// sets: GetTickCount64.
func Now() time.Duration { return windows.DurationSinceBoot() }
