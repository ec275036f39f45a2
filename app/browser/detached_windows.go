package browser

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

// detached gives the browser no console, and a group of its own.
func detached() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: windows.DETACHED_PROCESS | windows.CREATE_NEW_PROCESS_GROUP}
}
