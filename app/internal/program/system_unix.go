//go:build unix && !darwin

package program

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Folders is where programs of the system are. PATH is not searched: it
// may lead to a program of that name that somebody else put there.
func Folders() []string {
	return []string{"/usr/bin", "/bin", "/usr/local/bin", "/run/current-system/sw/bin"}
}

// Find returns the path of a program of the system. It may return:
// fs.ErrNotExist.
func Find(name string) (string, error) {
	for _, folder := range Folders() {
		path := filepath.Join(folder, name)
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := Trusted(path); err != nil {
			return "", err
		}
		return path, nil
	}
	return "", fmt.Errorf("%s: %w", name, fs.ErrNotExist)
}

// maxLinks is how many links in a row lead to a program.
const maxLinks = 16

// Trusted says whether nobody but root can change which program a path names:
// neither the file, nor a link on the way to it, nor a folder above either.
func Trusted(path string) error {
	for range maxLinks {
		if err := ofRoot(path); err != nil {
			return err
		}
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			return executable(path, info)
		}
		target, err := os.Readlink(path)
		if err != nil {
			return err
		}
		if !filepath.IsAbs(target) {
			folder, err := filepath.EvalSymlinks(filepath.Dir(path))
			if err != nil {
				return err
			}
			target = filepath.Join(folder, target)
		}
		path = filepath.Clean(target)
	}
	return fmt.Errorf("%s: too many links", path)
}

func executable(path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() || info.Mode()&0o111 == 0 {
		return fmt.Errorf("%s is no program", path)
	}
	return nil
}

// ofRoot looks at a path and at every folder above it. In a folder with the
// sticky bit only a file's owner can replace the file.
func ofRoot(path string) error {
	for {
		info, err := os.Lstat(path)
		if err != nil {
			return err
		}
		if stat, ok := info.Sys().(*syscall.Stat_t); !ok || stat.Uid != 0 {
			return fmt.Errorf("%s does not belong to root", path)
		}
		open := info.Mode().Perm()&0o022 != 0 && info.Mode()&fs.ModeSymlink == 0
		if open && (!info.IsDir() || info.Mode()&fs.ModeSticky == 0) {
			return fmt.Errorf("%s can be changed by others than root", path)
		}
		if path == "/" {
			return nil
		}
		path = filepath.Dir(path)
	}
}

// OfSystem says whether a path is directly in one of the system's folders.
func OfSystem(path string) bool {
	return slices.Contains(Folders(), filepath.Dir(path))
}

// allowed are the variables that a program may see that shows a dialog: the way
// to the screen and the language, and where the person's files are. LD_PRELOAD,
// GTK_MODULES and the like would bring foreign code into it; ZENITY_* and
// DIALOG_* would change what its answers mean.
func allowed(name string) bool {
	return strings.HasPrefix(name, "LC_") || slices.Contains([]string{
		"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR",
		"DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS",
		"XDG_RUNTIME_DIR", "XDG_SESSION_ID", "XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP", "SWAYSOCK", "I3SOCK",
		"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME",
	}, name)
}

// cleanEnvironment removes from this process's environment what is not allowed,
// and points PATH to the system's folders.
func cleanEnvironment(keep func(string) bool) {
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); !allowed(name) && !keep(name) {
			_ = os.Unsetenv(name)
		}
	}
	_ = os.Setenv("PATH", strings.Join(Folders(), ":"))
}
