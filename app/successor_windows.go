package app

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// ourProgram is left to the rights of the folder that the program is in.
func ourProgram(os.FileInfo) bool { return true }

// rootsAlone is not looked up on Windows.
func rootsAlone(string) bool { return false }

// become starts the program at path, which goes on when this process has ended.
func become(path string, env []string) error {
	next := exec.Command(path)
	next.Env = env
	next.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.DETACHED_PROCESS | windows.CREATE_NEW_PROCESS_GROUP}
	if err := next.Start(); err != nil {
		return fmt.Errorf("starting %s: %w", path, err)
	}
	return next.Process.Release()
}

// hidden starts a program of the console without a window.
func hidden() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{HideWindow: true, CreationFlags: windows.CREATE_NO_WINDOW}
}
