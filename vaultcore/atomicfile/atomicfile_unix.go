//go:build unix

package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
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

// SyncDir makes a rename or a removal in dir last. Some file systems have no such call.
func SyncDir(dir string) error {
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

func replace(from, to string) error { return os.Rename(from, to) }

// Lock waits until no other process holds the lock file at path, which is made
// where it is missing and stays.
func Lock(path string) (release func(), err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err = unix.Flock(int(file.Fd()), unix.LOCK_EX)
		if err != unix.EINTR {
			break
		}
	}
	if err != nil {
		file.Close()
		return nil, &fs.PathError{Op: "lock", Path: path, Err: err}
	}
	return func() { file.Close() }, nil
}

// OpenPlain opens a file to read it. It follows no link to the file, which is
// ErrNotPrivate, and waits at no pipe.
func OpenPlain(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if errors.Is(err, unix.ELOOP) {
		return nil, isLink()
	}
	return file, err
}

// Exposed says why a file or a folder is not only the user's, or "".
func Exposed(info fs.FileInfo) string {
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok || int(stat.Uid) != os.Geteuid():
		return "it belongs to another user"
	case info.Mode().Perm()&0o077 != 0:
		return "other users may open it"
	}
	return ""
}
