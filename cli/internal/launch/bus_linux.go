package launch

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const busVariable = "DBUS_SESSION_BUS_ADDRESS="

// WithBus names the desktop's message bus in an environment that does not: with
// no address, the libraries that look for one start a bus of their own and leave
// it behind.
func WithBus(env []string) []string {
	dir := ""
	for _, entry := range env {
		if rest, ok := strings.CutPrefix(entry, busVariable); ok && rest != "" {
			return env
		}
		if rest, ok := strings.CutPrefix(entry, "XDG_RUNTIME_DIR="); ok {
			dir = rest
		}
	}
	address := "disabled:"
	if dir != "" {
		bus := filepath.Join(dir, "bus")
		if stat, err := os.Stat(bus); err == nil && stat.Mode().Type() == os.ModeSocket {
			address = "unix:path=" + bus
		}
	}
	env = slices.DeleteFunc(slices.Clone(env), func(entry string) bool { return strings.HasPrefix(entry, busVariable) })
	return append(env, busVariable+address)
}
