//go:build unix

package trust

import (
	"os"
	"path/filepath"
	"syscall"
)

// System says whether a file or a folder is one that only root can change, with
// all folders above it: it is as much the system's as the file of certificates
// that is believed anyway.
func System(path string) bool {
	if !filepath.IsAbs(path) {
		return false
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil || real != filepath.Clean(path) && !System(filepath.Dir(path)) {
		return false
	}
	for at := real; ; at = filepath.Dir(at) {
		info, err := os.Lstat(at)
		if err != nil {
			return false
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		if !ok || stat.Uid != 0 || info.Mode().Perm()&0o022 != 0 {
			return false
		}
		if at == filepath.Dir(at) {
			return true
		}
	}
}
