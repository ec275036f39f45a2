package keystore

import (
	"strings"

	"github.com/99designs/keyring"
)

// service is the name under which backends file what is ours.
const service = "vaultbar"

// ring is the part of the library's keyring that is used.
type ring interface {
	// Get may return: keyring.ErrKeyNotFound.
	Get(key string) (keyring.Item, error)
	Set(item keyring.Item) error
	// Remove may return: keyring.ErrKeyNotFound.
	Remove(key string) error
	Keys() ([]string, error)
}

// describer is a ring that shows the access key id of an item without reading
// the item's secret.
type describer interface {
	describe(item string) (string, error)
}

// library opens one backend of the library, and no other in its place.
func library(backend keyring.BackendType, c keyring.Config) (keyring.Keyring, error) {
	c.AllowedBackends = []keyring.BackendType{backend}
	return keyring.Open(c)
}

const description = "AWS access key "

// describe is the description of a long-term key's item.
func describe(accessKeyID string) string { return description + accessKeyID }

// keychainRing is the macOS keychain. Reading a long-term key there opens the
// system's prompt, so its id is taken from the item's description.
type keychainRing struct{ keyring.Keyring }

func (k keychainRing) describe(item string) (string, error) {
	m, err := k.GetMetadata(item)
	if err != nil || m.Item == nil {
		return "", err
	}
	id, _ := strings.CutPrefix(m.Description, description)
	return id, nil
}
