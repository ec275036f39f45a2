package keystore

import (
	"context"
	"errors"
	"slices"

	"github.com/99designs/keyring"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// SaveSignIn keeps a sign-in under id, which is in lower-case hex, in place of what
// was there. It unlocks the keychain, which may ask: without it, the person would have
// to sign in again after each restart. It may return: ErrLocked, ErrKeychain, ErrBusy,
// ErrTampered, ErrCanceled, ErrNobodyToAsk.
func (s *Store) SaveSignIn(ctx context.Context, id string, record vaultcore.Secret) error {
	return s.save(ctx, toWrite, signInItems, id, "", []byte(record.Reveal()))
}

// SignIn returns what was saved under id; the zero Secret when nothing was. It
// unlocks the keychain where it must, which may ask. It may return: ErrTampered,
// ErrKeychain, ErrBusy, ErrLocked, ErrCanceled, ErrNobodyToAsk.
func (s *Store) SignIn(ctx context.Context, id string) (vaultcore.Secret, error) {
	item, err := signInItems.item(id)
	if err != nil {
		return vaultcore.Secret{}, err
	}
	ids, err := s.ids(ctx, signInItems)
	if err != nil || !slices.Contains(ids, id) { // with none, nobody is asked for a passphrase
		return vaultcore.Secret{}, err
	}
	data, err := s.get(ctx, item)
	if errors.Is(err, keyring.ErrKeyNotFound) {
		return vaultcore.Secret{}, nil // removed since it was listed
	}
	return vaultcore.NewSecret(string(data)), s.explain(err, signInItems.subject(id))
}

// RemoveSignIn deletes a saved sign-in, unread; one that is not there is no error.
func (s *Store) RemoveSignIn(ctx context.Context, id string) error {
	return s.discard(ctx, signInItems, id)
}

// RemoveSignIns deletes all saved sign-ins, unread: the file backend needs no
// passphrase for it. It removes what it can, and returns the first error. It may
// return: ErrKeychain, ErrBusy, ErrLocked, ErrCanceled.
func (s *Store) RemoveSignIns(ctx context.Context) error {
	ids, first := s.ids(ctx, signInItems)
	for _, id := range ids {
		if err := s.discard(ctx, signInItems, id); err != nil && first == nil {
			first = err
		}
	}
	return first
}
