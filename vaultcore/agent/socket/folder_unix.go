//go:build linux || darwin

package socket

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// makeFolder makes the socket's folder, closed to others from the start, and
// refuses one that is there and is not.
func makeFolder(dir string) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o700); err != nil {
		return folderFault("cannot make the folder of the socket", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return folderFault("cannot make the folder of the socket", err)
	}
	return checkFolder(dir)
}

// checkFolder refuses a folder that is not ours alone.
func checkFolder(dir string) error {
	info, err := os.Lstat(dir)
	if err != nil {
		return folderFault("cannot look at the folder of the socket", err)
	}
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return vaultcore.Faultf(vaultcore.ErrConfig, "the folder of the socket, %s, is a symbolic link", dir).
			WithHint("remove the link: Vaultbar makes the folder itself")
	case !info.IsDir():
		return vaultcore.Faultf(vaultcore.ErrConfig, "%s should be the folder of the socket and is a file", dir).
			WithHint("move the file away")
	case owner(info) != os.Getuid():
		return foreign("the folder of the socket,", dir, owner(info))
	case info.Mode()&0o077 != 0:
		return vaultcore.Faultf(vaultcore.ErrConfig, "the folder of the socket, %s, is open to others (mode %04o)", dir, info.Mode().Perm()).
			WithHint("look what is in it, then: chmod 700 '%s'", dir)
	}
	return nil
}

// lock takes the lock file for as long as the returned file is open; the
// kernel gives it back when the process dies, however it dies. The file is
// never removed: whoever removed it would let two apps hold "the" lock. It may
// return: ErrRunning.
func lock(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return nil, folderFault("cannot open the lock of the socket", err)
	}
	for {
		err = unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if err == nil {
		return file, nil
	}
	_ = file.Close()
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, ErrRunning
	}
	return nil, folderFault("cannot lock the socket", err)
}

func folderFault(what string, err error) error {
	return &vaultcore.Fault{
		Kind: vaultcore.ErrConfig, Cause: err, Message: what + ": " + err.Error(),
		Hint: "the folder above it must exist and be writable",
	}
}
