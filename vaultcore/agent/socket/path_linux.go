package socket

import (
	"os"
	"path/filepath"
)

const shorterHint = "set XDG_RUNTIME_DIR to a shorter path"

// folder is the socket's own: in XDG_RUNTIME_DIR when that is ours alone, else
// under the state folder. A runtime directory that does not exist or is another
// user's (after su, in a container) is passed over. Nothing else in the
// environment has a say: it may be that of a folder that somebody else wrote.
func folder(home string, getenv func(string) string) string {
	if dir := getenv("XDG_RUNTIME_DIR"); filepath.IsAbs(dir) && private(dir) {
		return filepath.Join(dir, "vaultbar")
	}
	return filepath.Join(stateFolder(home), "run")
}

// register is the home's, one a machine: several machines may share a home.
func register(home string) string {
	host, err := os.Hostname()
	if err != nil || host == "" || filepath.Base(host) != host {
		host = "localhost"
	}
	return filepath.Join(stateFolder(home), "app-"+host)
}

func stateFolder(home string) string { return filepath.Join(home, ".local", "state", "vaultbar") }

// private says whether nobody but us can put something into a folder.
func private(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir() && owner(info) == os.Getuid() && info.Mode()&0o022 == 0
}
