//go:build unix

package main

import "syscall"

// checkTerminals says whether commands can be given a terminal.
func checkTerminals() error { return nil }

// killGroup ends a command and all that it started, but for the app, which is
// in a session of its own.
func killGroup(pid int) error { return syscall.Kill(-pid, syscall.SIGKILL) }

func kill(pid int) error { return syscall.Kill(pid, syscall.SIGKILL) }

// alive says whether a process runs. One that has ended and whose parent has not
// looked yet does not.
func alive(pid int) bool { return syscall.Kill(pid, 0) == nil && !ended(pid) }
