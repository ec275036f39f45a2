package keystore

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/99designs/keyring"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/journal"
)

// stubborn is a keychain that can be away, or keep what it is told to remove.
type stubborn struct {
	keyring.Keyring
	away, holds error
}

func (s *stubborn) Keys() ([]string, error) {
	if s.away != nil {
		return nil, s.away
	}
	return s.Keyring.Keys()
}

func (s *stubborn) Get(key string) (keyring.Item, error) {
	if s.away != nil {
		return keyring.Item{}, s.away
	}
	return s.Keyring.Get(key)
}

func (s *stubborn) Remove(key string) error {
	if err := errors.Join(s.away, s.holds); err != nil {
		return err
	}
	return s.Keyring.Remove(key)
}

// TestRemovedForGood: a key that the keychain could not delete is used no more,
// also after a restart, and is removed when that is possible.
func TestRemovedForGood(t *testing.T) {
	for name, fail := range map[string]func(*stubborn){
		"away":  func(s *stubborn) { s.away = errors.New("the bus is gone") },
		"holds": func(s *stubborn) { s.holds = errors.New("no space") },
	} {
		t.Run(name, func(t *testing.T) {
			backend := &stubborn{Keyring: keyring.NewArrayKeyring(nil)}
			path := filepath.Join(t.TempDir(), "journal.json")
			open := func() *Store {
				s := newStore("test", "the test's keychain", "nowhere", backend, patience{time.Minute, time.Minute})
				var err error
				if s.journal, err = journal.Open(path); err != nil {
					t.Fatal(err)
				}
				return s
			}
			s := open()
			mustSet(t, s, "prod", key(1))
			mustSet(t, s, "dev", key(2))
			fail(backend)
			err := s.RemoveKey(t.Context(), "prod")
			wantMessage(t, "", err, vaultcore.ErrKeychain)
			if vaultcore.Hint(err) == "" {
				t.Error("no hint")
			}
			gone := func(when string) {
				t.Helper()
				if _, err := s.Key(t.Context(), "prod"); !errors.Is(err, vaultcore.ErrNoCredentials) {
					t.Errorf("%s: Key: %v", when, err)
				}
				if _, err := s.KeyID(t.Context(), "prod"); !errors.Is(err, vaultcore.ErrNoCredentials) {
					t.Errorf("%s: KeyID: %v", when, err)
				}
				if names, err := s.Names(t.Context()); err == nil && !slices.Equal(names, []string{"dev"}) {
					t.Errorf("%s: Names: %q", when, names)
				}
			}
			gone("at once")
			if err := s.Sweep(t.Context()); err == nil {
				t.Error("swept what is held")
			}
			s = open()
			gone("after a restart")
			backend.away, backend.holds = nil, nil
			s = open()
			var swept []string
			s.swept = func(profile string) { swept = append(swept, profile) }
			gone("with the keychain back")
			if err := s.Sweep(t.Context()); err != nil {
				t.Error(err)
			}
			gone("after the sweep")
			if !slices.Equal(swept, []string{"prod"}) {
				t.Errorf("swept %q", swept)
			}
			if items, _ := backend.Keyring.Keys(); len(items) != 1 || len(s.journal.RemovedKeys()) != 0 {
				t.Errorf("left: %q, noted %q", items, s.journal.RemovedKeys())
			}
			mustSet(t, s, "prod", key(3))
			s = open()
			if got, err := s.Key(t.Context(), "prod"); err != nil || got.AccessKeyID != key(3).AccessKeyID {
				t.Errorf("a new key: %v, %v", got.AccessKeyID, err)
			}
		})
	}
}

// A new key over one that is still to be removed is the one that counts.
func TestANewKeyInPlaceOfARemovedOne(t *testing.T) {
	backend := &stubborn{Keyring: keyring.NewArrayKeyring(nil)}
	s := newStore("test", "the test's keychain", "nowhere", backend, patience{time.Minute, time.Minute})
	mustSet(t, s, "prod", key(1))
	backend.holds = errors.New("no")
	if err := s.RemoveKey(t.Context(), "prod"); err == nil {
		t.Fatal("removed")
	}
	backend.holds = nil
	mustSet(t, s, "prod", key(2))
	if err := s.Sweep(t.Context()); err != nil {
		t.Error(err)
	}
	if got, err := s.Key(t.Context(), "prod"); err != nil || got.AccessKeyID != key(2).AccessKeyID {
		t.Errorf("%v, %v", got.AccessKeyID, err)
	}
}

// What could not be removed is removed as soon as the keychain takes something again.
func TestASaveSweeps(t *testing.T) {
	backend := &stubborn{Keyring: keyring.NewArrayKeyring(nil)}
	s := newStore("test", "the test's keychain", "nowhere", backend, patience{time.Minute, time.Minute})
	mustSet(t, s, "prod", key(1))
	backend.holds = errors.New("no")
	if err := s.RemoveKey(t.Context(), "prod"); err == nil {
		t.Fatal("removed")
	}
	backend.holds = nil
	if err := s.SaveSession(t.Context(), "00112233", []byte("x")); err != nil {
		t.Fatal(err)
	}
	if items, _ := backend.Keyring.Keys(); len(items) != 1 || len(s.journal.RemovedKeys()) != 0 {
		t.Errorf("left: %q, noted %q", items, s.journal.RemovedKeys())
	}
}

// Who thinks better of it has removed nothing.
func TestARemovalThatIsCanceled(t *testing.T) {
	s := NewMemory()
	mustSet(t, s, "prod", key(1))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.RemoveKey(ctx, "prod"); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Key(t.Context(), "prod"); err != nil {
		t.Error(err)
	}
}
