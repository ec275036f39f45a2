//go:build linux || darwin

package socket

import (
	"path/filepath"
	"syscall"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// maxPath is how long the path of a socket may be: sun_path less its final 0.
const maxPath = len(syscall.RawSockaddrUnix{}.Path) - 1

// Path returns where the socket is for the person whose environment this is.
// It reads the environment and looks at folders, and makes nothing: the app
// and its callers come to the same answer. It may return: ErrConfig.
func Path(getenv func(string) string) (string, error) {
	folder, err := folder(getenv)
	if err != nil {
		return "", err
	}
	path := filepath.Join(folder, "agent.sock")
	if len(path) > maxPath {
		return "", vaultcore.Faultf(vaultcore.ErrConfig,
			"the path of the socket is %d bytes long, the system allows %d: %s", len(path), maxPath, path).
			WithHint("%s", shorterHint)
	}
	return path, nil
}

var errNoHome = &vaultcore.Fault{
	Kind: vaultcore.ErrConfig, Message: "there is no home folder to keep the socket in",
	Hint: "set HOME to an absolute path",
}
