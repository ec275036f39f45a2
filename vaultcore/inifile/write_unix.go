//go:build unix

package inifile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives f the owner and group of the file it will replace. It returns
// whether f has that group: a user may give a file only to groups of their own.
func keepOwner(f *os.File, info fs.FileInfo) (group bool, err error) {
	want, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return true, nil
	}
	now, err := f.Stat()
	if err != nil {
		return false, err
	}
	have, ok := now.Sys().(*syscall.Stat_t)
	if ok && have.Uid == want.Uid && have.Gid == want.Gid {
		return true, nil
	}
	err = f.Chown(int(want.Uid), int(want.Gid))
	if errors.Is(err, fs.ErrPermission) && ok && have.Uid == want.Uid {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("the owner of the file cannot be kept: %w", err)
	}
	return true, nil
}

// syncDir makes a rename in dir last. Some file systems have no such call.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, d.Close())
}
