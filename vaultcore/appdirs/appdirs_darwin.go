package appdirs

import "path/filepath"

// foldersIn is one folder: macOS has one for all that an application keeps.
func foldersIn(home string) Folders {
	dir := filepath.Join(home, "Library", "Application Support", "Vaultbar")
	return Folders{dir, dir, dir}
}
