//go:build unix

package launch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"slices"
	"syscall"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/pathwalk"
)

// trusted says whether nobody but us and root can change which program a path
// names: neither the file, nor a link on the way to it, nor a folder above either.
// It gets every key that is added. It may return: ErrUnreachable.
func trusted(path string) error {
	_, err := pathwalk.Each(path, func(at string, info fs.FileInfo) error {
		if why := changeable(info); why != "" {
			return distrusted(path, at, why)
		}
		return nil
	})
	if err == nil || errors.Is(err, vaultcore.ErrUnreachable) {
		return err
	}
	return cannotStart(path, err)
}

func distrusted(path, at, why string) error {
	fault := vaultcore.Faultf(vaultcore.ErrUnreachable, "Vaultbar is not running, and %s is not started: %s %s", path, at, why)
	return fault.WithHint("the app handles your keys, so only you and root may be able to change it: look at `ls -ld '%s'`, or name another one with VAULTBAR_APP", at)
}

// changeable says who else than we and root can change a file or what is in a
// folder. In a folder with the sticky bit only a file's owner can replace the file.
func changeable(info fs.FileInfo) string {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return "has an unknown owner"
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
		return "can be changed by everyone"
	case mode&0o020 != 0 && !ownGroup(int(stat.Gid)):
		return fmt.Sprintf("can be changed by a group (%d)", stat.Gid)
	}
	return ""
}

// administrators are the groups of those who can be root: wheel or root; on macOS admin,
// which may write where Homebrew puts its programs, and on Debian staff, which may write
// in /usr/local.
func administrators() []int {
	if runtime.GOOS == "darwin" {
		return []int{0, 80}
	}
	return []int{0, 50}
}

// ownGroup says whether a group has no member but us, as many systems make one
// for each user, or only administrators.
func ownGroup(gid int) bool {
	return gid == os.Getegid() && gid == os.Geteuid() || slices.Contains(administrators(), gid)
}
