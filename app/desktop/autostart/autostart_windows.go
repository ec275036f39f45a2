package autostart

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/windows/registry"
)

// The place where Windows keeps what it starts at login, and our entry there.
const (
	runKey   = `Software\Microsoft\Windows\CurrentVersion\Run`
	runValue = "Vaultbar"
)

func add(command string) error {
	key, _, err := registry.CreateKey(registry.CURRENT_USER, runKey, registry.SET_VALUE)
	if err != nil {
		return err
	}
	return errors.Join(key.SetStringValue(runValue, `"`+command+`"`), key.Close())
}

func remove() error {
	key, err := registry.OpenKey(registry.CURRENT_USER, runKey, registry.SET_VALUE)
	if err != nil {
		return err
	}
	err = key.DeleteValue(runValue)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, key.Close())
}

func enabled() bool {
	key, err := registry.OpenKey(registry.CURRENT_USER, runKey, registry.QUERY_VALUE)
	if err != nil {
		return false
	}
	defer func() { _ = key.Close() }()
	command, _, err := key.GetStringValue(runValue)
	return err == nil && command != ""
}
