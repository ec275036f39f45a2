package socket

import (
	"os"
	"path/filepath"
	"syscall"
)

const shorterHint = "set XDG_RUNTIME_DIR or XDG_STATE_HOME to a shorter path"

// folder is the socket's own: in XDG_RUNTIME_DIR when that is ours alone, else
// under the state directory. A runtime directory that does not exist or is
// another user's (after su, in a container) is passed over.
func folder(getenv func(string) string) (string, error) {
	if dir := getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) && private(dir) {
		return filepath.Join(dir, "vaultbar"), nil
	}
	if dir := getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "vaultbar", "run"), nil
	}
	home := getenv("HOME")
	if !filepath.IsAbs(home) {
		return "", errNoHome
	}
	return filepath.Join(home, ".local", "state", "vaultbar", "run"), nil
}

// private says whether nobody but us can put something into a folder.
func private(dir string) bool {
	info, err := os.Stat(dir)
	if err != nil || !info.IsDir() {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid() && info.Mode()&0o022 == 0
}
