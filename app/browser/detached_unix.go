//go:build unix

package browser

import "syscall"

// nowhere is a working folder that keeps no file system busy.
func nowhere() string { return "/" }

// detached makes the browser the leader of a session of its own: no key at a
// terminal, and no end of ours, reaches it.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
