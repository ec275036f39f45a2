package program

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// nowhere is a working folder that keeps no other folder busy.
func nowhere() string {
	dir, err := windows.GetSystemWindowsDirectory()
	if err != nil {
		return "" // ours
	}
	return dir
}

// detached gives a program no console, or one of its own, and a group of its own.
func detached(console bool) *syscall.SysProcAttr {
	const own = windows.CREATE_NEW_PROCESS_GROUP
	if console {
		return &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_CONSOLE | own}
	}
	return &syscall.SysProcAttr{CreationFlags: windows.DETACHED_PROCESS | own}
}
