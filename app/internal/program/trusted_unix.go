//go:build unix

package program

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/vaultbar/vaultbar/vaultcore/pathwalk"
)

// Find returns the path of a program of the system. It may return:
// fs.ErrNotExist.
func Find(name string) (string, error) {
	for _, folder := range Folders() {
		path := filepath.Join(folder, name)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		return path, Trusted(path)
	}
	return "", fmt.Errorf("%s: %w", name, fs.ErrNotExist)
}

// Trusted says why the program that a path names must not be started: somebody other
// than root could change which one that is, or the way to it. What may be changed later
// does not matter: only root could.
func Trusted(path string) error {
	info, err := pathwalk.Each(path, onlyRootChanges)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return fmt.Errorf("%s is not a program", path)
	}
	return nil
}

// onlyRootChanges says who else can change a file, or what is in a folder. In a
// folder with the sticky bit only a file's owner can replace the file; the rights of
// a link mean nothing.
func onlyRootChanges(path string, info fs.FileInfo) error {
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || stat.Uid != 0 {
		return fmt.Errorf("%s does not belong to root", path)
	}
	link, sticky := info.Mode()&fs.ModeSymlink != 0, info.IsDir() && info.Mode()&fs.ModeSticky != 0
	if info.Mode().Perm()&0o022 != 0 && !link && !sticky {
		return fmt.Errorf("%s can be changed by users other than root", path)
	}
	return nil
}
