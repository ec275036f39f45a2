package program

import (
	"os"
	"strings"
)

// systemPath leads to the system's folders, which nobody can write to.
const systemPath = "/usr/bin:/bin:/usr/sbin:/sbin"

// cleanEnvironment removes what the dynamic linker would load into the programs
// that are started, and points PATH to the system's folders.
func cleanEnvironment(keep func(string) bool) {
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "DYLD_") && !keep(name) {
			_ = os.Unsetenv(name)
		}
	}
	_ = os.Setenv("PATH", systemPath)
}

// canonical is how a variable's name is compared.
func canonical(name string) string { return name }

// browserVariables are those of open, which asks the desktop to start the browser:
// the browser itself gets the desktop's.
func browserVariables() []string {
	return []string{"HOME", "USER", "LOGNAME", "LANG", "TMPDIR", "__CF_USER_TEXT_ENCODING"}
}

func browserPath() []string { return []string{"PATH=" + systemPath} }
