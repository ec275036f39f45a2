package keystore

import (
	"context"
	"errors"
	"slices"

	"github.com/99designs/keyring"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// A rotation has an item with what was written down of it, which holds no secret, and up
// to two long-term keys that are kept aside: they stand under no profile's name, and are
// kept as strictly as those that do.

func rotationSubject(id string) subject {
	return subject{name: "what was written down of the rotation of " + vaultcore.MaskKeyID(id), hint: "look at the user's keys in the IAM console, then run `vaultbar rotate` again"}
}

var asideSubject = subject{name: "a key that a rotation keeps aside", hint: "look at the user's keys in the IAM console, then run `vaultbar rotate` again"}

// SaveRotation keeps what is written down of the rotation of the key with this access key
// id, in place of what was there. It may return: ErrKeychain, ErrBusy, ErrLocked,
// ErrTampered, ErrCanceled, ErrNobodyToAsk.
func (s *Store) SaveRotation(ctx context.Context, id string, data []byte) error {
	err := s.put(ctx, toWrite, keyring.Item{
		Key:                       rotatePrefix + escape(id),
		Label:                     "Vaultbar: rotation of " + vaultcore.MaskKeyID(id),
		KeychainNotSynchronizable: true,
	}, data)
	return s.explain(err, rotationSubject(id))
}

// Rotations returns what is written down of all rotations, by access key id. With none it
// asks for nothing; else it unlocks the keychain, which may ask. It may return: ErrTampered,
// ErrKeychain, ErrBusy, ErrLocked, ErrCanceled, ErrNobodyToAsk.
func (s *Store) Rotations(ctx context.Context) (map[string][]byte, error) {
	all := map[string][]byte{}
	items, err := s.listUnlocked(ctx)
	if err != nil {
		return nil, s.explain(err, subject{name: "the list of rotations"})
	}
	for _, item := range items {
		id, ok := named(item, rotatePrefix)
		if !ok {
			continue
		}
		data, err := s.get(ctx, item)
		if errors.Is(err, keyring.ErrKeyNotFound) {
			continue // removed since it was listed
		}
		if err != nil {
			return nil, s.explain(err, rotationSubject(id))
		}
		all[id] = data
	}
	return all, nil
}

// RemoveRotation removes what is written down of a rotation; that there is nothing is no
// error.
func (s *Store) RemoveRotation(ctx context.Context, id string) error {
	_, err := s.remove(ctx, rotatePrefix+escape(id))
	return s.explain(err, rotationSubject(id))
}

// SetAside keeps a long-term key under a name that is no profile's, in place of what was
// there, and makes sure that it can be read again. It may return what [Store.SetKey] may.
func (s *Store) SetAside(ctx context.Context, name string, key vaultcore.Credentials) error {
	data, err := sealKey(key)
	if err != nil {
		return err
	}
	err = s.put(ctx, toWrite, keyring.Item{
		Key:                         asidePrefix + escape(name),
		Label:                       "Vaultbar: key kept aside by a rotation",
		Description:                 describe(key.AccessKeyID),
		KeychainNotTrustApplication: true,
		KeychainNotSynchronizable:   true,
	}, data)
	return s.explain(err, asideSubject)
}

// Aside reads a key that is kept aside. It may return: ErrNoCredentials when there is
// none, and what [Store.Key] may.
func (s *Store) Aside(ctx context.Context, name string) (vaultcore.Credentials, error) {
	none := vaultcore.Faultf(vaultcore.ErrNoCredentials, "the keychain keeps no such key aside")
	key, err := s.readItem(ctx, asidePrefix+escape(name), asideSubject, none)
	return key, s.explain(err, asideSubject)
}

// AsideID is the access key id of a key that is kept aside, without reading the key where
// the backend can tell; "" for none.
func (s *Store) AsideID(ctx context.Context, name string) (string, error) {
	item := asidePrefix + escape(name)
	items, err := s.listUnlocked(ctx)
	if err != nil || !slices.Contains(items, item) {
		return "", s.explain(err, subject{name: "the list of keys"})
	}
	if id := s.describedItem(ctx, item); id != "" {
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
	_, err := s.remove(ctx, asidePrefix+escape(name))
	return s.explain(err, asideSubject)
}
