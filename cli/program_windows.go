package cli

import (
	"os"
	"strings"
)

// sameVariable says whether two names mean one environment variable.
func sameVariable(a, b string) bool { return strings.EqualFold(a, b) }

// killCommand ends a process that does not end by itself.
const killCommand = "taskkill /F /PID %d"

// tellToEnd ends a process of ours: it has no window to be asked by.
func tellToEnd(pid int) error {
	process, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return process.Kill()
}
