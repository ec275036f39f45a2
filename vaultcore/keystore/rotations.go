package keystore

import (
	"context"
	"errors"
	"slices"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// SaveRotation keeps what is written down of the rotation of the key with this access key
// id, in place of what was there. It may return: ErrKeychain, ErrBusy, ErrLocked,
// ErrTampered, ErrCanceled, ErrNobodyToAsk.
func (s *Store) SaveRotation(ctx context.Context, id string, data []byte) error {
	return s.save(ctx, toWrite, rotationItems, id, "", data)
}

// Rotations returns what is written down of all rotations, by access key id. With none it
// asks for nothing; else it unlocks the keychain, which may ask. It may return: ErrTampered,
// ErrKeychain, ErrBusy, ErrLocked, ErrCanceled, ErrNobodyToAsk.
func (s *Store) Rotations(ctx context.Context) (map[string][]byte, error) {
	all, err := s.readAll(ctx, rotationItems)
	if err != nil {
		return nil, err
	}
	return all, nil
}

// RemoveRotation removes what is written down of a rotation; that there is nothing is no
// error.
func (s *Store) RemoveRotation(ctx context.Context, id string) error {
	return s.discard(ctx, rotationItems, id)
}

// SetAside keeps a long-term key under a name that is no profile's, in place of what was
// there, and makes sure that it can be read again. It may return what [Store.SetKey] may.
func (s *Store) SetAside(ctx context.Context, name string, key vaultcore.Credentials) error {
	data, err := sealKey(key)
	if err != nil {
		return err
	}
	return s.save(ctx, toWrite, asideItems, name, describe(key.AccessKeyID), data)
}

// Aside reads a key that is kept aside. It may return: ErrNoCredentials when there is
// none, and what [Store.Key] may.
func (s *Store) Aside(ctx context.Context, name string) (vaultcore.Credentials, error) {
	none := vaultcore.Faultf(vaultcore.ErrNoCredentials, "the keychain has no such key set aside")
	key, err := s.readItem(ctx, asideItems, name, none)
	return key, s.explain(err, asideItems.subject(name))
}

// AsideID is the access key id of a key that is kept aside, without reading the key where
// the backend can tell; "" for none.
func (s *Store) AsideID(ctx context.Context, name string) (string, error) {
	names, err := s.ids(ctx, asideItems)
	if err != nil || !slices.Contains(names, name) {
		return "", err
	}
	if id := s.describedItem(ctx, asideItems, name); id != "" {
		return id, nil
	}
	key, err := s.Aside(ctx, name)
	if errors.Is(err, vaultcore.ErrNoCredentials) {
		return "", nil
	}
	return key.AccessKeyID, err
}

// RemoveAside removes a key that is kept aside; that there is none is no error.
func (s *Store) RemoveAside(ctx context.Context, name string) error {
	return s.discard(ctx, asideItems, name)
}
