package access

import (
	"io/fs"
	"syscall"
)

// idOf is which file it is, as it is now.
func idOf(info fs.FileInfo) (fileID, bool) {
	is, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fileID{}, false
	}
	return fileID{device: uint64(is.Dev), inode: is.Ino, size: is.Size, modified: is.Mtim.Nano(), changed: is.Ctim.Nano()}, true
}
