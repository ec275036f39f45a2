//go:build unix

package autostart

import (
	"errors"
	"io/fs"
	"os"

	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

func add(command string) error {
	path, err := entryFile()
	if err != nil {
		return err
	}
	text, err := entry(command)
	if err != nil {
		return err
	}
	return atomicfile.Replace(path, []byte(text), 0o644)
}

func remove() error {
	path, err := entryFile()
	if err != nil {
		return err
	}
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func enabled() bool {
	path, err := entryFile()
	if err != nil {
		return false
	}
	text, err := os.ReadFile(path)
	return err == nil && switchedOn(string(text))
}
