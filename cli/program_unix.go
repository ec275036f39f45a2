//go:build unix

package cli

import "syscall"

// sameVariable says whether two names mean one environment variable.
func sameVariable(a, b string) bool { return a == b }

// killCommand ends a process that does not end by itself.
const killCommand = "kill -9 %d"

// tellToEnd asks a process of ours to end.
func tellToEnd(pid int) error { return syscall.Kill(pid, syscall.SIGTERM) }
