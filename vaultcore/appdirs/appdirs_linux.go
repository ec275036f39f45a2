package appdirs

import "path/filepath"

// foldersIn are where the XDG base directories are unless a variable says
// otherwise.
func foldersIn(home string) Folders {
	return Folders{
		Config: filepath.Join(home, ".config", "vaultbar"),
		State:  filepath.Join(home, ".local", "state", "vaultbar"),
		Data:   filepath.Join(home, ".local", "share", "vaultbar"),
	}
}
