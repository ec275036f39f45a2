package keystore

import (
	"context"
	"errors"
	"slices"

	"github.com/99designs/keyring"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// KeyID returns the access key id of the key kept for a profile, without
// reading the key where the backend can tell. It may return what [Store.Key]
// may.
func (s *Store) KeyID(ctx context.Context, profile string) (string, error) {
	if id := s.describedID(ctx, profile); id != "" {
		return id, nil
	}
	key, err := s.Key(ctx, profile)
	return key.AccessKeyID, err
}

// describedID asks a backend that can show an item's description without its
// secret, and so without a prompt; "" means that the item itself must be read.
func (s *Store) describedID(ctx context.Context, profile string) string {
	item, err := keyItem(profile)
	d, ok := s.ring.(describer)
	if !ok || err != nil {
		return ""
	}
	id, err := at(ctx, s.desk, s.patience.list, func() (string, error) { return d.describe(item) })
	if err != nil {
		return ""
	}
	return id
}

// Key reads the long-term key of a profile from the keychain. It may return:
// ErrNoCredentials when there is none, ErrTampered, ErrKeychain, ErrBusy,
// ErrLocked, ErrCanceled, ErrNobodyToAsk.
func (s *Store) Key(ctx context.Context, profile string) (vaultcore.Credentials, error) {
	key, err := s.readKey(ctx, profile)
	return key, s.explain(err, keySubject(profile))
}

func (s *Store) readKey(ctx context.Context, profile string) (vaultcore.Credentials, error) {
	var none vaultcore.Credentials
	item, err := keyItem(profile)
	if err != nil {
		return none, err
	}
	items, err := s.listUnlocked(ctx)
	if err != nil {
		return none, err
	}
	listed := slices.Contains(items, item)
	if !listed && s.guard.locked() {
		return none, noKey(profile) // do not ask for a passphrase to read nothing
	}
	data, err := s.get(ctx, item)
	switch {
	case errors.Is(err, keyring.ErrKeyNotFound) && listed:
		// The macOS keychain says so of an item that it was told not to hand out.
		return none, vaultcore.Faultf(vaultcore.ErrLocked, "%s did not hand out the key of %q", s.desk.who, vaultcore.Printable(profile)).
			WithHint("unlock it and allow Vaultbar to read the item when it asks")
	case errors.Is(err, keyring.ErrKeyNotFound):
		return none, noKey(profile)
	case err != nil:
		return none, err
	}
	return unsealKey(data)
}

// SetKey keeps a long-term key for a profile, in place of an older one, and
// makes sure that it can be read again. After an error the older key is still
// kept, unless the backend itself lost it, or ctx or the time for the call ended
// while the keychain was at it: then it may have been written, or be written
// yet. It may return: ErrKeychain, ErrBusy, ErrLocked, ErrTampered, ErrCanceled,
// ErrNobodyToAsk.
func (s *Store) SetKey(ctx context.Context, profile string, key vaultcore.Credentials) error {
	err := s.explain(s.writeKey(ctx, profile, key), keySubject(profile))
	var fault *vaultcore.Fault
	if errors.Is(err, errUnfinished) && errors.As(err, &fault) {
		return fault.WithHint("nobody knows whether the key is kept: look with `vaultbar list`, or run `vaultbar add %s` again", vaultcore.Printable(profile))
	}
	return err
}

func (s *Store) writeKey(ctx context.Context, profile string, key vaultcore.Credentials) error {
	if !key.LongTerm() || key.AccessKeyID == "" || key.SecretAccessKey.IsZero() {
		return vaultcore.Faultf(vaultcore.ErrKeychain, "only a long-term access key is kept under a profile's name")
	}
	item, err := keyItem(profile)
	if err != nil {
		return err
	}
	data, err := sealKey(key)
	if err != nil {
		return err
	}
	return s.put(ctx, toWrite, keyring.Item{
		Key:                         item,
		Label:                       "Vaultbar: key of " + vaultcore.Printable(profile),
		Description:                 describe(key.AccessKeyID),
		KeychainNotTrustApplication: true,
		KeychainNotSynchronizable:   true,
	}, data)
}

// RemoveKey deletes the long-term key of a profile; a damaged one too. The
// file backend needs no passphrase for it. It may return: ErrNoCredentials.
func (s *Store) RemoveKey(ctx context.Context, profile string) error {
	item, err := keyItem(profile)
	if err != nil {
		return err
	}
	found, err := s.remove(ctx, item)
	if err != nil {
		return s.explain(err, keySubject(profile))
	}
	if !found {
		return noKey(profile)
	}
	return nil
}
