package reach

import (
	"errors"
	"syscall"
)

// launchd is the process that listens for an app which has not begun yet.
const launchd = 1

// processEnded says whether a process has ended. launchd waits for one that this command
// has started, and so did somebody for every other.
func processEnded(pid int) (ended, known bool) {
	if pid <= launchd {
		return false, false
	}
	return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH), true
}
