package autostart

import (
	"os"
	"path/filepath"

	"github.com/vaultbar/vaultbar/vaultcore/agent/socket"
)

// entryFile is our entry among the person's launch agents.
func entryFile() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, "Library", "LaunchAgents", label+".plist"), nil
}

// entry is the entry of a program. launchd makes no folder for the socket: it is the one
// that the app made when it began.
func entry(command string) (string, error) {
	place, err := socket.Find(os.Getenv)
	if err != nil {
		return "", err
	}
	return launchAgent(command, place.Socket), nil
}

func switchedOn(string) bool { return true }
