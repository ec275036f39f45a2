package keystore

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sort"
	"time"

	"github.com/99designs/keyring"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/journal"
)

// Store is one keychain. Its methods may be called from many goroutines; one
// call at a time reaches the keychain. Make one with [Open] or [NewMemory].
type Store struct {
	backend  string
	location string
	dir      string // of the file backend
	items    backend
	unlocker unlocker
	calls    *serializer
	patience patience
	journal  *journal.Journal
	swept    func(profile string)
	// promptsOnRead says that reading a long-term key opens the system's prompt each
	// time: then what was written is not read back, only looked for.
	promptsOnRead bool
	// readsBack says that Set itself reads back what it writes, before that takes the
	// place of what was there: then it is not read once more.
	readsBack bool
}

// patience is how long calls may take.
type patience struct {
	list time.Duration // calls that never open a prompt
	use  time.Duration // calls that may
}

// Backend returns the name of the backend, as it is pinned: "file",
// "secret-service", "keychain", "wincred", "pass" or "kwallet".
func (s *Store) Backend() string { return s.backend }

// Location says for people where the keychain is.
func (s *Store) Location() string { return s.location }

// Locked says whether reading would ask for the passphrase first. It asks
// nothing itself; of a Secret Service collection it tells what was last seen.
func (s *Store) Locked() bool { return s.unlocker.locked() }

// Asks says whether reading a key would ask a person something, as far as it
// is known without looking: for a passphrase, or by the system's own prompt. It
// does not block.
func (s *Store) Asks() bool { return s.promptsOnRead || s.unlocker.asks() }

// Unlock makes the keychain readable. The file backend asks the person for its
// passphrase; a locked Secret Service collection opens the desktop's own
// prompt. A file keychain that was never written has nothing to unlock. It
// may return: ErrCanceled, ErrNobodyToAsk, ErrLocked, ErrTampered.
func (s *Store) Unlock(ctx context.Context) error {
	return s.explain(s.unlocker.unlock(ctx, toRead), subject{name: "the keychain"})
}

// Lock forgets the passphrase of the file backend. Other backends are locked by
// the system that they belong to.
func (s *Store) Lock() { s.unlocker.lock() }

// Names returns under which profile names long-term keys are kept, sorted. It
// opens no prompt: the file backend can tell while it is locked, a locked
// Secret Service collection cannot. It may return: ErrLocked.
func (s *Store) Names(ctx context.Context) ([]string, error) {
	items, err := s.list(ctx)
	if err != nil {
		return nil, s.explain(err, subject{name: keyItems.all})
	}
	names := []string{}
	for _, item := range items {
		if name, ok := keyItems.id(item); ok && !s.journal.Removed(name) {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return slices.Compact(names), nil
}

func (s *Store) list(ctx context.Context) ([]string, error) {
	return serialized(ctx, s.calls, s.patience.list, s.items.Keys)
}

// listUnlocked lists the items, unlocking the keychain first when it cannot
// tell them otherwise.
func (s *Store) listUnlocked(ctx context.Context) ([]string, error) {
	items, err := s.list(ctx)
	if !errors.Is(err, vaultcore.ErrLocked) {
		return items, err
	}
	if err := s.unlocker.unlock(ctx, toRead); err != nil {
		return nil, err
	}
	return s.list(ctx)
}

// get reads one item; keyring.ErrKeyNotFound is a true absence.
func (s *Store) get(ctx context.Context, key string) ([]byte, error) {
	if err := s.unlocker.unlock(ctx, toRead); err != nil {
		return nil, err
	}
	return serialized(ctx, s.calls, s.patience.use, func() ([]byte, error) { return s.fetch(key) })
}

// fetch reads and unpacks one item, within a serialized call.
func (s *Store) fetch(key string) ([]byte, error) {
	item, err := s.items.Get(key)
	if err != nil {
		return nil, err
	}
	if item.Key != key {
		return nil, damaged("it is a copy of another item, " + vaultcore.Printable(item.Key))
	}
	return unseal(key, item.Data)
}

// put writes one item and makes sure that it is there.
func (s *Store) put(ctx context.Context, why purpose, item keyring.Item, data []byte) error {
	sealed, err := seal(item.Key, data)
	if err != nil {
		return err
	}
	item.Data = sealed
	if err := s.unlocker.unlock(ctx, why); err != nil {
		return err
	}
	_, err = serialized(ctx, s.calls, s.patience.use, func() (struct{}, error) {
		if err := s.items.Set(item); err != nil || s.readsBack {
			return struct{}{}, err
		}
		return struct{}{}, s.verify(item, data)
	})
	return err
}

var errNotKept = vaultcore.Faultf(vaultcore.ErrKeychain, "the keychain did not store what was written to it").
	WithHint("check its own settings and whether it is unlocked, then try again")

// verify looks at what was just written, within a serialized call.
func (s *Store) verify(item keyring.Item, data []byte) error {
	if s.promptsOnRead && item.KeychainNotTrustApplication {
		items, err := s.items.Keys()
		if err == nil && !slices.Contains(items, item.Key) {
			return errNotKept
		}
		return err
	}
	kept, err := s.fetch(item.Key)
	if errors.Is(err, keyring.ErrKeyNotFound) || err == nil && !bytes.Equal(kept, data) {
		return errNotKept
	}
	return err
}

// maxDuplicates is how many items of one name are removed: a Secret Service
// can hold several, and the library removes the first it finds.
const maxDuplicates = 16

// remove deletes an item and says whether there was one.
func (s *Store) remove(ctx context.Context, key string) (bool, error) {
	return s.removeFor(ctx, toRemove, key)
}

func (s *Store) removeFor(ctx context.Context, why purpose, key string) (bool, error) {
	if err := s.unlocker.unlock(ctx, why); err != nil {
		return false, err
	}
	return serialized(ctx, s.calls, s.patience.use, func() (bool, error) {
		for n := range maxDuplicates {
			items, err := s.items.Keys()
			if err != nil || !slices.Contains(items, key) {
				return n > 0, err
			}
			if err := s.items.Remove(key); err != nil && !errors.Is(err, keyring.ErrKeyNotFound) {
				return false, err
			}
		}
		return false, vaultcore.Faultf(vaultcore.ErrKeychain, "%s could not delete an item", s.calls.who)
	})
}
