//go:build unix

package pathwalk

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// maxLinks is how many links a way may have: as many as Linux follows.
const maxLinks = 40

// Each goes the way that the kernel goes, from the root of the file system to what
// a path names, and calls look for every folder and link on it and for its end: whoever
// can change one of them can change what the path names. It returns what is at the end.
func Each(path string, look func(at string, info fs.FileInfo) error) (fs.FileInfo, error) {
	if !filepath.IsAbs(path) {
		return nil, fmt.Errorf("%s is not an absolute path", path)
	}
	at, rest, links := "/", parts(path), 0 // no link is in at
	for {
		info, err := os.Lstat(at)
		if err != nil {
			return nil, err
		}
		if err := look(at, info); err != nil {
			return nil, err
		}
		switch {
		case info.Mode()&fs.ModeSymlink != 0:
			if links++; links > maxLinks {
				return nil, fmt.Errorf("%s: %w", path, syscall.ELOOP)
			}
			target, err := os.Readlink(at)
			if err != nil {
				return nil, err
			}
			rest = append(parts(target), rest...)
			if at = filepath.Dir(at); filepath.IsAbs(target) {
				at = "/"
			}
			continue
		case len(rest) == 0:
			return info, nil
		case !info.IsDir():
			return nil, fmt.Errorf("%s: %w", at, syscall.ENOTDIR)
		}
		at, rest = filepath.Join(at, rest[0]), rest[1:]
	}
}

func parts(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}
