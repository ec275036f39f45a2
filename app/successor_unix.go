//go:build unix

package main

import (
	"fmt"
	"os"
	"syscall"
)

// ourProgram says whether nobody but us and root could have put a file there.
func ourProgram(file os.FileInfo) bool {
	stat, ok := file.Sys().(*syscall.Stat_t)
	return ok && (stat.Uid == 0 || int(stat.Uid) == os.Getuid()) && file.Mode().Perm()&0o022 == 0
}

// become makes this process the program at path, so that whatever started the app
// still has it. It returns only when that fails.
func become(path string, env []string) error {
	return fmt.Errorf("becoming %s: %w", path, syscall.Exec(path, []string{path}, env))
}

// hidden is for Windows, where a program of the console brings a window.
func hidden() *syscall.SysProcAttr { return nil }
