package shim

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

const suffix = ".exe"

// AfterUpgrade is what to do about the link after an upgrade: what [point] makes there
// stays what it was.
const AfterUpgrade = "after an upgrade of Vaultbar, run `vaultbar shim install` again"

// names are those that a shell takes for aws-vault, in the order of PATHEXT.
var names = []string{"aws-vault.com", "aws-vault.exe", "aws-vault.bat", "aws-vault.cmd"}

// runs says whether a file can be run at all: its name says it.
func runs(fs.FileInfo) bool { return true }

// writable says whether a file can be made in a folder. Only making one tells.
func writable(dir string) bool {
	f, err := os.CreateTemp(dir, ".vaultbar-*")
	if err != nil {
		return false
	}
	_ = f.Close() // nothing was written
	return os.Remove(f.Name()) == nil
}

// point makes a hard link to the command, else a copy: a symbolic link takes rights
// that most people do not have.
func point(command, link string) error {
	if os.Link(command, link) == nil {
		return nil
	}
	from, err := os.Open(command)
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }() // it was read
	to, err := os.OpenFile(link, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o755)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Close())
}
