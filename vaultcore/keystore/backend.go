package keystore

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/99designs/keyring"
)

// service is the name under which backends file what is ours.
const service = "vaultbar"

// backend is the part of the library's keyring that is used.
type backend interface {
	// Get may return: keyring.ErrKeyNotFound.
	Get(key string) (keyring.Item, error)
	Set(item keyring.Item) error
	// Remove may return: keyring.ErrKeyNotFound.
	Remove(key string) error
	Keys() ([]string, error)
}

// describer is a backend that shows the access key id of an item without reading
// the item's secret.
type describer interface {
	describe(item string) (string, error)
}

// library opens one backend of the library, and no other in its place.
func library(backend keyring.BackendType, c keyring.Config) (keyring.Keyring, error) {
	c.AllowedBackends = []keyring.BackendType{backend}
	keychain, err := keyring.Open(c)
	if err != nil {
		return nil, err
	}
	return confidential(keychain, backend, c)
}

const description = "AWS access key "

// describe is the description of a long-term key's item.
func describe(accessKeyID string) string { return description + accessKeyID }

// keychainBackend is the macOS keychain. Reading a long-term key there opens the
// system's prompt, so its id is taken from the item's description.
type keychainBackend struct{ keyring.Keyring }

func (k keychainBackend) describe(item string) (string, error) {
	m, err := k.GetMetadata(item)
	if err != nil || m.Item == nil {
		return "", err
	}
	id, _ := strings.CutPrefix(m.Description, description)
	return id, nil
}

// purpose is what a keychain is unlocked for.
type purpose int

const (
	toRead purpose = iota
	toWrite
	toRemove
	toSave  // to write, but asking nobody
	toSweep // to remove, but asking nobody
)

// unlocker stands before a backend and unlocks it.
type unlocker interface {
	// locked says whether reading would ask a person first, as far as it is
	// known without asking anything.
	locked() bool
	// asks is the same of memory alone, so that it never blocks.
	asks() bool
	// unlock makes the backend usable. It may ask a person, and returns when they
	// answered, or ctx ended. It opens no prompt of the system's to save or sweep, nor
	// when nobody waits under ctx, but returns ErrLocked.
	unlock(ctx context.Context, why purpose) error
	// lock forgets what unlock learned.
	lock()
}

// alwaysOpen is the unlocker of a backend that sees to its own locking.
type alwaysOpen struct{}

func (alwaysOpen) locked() bool                          { return false }
func (alwaysOpen) asks() bool                            { return false }
func (alwaysOpen) unlock(context.Context, purpose) error { return nil }
func (alwaysOpen) lock()                                 {}

// walletBackend is KWallet. When the person refuses to open the wallet, the
// library takes every item for absent and every write for done; so an item of
// no content, the mark, is kept, and "nothing here" is believed only of a
// wallet that shows its mark.
type walletBackend struct{ backend }

var errWalletClosed = errors.New("the wallet was not opened")

func (w walletBackend) Get(key string) (keyring.Item, error) {
	item, err := w.backend.Get(key)
	if errors.Is(err, keyring.ErrKeyNotFound) {
		if closed := w.prove(); closed != nil {
			return item, closed
		}
	}
	return item, err
}

func (w walletBackend) Keys() ([]string, error) {
	keys, err := w.backend.Keys()
	if err == nil && !slices.Contains(keys, markItem) {
		return keys, w.prove()
	}
	return keys, err
}

// prove shows that the wallet is open: its mark is there or can be made.
func (w walletBackend) prove() error {
	if _, err := w.backend.Get(markItem); !errors.Is(err, keyring.ErrKeyNotFound) {
		return err
	}
	if err := w.backend.Set(keyring.Item{Key: markItem, Data: []byte{1}}); err != nil {
		return err
	}
	if _, err := w.backend.Get(markItem); err != nil {
		return errWalletClosed
	}
	return nil
}

// NewMemory returns a store that keeps everything in memory and forgets it at
// the end: a whole keychain for the tests of other packages, behind the same
// code as the real ones. Its items have the limit of the strictest backend.
func NewMemory() *Store {
	return newStore("memory", "the keychain in memory", "memory, until the program ends",
		partsBackend{keyring.NewArrayKeyring(nil), maxPart}, patience{10 * time.Second, 10 * time.Second})
}
