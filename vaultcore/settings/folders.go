package settings

import (
	"os"
	"path/filepath"
	"sync"

	"github.com/adrg/xdg"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Folders are Vaultbar's own folders. They may not exist yet: see [Make].
type Folders struct {
	Config string // settings
	State  string // log, and what may be lost
	Data   string // the file keychain
}

// reading guards the variables of package xdg, which a look at the environment
// rewrites.
var reading sync.Mutex

// Locate finds the folders, by what the environment says now. It may return:
// ErrConfig when there is no home folder.
func Locate() (Folders, error) {
	reading.Lock()
	defer reading.Unlock()
	xdg.Reload()
	f := Folders{
		Config: filepath.Join(xdg.ConfigHome, folder),
		State:  filepath.Join(xdg.StateHome, folder),
		Data:   filepath.Join(xdg.DataHome, folder),
	}
	if _, err := os.UserHomeDir(); err != nil && !(given("XDG_CONFIG_HOME") && given("XDG_STATE_HOME") && given("XDG_DATA_HOME")) {
		fault := vaultcore.Faultf(vaultcore.ErrConfig, "there is no home folder: %v", err)
		fault.Cause = err
		return Folders{}, fault.WithHint("set HOME, or XDG_CONFIG_HOME, XDG_STATE_HOME and XDG_DATA_HOME")
	}
	return f, nil
}

func given(name string) bool { return filepath.IsAbs(os.Getenv(name)) }

// Settings is the path of the settings file.
func (f Folders) Settings() string { return filepath.Join(f.Config, "settings.ini") }

// Make makes a folder that only the user may open, and those above it, where
// they are missing.
func Make(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		fault := vaultcore.Faultf(vaultcore.ErrConfig, "the folder %s cannot be made: %v", dir, reason(err))
		fault.Cause = err
		return fault.WithHint("look at the rights and the free space of the folder above it")
	}
	return nil
}
