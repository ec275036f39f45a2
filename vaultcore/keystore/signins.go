package keystore

import (
	"context"
	"errors"
	"slices"

	"github.com/99designs/keyring"

	"github.com/vaultbar/vaultbar/vaultcore"
)

func signInSubject(id string) subject {
	return subject{name: "the saved sign-in " + id[:8], hint: "`vaultbar clear` signs out and removes it"}
}

// SaveSignIn keeps a sign-in under id, which is in lower-case hex, in place of what
// was there. It unlocks the keychain, which may ask: without it, the person would have
// to sign in again after each restart. It may return: ErrLocked, ErrKeychain, ErrBusy,
// ErrTampered, ErrCanceled, ErrNobodyToAsk.
func (s *Store) SaveSignIn(ctx context.Context, id string, record vaultcore.Secret) error {
	item, err := signInItem(id)
	if err != nil {
		return err
	}
	err = s.put(ctx, toWrite, keyring.Item{
		Key:                       item,
		Label:                     "Vaultbar: sign-in " + id[:8],
		KeychainNotSynchronizable: true,
	}, []byte(record.Reveal()))
	return s.explain(err, signInSubject(id))
}

// SignIn returns what was saved under id; the zero Secret when nothing was. It
// unlocks the keychain where it must, which may ask. It may return: ErrTampered,
// ErrKeychain, ErrBusy, ErrLocked, ErrCanceled, ErrNobodyToAsk.
func (s *Store) SignIn(ctx context.Context, id string) (vaultcore.Secret, error) {
	item, err := signInItem(id)
	if err != nil {
		return vaultcore.Secret{}, err
	}
	items, err := s.listUnlocked(ctx)
	if err != nil || !slices.Contains(items, item) { // with none, nobody is asked for a passphrase
		return vaultcore.Secret{}, s.explain(err, subject{name: "the list of sign-ins"})
	}
	data, err := s.get(ctx, item)
	if errors.Is(err, keyring.ErrKeyNotFound) {
		return vaultcore.Secret{}, nil // removed since it was listed
	}
	return vaultcore.NewSecret(string(data)), s.explain(err, signInSubject(id))
}

// RemoveSignIn deletes a saved sign-in, unread; one that is not there is no error.
func (s *Store) RemoveSignIn(ctx context.Context, id string) error {
	item, err := signInItem(id)
	if err != nil {
		return err
	}
	_, err = s.remove(ctx, item)
	return s.explain(err, signInSubject(id))
}

// RemoveSignIns deletes all saved sign-ins, unread: the file backend needs no
// passphrase for it. It removes what it can, and returns the first error. It may
// return: ErrKeychain, ErrBusy, ErrLocked, ErrCanceled.
func (s *Store) RemoveSignIns(ctx context.Context) error {
	items, err := s.listUnlocked(ctx)
	if err != nil {
		return s.explain(err, subject{name: "the list of sign-ins"})
	}
	var first error
	for _, item := range items {
		id, ok := signInOf(item)
		if !ok {
			continue
		}
		if _, err := s.remove(ctx, item); err != nil && first == nil {
			first = s.explain(err, signInSubject(id))
		}
	}
	return first
}
