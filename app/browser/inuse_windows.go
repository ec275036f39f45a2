package browser

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// inUse says whether a browser has a profile open: it holds its lock file so that
// nobody else can open it, and the file goes with it.
func inUse(kind Kind, dir string, _ bool) bool {
	lock := "lockfile"
	if kind == Firefox {
		lock = "parent.lock"
	}
	file, err := os.OpenFile(filepath.Join(dir, lock), os.O_RDWR, 0)
	if err != nil {
		return !errors.Is(err, fs.ErrNotExist)
	}
	_ = file.Close()
	return false
}
