package terminal

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// inTerminal is the command line that runs a command in Windows Terminal, else in
// a console window.
func inTerminal(command []string) ([]string, error) {
	store, err := windows.KnownFolderPath(windows.FOLDERID_LocalAppData, 0)
	if err == nil {
		path := filepath.Join(store, "Microsoft", "WindowsApps", "wt.exe")
		if _, err := os.Lstat(path); err == nil { // a link that only the system can follow
			return append([]string{path, "new-tab", "--"}, command...), nil
		}
	}
	return command, nil // a console program that is detached gets a window of its own
}

// opener is the command line that opens a file or an address.
func opener(what string) ([]string, error) {
	system, err := windows.GetSystemDirectory()
	if err != nil {
		return nil, err
	}
	return []string{filepath.Join(system, "rundll32.exe"), "url.dll,FileProtocolHandler", what}, nil
}
