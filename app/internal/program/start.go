package program

import (
	"os/exec"
	"path/filepath"
	"slices"
)

// Folders are where the programs of the system are on Unix. PATH is not searched: it
// may lead to a program of that name that somebody else put there.
func Folders() []string {
	return []string{"/usr/bin", "/bin", "/usr/local/bin", "/run/current-system/sw/bin"}
}

// OfSystem says whether a path is directly in one of the system's folders.
func OfSystem(path string) bool { return slices.Contains(Folders(), filepath.Dir(path)) }

// Detach lets a program go on when we end, and keeps what happens to us from it: it
// leads a session of its own, and has no folder of ours as its working folder unless
// it was given one. On Windows a program of the console gets a window of its own where
// it is asked for.
func Detach(cmd *exec.Cmd, console bool) {
	cmd.SysProcAttr = detached(console)
	if cmd.Dir == "" {
		cmd.Dir = nowhere()
	}
}
