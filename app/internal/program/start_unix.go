//go:build unix

package program

import "syscall"

// nowhere is a working folder that keeps no file system busy.
func nowhere() string { return "/" }

// detached gives a program a session of its own: no key at a terminal reaches it.
func detached(bool) *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
