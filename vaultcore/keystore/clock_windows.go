package keystore

import (
	"time"

	"golang.org/x/sys/windows"
)

// sinceBoot is a clock that runs on while the machine sleeps, and that nobody
// sets: GetTickCount64.
func sinceBoot() time.Duration { return windows.DurationSinceBoot() }
