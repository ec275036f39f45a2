package access

import (
	"errors"
	"io/fs"
	"os"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

// A lock lasts: while a file lies in the state folder the app is locked, and
// starts so, after it was stopped or killed and after the machine was restarted.

// WasLocked says whether the app was locked when it ended. Where that cannot be
// told, it was.
func WasLocked(file string) bool {
	_, err := os.Lstat(file)
	return !errors.Is(err, fs.ErrNotExist)
}

// keepLocked has the next start of the app be locked, or not.
func keepLocked(file string, locked bool) error {
	if !locked {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if _, err := os.Lstat(file); err == nil {
		return nil
	}
	return atomicfile.WriteFile(file, []byte("# Vaultbar is locked as long as this file is here: `vaultbar unlock` removes it.\n"), nil)
}

// lockUnkept is the failure to have a lock outlast the app.
func lockUnkept(cause error) error {
	fault := vaultcore.Faultf(vaultcore.ErrConfig, "Vaultbar is locked, but the lock will not outlast a restart of it: %v", reasonOf(cause))
	fault.Cause = cause
	if vaultcore.NoSpace(cause) {
		return fault.WithHint("free some space on the disk, then run `vaultbar lock` again")
	}
	return fault.WithHint("Vaultbar's state folder must be yours and writable; then run `vaultbar lock` again")
}

// reasonOf is a failure of a file without its path.
func reasonOf(err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		return at.Err
	}
	return err
}
