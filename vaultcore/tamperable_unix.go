//go:build unix

package vaultcore

import (
	"io/fs"
	"os"
	"syscall"
)

// Tamperable says why somebody else could have written a file: "it belongs to
// another user", "everyone can write to it". It is empty for one that only its
// owner, who is our user or root, and their group can change.
func Tamperable(info fs.FileInfo) string {
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !ok:
		return ""
	case stat.Uid != 0 && int64(stat.Uid) != int64(os.Getuid()):
		return "it belongs to another user"
	case info.Mode().IsRegular() && info.Mode().Perm()&0o002 != 0:
		return "everyone can write to it"
	}
	return ""
}
