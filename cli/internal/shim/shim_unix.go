//go:build unix

package shim

import (
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

const suffix = ""

// AfterUpgrade is what to do about the link after an upgrade; empty for nothing.
const AfterUpgrade = ""

// names are those that a shell takes for aws-vault.
var names = []string{"aws-vault"}

// runs says whether a file can be run at all.
func runs(info fs.FileInfo) bool { return info.Mode().Perm()&0o111 != 0 }

// writable says whether a file can be made in a folder, and not by everybody.
func writable(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.Mode().Perm()&0o002 == 0 && unix.Access(dir, unix.W_OK|unix.X_OK) == nil
}

// point makes a symbolic link to the command: after an upgrade it leads to the new one.
// Both may be moved together when they are in one folder.
func point(command, link string) error {
	if filepath.Dir(command) == filepath.Dir(link) {
		command = filepath.Base(command)
	}
	return os.Symlink(command, link)
}
