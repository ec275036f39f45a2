//go:build unix

package launch

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// maxLinks is how many links in a row lead to a program.
const maxLinks = 16

// trusted says whether nobody but us and root can change which program a path
// names: neither the file, nor a link on the way to it, nor a folder above either.
// It gets every key that is added. It may return: ErrUnreachable.
func trusted(path string) error {
	first := path
	for range maxLinks {
		if at, why := openTo(path); why != "" {
			return distrusted(first, at, why)
		}
		info, err := os.Lstat(path)
		if err != nil {
			return cannotStart(first, err)
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			return nil
		}
		target, err := os.Readlink(path)
		if err != nil {
			return cannotStart(first, err)
		}
		if !filepath.IsAbs(target) {
			folder, err := filepath.EvalSymlinks(filepath.Dir(path))
			if err != nil {
				return cannotStart(first, err)
			}
			target = filepath.Join(folder, target)
		}
		path = filepath.Clean(target)
	}
	return cannotStart(first, syscall.ELOOP)
}

func distrusted(path, at, why string) error {
	fault := vaultcore.Faultf(vaultcore.ErrUnreachable, "Vaultbar is not running, and %s is not started: %s %s", path, at, why)
	return fault.WithHint("the app gets your keys, so only you and root may be able to change it: look at `ls -ld '%s'`, or name another one with VAULTBAR_APP", at)
}

// openTo looks at a path and at every folder above it, and says who else can put
// another program there. In a folder with the sticky bit only a file's owner can
// replace the file.
func openTo(path string) (at, why string) {
	for {
		info, err := os.Lstat(path)
		if err != nil {
			return "", "" // starting it says what is wrong
		}
		if why := changeable(info); why != "" {
			return path, why
		}
		if path == filepath.Dir(path) {
			return "", ""
		}
		path = filepath.Dir(path)
	}
}

// changeable says who else than we and root can change a file or what is in a
// folder.
func changeable(info fs.FileInfo) string {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "has an owner that cannot be told"
	}
	if owner := int(stat.Uid); owner != 0 && owner != os.Geteuid() {
		return fmt.Sprintf("belongs to another user (%d)", owner)
	}
	mode := info.Mode()
	if mode&fs.ModeSymlink != 0 || mode.IsDir() && mode&fs.ModeSticky != 0 {
		return ""
	}
	switch {
	case mode&0o002 != 0:
		return "can be changed by everybody"
	case mode&0o020 != 0 && !ownGroup(int(stat.Gid)):
		return fmt.Sprintf("can be changed by a group (%d)", stat.Gid)
	}
	return ""
}

// ownGroup says whether a group has no member but us, as many systems make one
// for each user, or only administrators.
func ownGroup(gid int) bool {
	return gid == os.Getegid() && gid == os.Geteuid() || slices.Contains(administrators, gid)
}
