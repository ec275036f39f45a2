//go:build unix

package appdirs

import (
	"errors"
	"os"
	"path/filepath"
)

const homelessHint = "set HOME to an absolute path"

func locate() (Folders, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return Folders{}, err
	}
	if !filepath.IsAbs(home) {
		return Folders{}, errors.New("HOME is not an absolute path")
	}
	return foldersIn(home), nil
}
