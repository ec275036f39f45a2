package keystore

import (
	"context"
	"errors"

	"github.com/99designs/keyring"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// SaveSession keeps data under id, which is a fingerprint in lower-case hex, in
// place of what was there. It asks nobody: a keychain that is locked stays so.
// It may return: ErrLocked, ErrKeychain, ErrBusy, ErrTampered.
func (s *Store) SaveSession(ctx context.Context, id string, data []byte) error {
	item, err := sessionItem(id)
	if err != nil {
		return err
	}
	err = s.put(ctx, toSave, keyring.Item{
		Key:                       item,
		Label:                     "Vaultbar: session " + id[:8],
		KeychainNotSynchronizable: true,
	}, data)
	if err == nil {
		_ = s.Sweep(ctx) // the keychain is open; what it holds on to is tried again
	}
	return s.explain(err, sessionSubject(id))
}

// Sessions returns all saved sessions by id. With none it asks for nothing;
// else it unlocks the keychain, which may ask. An error about single items
// comes together with all the others, so the map is worth reading in any case.
// It may return: ErrTampered, ErrKeychain, ErrBusy, ErrLocked, ErrCanceled,
// ErrNobodyToAsk.
func (s *Store) Sessions(ctx context.Context) (map[string][]byte, error) {
	sessions := map[string][]byte{}
	items, err := s.listUnlocked(ctx)
	if err != nil {
		return sessions, s.explain(err, subject{name: "the list of sessions"})
	}
	var faults []error
	for _, item := range items {
		id, ok := fingerprintOf(item)
		if !ok {
			continue
		}
		data, err := s.get(ctx, item)
		switch err = s.explain(err, sessionSubject(id)); {
		case err == nil:
			sessions[id] = data
		case errors.Is(err, keyring.ErrKeyNotFound):
			// removed since it was listed
		case errors.Is(err, vaultcore.ErrTampered):
			faults = append(faults, err)
		default:
			return sessions, errors.Join(append(faults, err)...)
		}
	}
	return sessions, errors.Join(faults...)
}

// SessionIDs lists the saved sessions without reading them, so that those which
// cannot be read are among them. The file backend needs no passphrase for it. It
// may return: ErrKeychain, ErrBusy, ErrLocked, ErrCanceled.
func (s *Store) SessionIDs(ctx context.Context) ([]string, error) {
	items, err := s.listUnlocked(ctx)
	if err != nil {
		return nil, s.explain(err, subject{name: "the list of sessions"})
	}
	var ids []string
	for _, item := range items {
		if id, ok := fingerprintOf(item); ok {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// RemoveSession deletes a saved session; one that is not there is no error.
func (s *Store) RemoveSession(ctx context.Context, id string) error {
	item, err := sessionItem(id)
	if err != nil {
		return err
	}
	_, err = s.remove(ctx, item)
	return s.explain(err, sessionSubject(id))
}
