//go:build unix

package program

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
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

// maxLinks is how many links may lead to a program: as many as Linux follows.
const maxLinks = 40

// Trusted says why the program that a path names must not be started: somebody other
// than root could change which one that is. It goes the way that the kernel goes, and
// looks at every file, folder and link on it. What may be changed later does not
// matter: only root could.
func Trusted(path string) error {
	if !filepath.IsAbs(path) {
		return fmt.Errorf("%s is not an absolute path", path)
	}
	at, rest, links := "/", names(path), 0 // no link is in at
	for {
		info, err := os.Lstat(at)
		if err != nil {
			return err
		}
		if err := onlyRootChanges(at, info); err != nil {
			return err
		}
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			if links++; links > maxLinks {
				return fmt.Errorf("%s: %w", path, syscall.ELOOP)
			}
			target, err := os.Readlink(at)
			if err != nil {
				return err
			}
			rest = append(names(target), rest...)
			if at = filepath.Dir(at); filepath.IsAbs(target) {
				at = "/"
			}
			continue
		case len(rest) == 0:
			return executable(at, info)
		case !info.IsDir():
			return fmt.Errorf("%s: %w", at, syscall.ENOTDIR)
		}
		at, rest = filepath.Join(at, rest[0]), rest[1:]
	}
}

// names are the parts of a path.
func names(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
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
		return fmt.Errorf("%s can be changed by others than root", path)
	}
	return nil
}

func executable(path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return fmt.Errorf("%s is not a program", path)
	}
	return nil
}
