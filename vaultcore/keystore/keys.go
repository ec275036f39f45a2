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
	if s.journal.Removed(profile) {
		return ""
	}
	return s.describedItem(ctx, keyItems, profile)
}

func (s *Store) describedItem(ctx context.Context, k kind, name string) string {
	d, ok := s.items.(describer)
	item, err := k.item(name)
	if !ok || err != nil {
		return ""
	}
	id, err := serialized(ctx, s.calls, s.patience.list, func() (string, error) { return d.describe(item) })
	if err != nil {
		return ""
	}
	return id
}

// Key reads the long-term key of a profile from the keychain. It may return:
// ErrNoCredentials when there is none, ErrTampered, ErrKeychain, ErrBusy,
// ErrLocked, ErrCanceled, ErrNobodyToAsk.
func (s *Store) Key(ctx context.Context, profile string) (vaultcore.Credentials, error) {
	if s.journal.Removed(profile) {
		return vaultcore.Credentials{}, noKey(profile)
	}
	key, err := s.readItem(ctx, keyItems, profile, noKey(profile))
	return key, s.explain(err, keyItems.subject(profile))
}

// readItem reads the item of a long-term key; missing is the error when there is none.
func (s *Store) readItem(ctx context.Context, k kind, name string, missing error) (vaultcore.Credentials, error) {
	var none vaultcore.Credentials
	item, err := k.item(name)
	if err != nil {
		return none, err
	}
	items, err := s.listUnlocked(ctx)
	if err != nil {
		return none, err
	}
	listed := slices.Contains(items, item)
	if !listed && s.unlocker.locked() {
		return none, missing // do not ask for a passphrase to read nothing
	}
	data, err := s.get(ctx, item)
	switch {
	case errors.Is(err, keyring.ErrKeyNotFound) && listed:
		// The macOS keychain says so of an item that it was told not to hand out.
		return none, vaultcore.Faultf(vaultcore.ErrLocked, "%s did not release %s", s.calls.who, k.subject(name).name).
			WithHint("unlock it and allow Vaultbar to read the item when it asks")
	case errors.Is(err, keyring.ErrKeyNotFound):
		return none, missing
	case err != nil:
		return none, err
	}
	return unsealKey(data)
}

// SetKey stores a long-term key for a profile, in place of an older one, and
// makes sure that it can be read again. After an error the older key is still
// kept, unless the backend itself lost it, or ctx or the time for the call ended
// while the keychain was at it: then it may have been written, or be written
// yet. It may return: ErrKeychain, ErrBusy, ErrLocked, ErrTampered, ErrCanceled,
// ErrNobodyToAsk.
func (s *Store) SetKey(ctx context.Context, profile string, key vaultcore.Credentials) error {
	err := s.writeKey(ctx, profile, key)
	var fault *vaultcore.Fault
	if errors.Is(err, errUnfinished) && errors.As(err, &fault) {
		return fault.WithHint("it is unclear whether the key was stored: check with `vaultbar list`, or run `vaultbar add %s` again", vaultcore.Argument(profile))
	}
	return err
}

func (s *Store) writeKey(ctx context.Context, profile string, key vaultcore.Credentials) error {
	if !key.LongTerm() || key.AccessKeyID == "" || key.SecretAccessKey.IsZero() {
		return vaultcore.Faultf(vaultcore.ErrKeychain, "only long-term access keys are stored under a profile's name")
	}
	data, err := sealKey(key)
	if err != nil {
		return err
	}
	if err := s.save(ctx, toWrite, keyItems, profile, describe(key.AccessKeyID), data); err != nil {
		return err
	}
	return s.clearRemoved(profile)
}

// clearRemoved takes a key out of the journal of removed ones: what the keychain has now counts. A
// journal that cannot be written would have the next start take a new key for one
// that was removed.
func (s *Store) clearRemoved(profile string) error {
	err := s.journal.ForgetKey(profile)
	if err == nil {
		return nil
	}
	return &vaultcore.Fault{
		Kind: vaultcore.ErrKeychain, Cause: err,
		Message: "the key is stored, but an earlier one of this name is still noted as removed: " + words(err),
		Hint:    "free some space on the disk or make the state folder writable, then add the key again: otherwise Vaultbar will not use it after a restart",
	}
}

// RemoveKey deletes the long-term key of a profile; a damaged one too. The
// file backend needs no passphrase for it. It may return: ErrNoCredentials,
// ErrCanceled; any other error says that the keychain may have the key still,
// which is no longer used, and is removed by [Store.Sweep].
func (s *Store) RemoveKey(ctx context.Context, profile string) error {
	item, err := keyItems.item(profile)
	if err != nil {
		return err
	}
	earlier := s.journal.Removed(profile)
	noted := s.journal.RemoveKey(profile)
	found, err := s.remove(ctx, item)
	err = s.explain(err, keyItems.subject(profile))
	switch {
	case errors.Is(err, vaultcore.ErrCanceled) || ctx.Err() != nil: // they thought better of it
		if !earlier {
			_ = s.journal.ForgetKey(profile)
		}
		return err
	case err != nil:
		return s.unremoved(profile, err, noted)
	}
	_ = s.journal.ForgetKey(profile) // what stays in there is struck out by the next Sweep
	if !found || earlier {
		return noKey(profile)
	}
	return nil
}

// unremoved is the failure to remove a key, of which noted says whether it could
// be written down that it was.
func (s *Store) unremoved(profile string, err, noted error) error {
	name := vaultcore.Printable(profile)
	f := vaultcore.Faultf(vaultcore.ErrKeychain, "the key of %q could not be removed from the keychain: %v", name, err).WithCause(err)
	if noted != nil {
		return f.WithHint("the removal could not be recorded either (%s), so Vaultbar uses the key again after a restart; run `vaultbar remove %s` again", words(noted), name)
	}
	return f.WithHint("Vaultbar no longer uses it, and removes it when the keychain is back; to be sure, deactivate the key in IAM")
}

// Sweep removes the keys that were removed while the keychain could not. It opens
// no prompt, and returns the first error.
func (s *Store) Sweep(ctx context.Context) error {
	var first error
	for _, profile := range s.journal.RemovedKeys() {
		err := s.sweepKey(ctx, profile)
		if err != nil && first == nil {
			first = s.explain(err, keyItems.subject(profile))
		}
	}
	return first
}

func (s *Store) sweepKey(ctx context.Context, profile string) error {
	item, err := keyItems.item(profile)
	if err != nil {
		return err
	}
	found, err := s.removeFor(ctx, toSweep, item)
	if err != nil {
		return err
	}
	if found && s.swept != nil {
		s.swept(profile)
	}
	return s.journal.ForgetKey(profile)
}
