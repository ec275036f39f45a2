//go:build linux || darwin

package socket

import (
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// maxPath is how long the path of a socket may be: sun_path less its final 0.
const maxPath = len(syscall.RawSockaddrUnix{}.Path) - 1

// Find returns where the app is for the person whose environment this is. It
// reads the environment and looks at folders, and makes nothing: the app and its
// callers come to the same answer. It may return: ErrConfig.
func Find(getenv func(string) string) (Location, error) {
	home, err := homeOf(getenv)
	if err != nil {
		return Location{}, err
	}
	place := Location{Socket: filepath.Join(folder(home, getenv), "agent.sock"), Register: register(home)}
	if len(place.Socket) > maxPath {
		return Location{}, vaultcore.Faultf(vaultcore.ErrConfig,
			"the path of the socket is %d bytes long, the system allows %d: %s", len(place.Socket), maxPath, place.Socket).
			WithHint("%s", shorterHint)
	}
	return place, nil
}

// homeOf is the home folder. One of another user is refused before anything is
// made in it: what root makes there, its owner cannot open. In a container a home
// may well be root's, or of a user whom nobody there knows.
func homeOf(getenv func(string) string) (string, error) {
	home := getenv("HOME")
	if !filepath.IsAbs(home) {
		return "", errNoHome
	}
	info, err := os.Stat(home)
	if err != nil {
		return home, nil // whoever makes something in it says what is wrong with it
	}
	if !usable(owner(info), os.Geteuid()) {
		return "", vaultcore.Faultf(vaultcore.ErrConfig, "the home folder %s belongs to another user (%d)", home, owner(info)).
			WithHint("run it as that user, without sudo, or with a home of your own: `sudo -H`, `su -`")
	}
	return home, nil
}

// unmapped is how the kernel calls a user that has no name in this user namespace.
const unmapped = 65534

// usable says whether a home of one user may be that of another.
func usable(owner, us int) bool { return owner == us || owner == 0 || owner == unmapped || owner < 0 }

// owner is the uid that a file belongs to; -1 when it is not known.
func owner(info fs.FileInfo) int {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return -1
	}
	return int(stat.Uid)
}

var errNoHome = &vaultcore.Fault{
	Kind: vaultcore.ErrConfig, Message: "there is no home folder to keep the socket in",
	Hint: "set HOME to an absolute path",
}
