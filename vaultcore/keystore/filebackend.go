package keystore

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/99designs/keyring"
	"golang.org/x/sync/semaphore"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

// maxTries is how often a person may mistype the passphrase.
const maxTries = 3

// wrongPassphrase is what a person who mistyped is told.
const wrongPassphrase = "That passphrase does not open the keychain."

// fileBackend is the library's file backend and the unlocker before it.
type fileBackend struct {
	folder  folder
	calls   *serializer
	budget  time.Duration
	cost    cost
	ask     func(ctx context.Context, new bool, notice string) (vaultcore.Secret, error)
	asking  *semaphore.Weighted
	passkey passkey
}

// keep opens the keychain with a key that was asked for in an epoch.
func (f *fileBackend) keep(key vaultcore.Secret, h header, epoch int) error {
	if f.passkey.open(key, h, epoch) {
		return nil
	}
	return vaultcore.Faultf(vaultcore.ErrLocked, "the keychain in %s was locked meanwhile", f.folder).
		WithHint("unlock it with `vaultbar unlock`, then try again")
}

func (f *fileBackend) lock() { f.passkey.lock() }

func (f *fileBackend) locked() bool {
	if !f.asks() {
		return false
	}
	_, err := os.Lstat(f.folder.path(headerFile))
	return err == nil
}

func (f *fileBackend) asks() bool { return f.passkey.get().IsZero() }

// unlock asks for the passphrase of a keychain that was made, and to write, for
// a new one where none was made yet.
func (f *fileBackend) unlock(ctx context.Context, why purpose) error {
	if why == toRemove || why == toSweep || f.isOpen(ctx) {
		return nil
	}
	if why == toSave {
		return lockedFault(f.calls.who)
	}
	if f.asking.Acquire(ctx, 1) != nil {
		return context.Cause(ctx)
	}
	defer f.asking.Release(1)
	if f.isOpen(ctx) { // whoever was before us asked
		return nil
	}
	epoch := f.passkey.now()
	h, err := serialized(ctx, f.calls, f.budget, f.header)
	switch {
	case err != nil:
		return err
	case h != nil:
		return f.askKnown(ctx, *h, epoch)
	case why == toRead:
		return nil
	}
	return f.askNew(ctx, epoch)
}

// isOpen says whether nothing has to be asked. What nobody waits for, such as a
// renewal, does not prolong how long that is so.
func (f *fileBackend) isOpen(ctx context.Context) bool {
	if len(vaultcore.AudienceOf(ctx).Callers()) > 0 {
		return f.passkey.use()
	}
	return !f.asks()
}

// header returns the keychain's header, or nil when none was made yet.
func (f *fileBackend) header() (*header, error) {
	items, err := f.folder.items()
	if err != nil {
		return nil, err
	}
	text, err := f.folder.read(headerFile, maxHeader)
	if errors.Is(err, fs.ErrNotExist) {
		if len(items) == 0 {
			return nil, nil
		}
		err = damaged("it is missing") // a new one would split the keychain in two
	}
	var h header
	if err == nil {
		h, err = readHeader(text)
	}
	var reason damaged
	if errors.As(err, &reason) {
		return nil, vaultcore.Faultf(vaultcore.ErrTampered, "the keychain cannot be opened: its file %s is refused: %s", f.folder.path(headerFile), reason).
			WithHint("restore that file from a backup; without it the keys in the folder cannot be read, and you have to start over with an empty folder")
	}
	return &h, err
}

// askKnown asks until the passphrase is right.
func (f *fileBackend) askKnown(ctx context.Context, h header, epoch int) error {
	notice := ""
	for range maxTries {
		passphrase, err := f.ask(ctx, false, notice)
		if err != nil {
			return err
		}
		if key, ok := h.opens(passphrase); ok {
			return f.keep(key, h, epoch)
		}
		notice = wrongPassphrase
	}
	return vaultcore.Faultf(vaultcore.ErrLocked, "the passphrase does not open the keychain in %s", f.folder).
		WithHint("try again; nothing was changed")
}

// askNew asks for the passphrase of a keychain that is being made.
func (f *fileBackend) askNew(ctx context.Context, epoch int) error {
	passphrase, err := f.ask(ctx, true, "")
	if err == nil && passphrase.IsZero() {
		passphrase, err = f.ask(ctx, true, "The passphrase must not be empty.")
	}
	if err != nil {
		return err
	}
	if passphrase.IsZero() {
		return vaultcore.Faultf(vaultcore.ErrLocked, "a keychain needs a passphrase")
	}
	h, key := newHeader(passphrase, f.cost)
	_, err = serialized(ctx, f.calls, f.budget, func() (struct{}, error) { return struct{}{}, f.found(h) })
	if err != nil {
		return err
	}
	return f.keep(key, h, epoch)
}

// found writes the header of a new keychain, unless another process has done so.
func (f *fileBackend) found(h header) error {
	text, err := json.MarshalIndent(h, "", "  ")
	if err != nil {
		return err
	}
	return f.folder.write(headerFile, func(work folder) error {
		if _, err := os.Lstat(f.folder.path(headerFile)); err == nil {
			return vaultcore.Faultf(vaultcore.ErrBusy, "another program has just created the keychain in %s", f.folder).
				WithHint("try again with the passphrase chosen there")
		}
		return os.WriteFile(work.path(headerFile), append(text, '\n'), 0o600)
	})
}

// in is the library's keyring over a folder, with the current passphrase.
func (f *fileBackend) in(dir folder) (keyring.Keyring, error) {
	key := f.passkey.get()
	return library(keyring.FileBackend, keyring.Config{
		FileDir: string(dir),
		FilePasswordFunc: func(string) (string, error) {
			if key.IsZero() {
				return "", lockedFault("the keychain in " + string(f.folder))
			}
			return key.Reveal(), nil
		},
	})
}

func (f *fileBackend) Keys() ([]string, error) { return f.folder.items() }

func (f *fileBackend) Get(key string) (keyring.Item, error) {
	if err := f.folder.check(); errors.Is(err, fs.ErrNotExist) {
		return keyring.Item{}, keyring.ErrKeyNotFound
	} else if err != nil {
		return keyring.Item{}, err
	}
	return f.open(f.folder, key)
}

// open checks an item's file and decodes it.
func (f *fileBackend) open(dir folder, key string) (keyring.Item, error) {
	text, err := dir.read(key, maxToken)
	if errors.Is(err, fs.ErrNotExist) {
		return keyring.Item{}, keyring.ErrKeyNotFound
	}
	if err != nil {
		return keyring.Item{}, err
	}
	if err := checkToken(text); err != nil {
		return keyring.Item{}, err
	}
	files, err := f.in(dir)
	if err != nil {
		return keyring.Item{}, err
	}
	item, err := files.Get(key)
	var fault *vaultcore.Fault
	var path *fs.PathError
	if err == nil || errors.As(err, &fault) || errors.As(err, &path) || errors.Is(err, keyring.ErrKeyNotFound) {
		return item, err
	}
	return item, damaged("it does not open with the keychain's passphrase")
}

func (f *fileBackend) Set(item keyring.Item) error {
	return f.folder.write(item.Key, func(work folder) error {
		if err := f.same(); err != nil {
			return err
		}
		files, err := f.in(work)
		if err != nil {
			return err
		}
		if err := files.Set(item); err != nil {
			return err
		}
		back, err := f.open(work, item.Key)
		if err == nil && !bytes.Equal(back.Data, item.Data) {
			return errNotKept
		}
		return err
	})
}

// same refuses to write into another keychain than the one that was unlocked:
// its folder was removed, or put back from a backup, since.
func (f *fileBackend) same() error {
	h, err := f.header()
	if err != nil {
		return err
	}
	opened := f.passkey.header()
	if opened.Check == nil {
		return lockedFault(f.calls.who)
	}
	if h != nil && bytes.Equal(h.Check, opened.Check) {
		return nil
	}
	f.lock()
	return vaultcore.Faultf(vaultcore.ErrLocked, "the keychain in %s is not the one that was unlocked", f.folder).
		WithHint("try again: you will be asked for its passphrase")
}

func (f *fileBackend) Remove(key string) error {
	if err := f.folder.check(); err != nil {
		return err
	}
	files, err := f.in(f.folder)
	if err != nil {
		return err
	}
	if err := files.Remove(key); err != nil {
		return err
	}
	return atomicfile.SyncDir(string(f.folder))
}
