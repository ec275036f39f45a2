// Package appdirs knows where Vaultbar's own folders are on each system. It decides by
// the person's home alone, and makes nothing unless asked to. Start with [Locate].
package appdirs

import (
	"os"
	"path/filepath"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Folders are Vaultbar's own folders. They may not exist yet: see [Make].
type Folders struct {
	Config string // settings
	State  string // log, and what may be lost
	Data   string // the file keychain
}

// Locate finds the folders in the person's home. No other variable of the
// environment has a say, XDG_CONFIG_HOME and the like neither: the app is started
// by whichever program asks first, perhaps with the variables of a folder that
// somebody else wrote, and these would choose its settings and its keychain. It
// may return: ErrConfig when there is no home folder.
func Locate() (Folders, error) {
	f, err := locate()
	if err != nil {
		return Folders{}, vaultcore.Faultf(vaultcore.ErrConfig, "there is no home folder: %v", err).WithCause(err).
			WithHint("%s", homelessHint)
	}
	return f, nil
}

// Settings is the path of the settings file.
func (f Folders) Settings() string { return filepath.Join(f.Config, "settings.ini") }

// Make makes a folder that only the user may open, and those above it, where
// they are missing.
func Make(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return vaultcore.Faultf(vaultcore.ErrConfig, "the folder %s cannot be made: %v", dir, vaultcore.Reason(err)).WithCause(err).
			WithHint("check the permissions and the free space of the folder above it")
	}
	return nil
}
