package browser

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/vaultbar/vaultbar/app/internal/program"
	"github.com/vaultbar/vaultbar/vaultcore"
)

// longestBusName is D-Bus's limit.
const longestBusName = 255

// tooLong refuses a folder that Firefox cannot be reached at. It listens on the bus
// under the folder's path, encoded, and cuts that to what the bus allows: two
// long paths would be one name, and one account's console open in the other's
// window.
func tooLong(kind Kind, dir string) error {
	if kind == Firefox && len("org.mozilla.librewolf.")+base64.StdEncoding.EncodedLen(len(dir)) > longestBusName {
		return fmt.Errorf("the path %s is too long for Firefox", dir)
	}
	return nil
}

// unreachable says that an open window cannot be given another address: Firefox listens
// on the session bus. A second start would only show that it is running already.
func (l *Launcher) unreachable(b Browser, name string) error {
	bus := program.Getenv(l.Environ, "DBUS_SESSION_BUS_ADDRESS")
	if b.Kind != Firefox || bus != "" && !strings.HasPrefix(bus, "disabled:") {
		return nil
	}
	if dir := program.Getenv(l.Environ, "XDG_RUNTIME_DIR"); dir != "" {
		if stat, err := os.Stat(filepath.Join(dir, "bus")); err == nil && stat.Mode().Type() == os.ModeSocket {
			return nil
		}
	}
	return vaultcore.Faultf(ErrOpen, "the %s window of %q is open and cannot be reached: there is no session bus", b.Title, vaultcore.Printable(name)).
		WithHint("close the window, then try again")
}
