//go:build unix && !darwin

package program

import (
	"os"
	"slices"
	"strings"
)

// desktopVariables are what every program with a window needs: the way to the screen,
// to the person's files, and the language. XAUTHORITY and the bus open the screen.
// LD_PRELOAD, GTK_MODULES and the like would bring foreign code into it.
var desktopVariables = []string{
	"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "DBUS_SESSION_BUS_ADDRESS",
	"HOME", "USER", "LOGNAME", "SHELL", "LANG", "LANGUAGE", "TZ", "TMPDIR",
	"XDG_RUNTIME_DIR", "XDG_SESSION_TYPE", "XDG_CURRENT_DESKTOP",
	"XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME",
}

// forDialogs says whether a program that shows a dialog may see a variable. ZENITY_*
// and DIALOG_* would change what its answers mean.
func forDialogs(name string) bool {
	return strings.HasPrefix(name, "LC_") || slices.Contains(desktopVariables, name) ||
		slices.Contains([]string{"DBUS_SYSTEM_BUS_ADDRESS", "XDG_SESSION_ID", "SWAYSOCK", "I3SOCK"}, name)
}

// cleanEnvironment removes from this process's environment what is not for dialogs,
// and points PATH to the system's folders.
func cleanEnvironment(keep func(string) bool) {
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); !forDialogs(name) && !keep(name) {
			_ = os.Unsetenv(name)
		}
	}
	_ = os.Setenv("PATH", strings.Join(Folders(), ":"))
}

// canonical is how a variable's name is compared.
func canonical(name string) string { return name }

// browserVariables are those of a desktop program that a person lives in. The input
// method's let them write their language.
func browserVariables() []string {
	return slices.Concat(desktopVariables, proxyVariables, []string{
		"XDG_SESSION_DESKTOP", "DESKTOP_SESSION", "KDE_FULL_SESSION", "KDE_SESSION_VERSION", "GNOME_DESKTOP_SESSION_ID",
		"XDG_CONFIG_DIRS", "XDG_DATA_DIRS", "XMODIFIERS", "GTK_IM_MODULE", "QT_IM_MODULE",
		"GDK_SCALE", "GDK_DPI_SCALE", "GDK_BACKEND", "MOZ_ENABLE_WAYLAND",
	})
}

// browserPath has what a browser's start script calls looked for among the system's
// programs.
func browserPath() []string { return []string{"PATH=" + strings.Join(Folders(), ":") + ":/snap/bin"} }
