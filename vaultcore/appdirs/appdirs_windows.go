package appdirs

import (
	"path/filepath"

	"golang.org/x/sys/windows"
)

const homelessHint = "Windows knows no local application data of this user; log in as a user with a profile"

// locate asks Windows rather than the environment.
func locate() (Folders, error) {
	local, err := windows.KnownFolderPath(windows.FOLDERID_LocalAppData, windows.KF_FLAG_DEFAULT)
	if err != nil {
		return Folders{}, err
	}
	dir := filepath.Join(local, "Vaultbar")
	return Folders{dir, dir, dir}, nil
}
