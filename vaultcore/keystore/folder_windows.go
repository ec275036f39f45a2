package keystore

import (
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

// exposed has nothing to say: a folder below the user's profile inherits an
// access list that names the user, and the items are encrypted.
func exposed(fs.FileInfo) string { return "" }

func openPlain(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode()&(fs.ModeSymlink|fs.ModeIrregular) != 0 {
		return nil, damaged("it is a symbolic link")
	}
	return os.Open(path)
}

// sinceBoot is a clock that runs on while the machine sleeps, and that nobody
// sets: GetTickCount64.
func sinceBoot() time.Duration { return windows.DurationSinceBoot() }
