package browser

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// maxLinks is how many links may lead to a program.
const maxLinks = 16

var errNoProgram = errors.New("it is no program")

// trusted says why a program must not be started: somebody other than its owner,
// who must be root, could change it, or a folder or a link on the way to it. It is
// no failure that it may be changed later: only root could.
func trusted(path string, owner uint32) error {
	if err := trustedWay(path, owner, maxLinks); err != nil {
		return err
	}
	stat, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !stat.Mode().IsRegular() || stat.Mode()&0o111 == 0 {
		return errNoProgram
	}
	return nil
}

// trustedWay looks at a path from its end to the root, and at where its links lead.
func trustedWay(path string, owner uint32, links int) error {
	if links == 0 {
		return syscall.ELOOP
	}
	for ; ; path = filepath.Dir(path) {
		stat, err := os.Lstat(path)
		if err != nil {
			return err
		}
		if err := unchangeable(path, stat, owner); err != nil {
			return err
		}
		if stat.Mode()&os.ModeSymlink != 0 {
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			if !filepath.IsAbs(target) {
				target = filepath.Join(filepath.Dir(path), target)
			}
			if err := trustedWay(target, owner, links-1); err != nil {
				return err
			}
		}
		if path == "/" || path == "." {
			return nil
		}
	}
}

// unchangeable says whether others can change a file. A folder that all may write
// to is no way in when its entries are their owners' (as those of /tmp are). The
// rights of a link mean nothing.
func unchangeable(path string, stat os.FileInfo, owner uint32) error {
	sys, ok := stat.Sys().(*syscall.Stat_t)
	if !ok || sys.Uid != owner && sys.Uid != 0 {
		return fmt.Errorf("%s is not root's", path)
	}
	sticky := stat.IsDir() && stat.Mode()&os.ModeSticky != 0
	if stat.Mode()&os.ModeSymlink == 0 && !sticky && stat.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("others may write to %s", path)
	}
	return nil
}
