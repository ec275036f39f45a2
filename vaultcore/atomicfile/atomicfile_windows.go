package atomicfile

import (
	"io/fs"
	"os"

	"golang.org/x/sys/windows"
)

// keepOwner does nothing: a file made in a folder of the user is the user's.
func keepOwner(*os.File, fs.FileInfo) (group bool, err error) { return true, nil }

// SyncDir does nothing: Windows cannot sync a folder.
func SyncDir(string) error { return nil }

// Lock waits until no other process holds the lock file at path, which is made
// where it is missing and stays.
func Lock(path string) (release func(), err error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = windows.LockFileEx(windows.Handle(file.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK, 0, 1, 0, new(windows.Overlapped))
	if err != nil {
		file.Close()
		return nil, &fs.PathError{Op: "lock", Path: path, Err: err}
	}
	return func() { file.Close() }, nil
}

// replace writes the rename through: Windows cannot sync a folder.
func replace(from, to string) error {
	source, err := windows.UTF16PtrFromString(from)
	if err != nil {
		return err
	}
	target, err := windows.UTF16PtrFromString(to)
	if err != nil {
		return err
	}
	err = windows.MoveFileEx(source, target, windows.MOVEFILE_REPLACE_EXISTING|windows.MOVEFILE_WRITE_THROUGH)
	if err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}

// OpenPlain opens a file to read it. It follows no link to the file, which is
// ErrNotPrivate.
func OpenPlain(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode()&(fs.ModeSymlink|fs.ModeIrregular) != 0 {
		return nil, isLink()
	}
	return os.Open(path)
}

// Exposed says why a file or a folder is not only the user's, or "". What lies below
// the user's profile inherits an access list that names the user.
func Exposed(fs.FileInfo) string { return "" }
