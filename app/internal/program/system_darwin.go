package program

import (
	"os"
	"strings"
)

// cleanEnvironment removes what the dynamic linker would load into the programs
// that are started, and points PATH to the system's folders, which nobody can
// write to.
func cleanEnvironment(keep func(string) bool) {
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); strings.HasPrefix(name, "DYLD_") && !keep(name) {
			_ = os.Unsetenv(name)
		}
	}
	_ = os.Setenv("PATH", "/usr/bin:/bin:/usr/sbin:/sbin")
}
