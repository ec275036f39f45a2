//go:build linux || darwin

package socket

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// commandName is the name of the command's executable.
const commandName = "vaultbar"

// isCommand says whether an executable is the vaultbar command: the one beside
// our own, or one of that name which only root can have put there.
func isCommand(name string, exe fs.FileInfo) bool {
	if rootOwned(exe) && name == commandName {
		return true
	}
	self, err := os.Executable()
	if err != nil {
		return false
	}
	if followed, err := filepath.EvalSymlinks(self); err == nil {
		self = followed
	}
	beside, err := os.Stat(filepath.Join(filepath.Dir(self), commandName))
	return err == nil && os.SameFile(beside, exe)
}

// rootOwned says whether only root can change a file.
func rootOwned(file fs.FileInfo) bool {
	stat, ok := file.Sys().(*syscall.Stat_t)
	return ok && stat.Uid == 0 && file.Mode().Perm()&0o022 == 0
}
