//go:build unix

package app

import (
	"fmt"
	"os"
	"syscall"

	"github.com/vaultbar/vaultbar/app/internal/program"
)

// ourProgram says whether nobody but us and root could have put a file there.
func ourProgram(file os.FileInfo) bool {
	stat, ok := file.Sys().(*syscall.Stat_t)
	return ok && (stat.Uid == 0 || int(stat.Uid) == os.Getuid()) && file.Mode().Perm()&0o022 == 0
}

// rootsAlone says whether nobody but root can have put a program at a path, nor can
// put another one there.
func rootsAlone(path string) bool { return program.Trusted(path) == nil }

// become makes this process the program at path, so that whatever started the app
// still has it. It returns only when that fails.
func become(path string, env []string) error {
	return fmt.Errorf("becoming %s: %w", path, syscall.Exec(path, []string{path}, env))
}

// hidden is for Windows, where a program of the console brings a window.
func hidden() *syscall.SysProcAttr { return nil }
