package keystore

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/99designs/keyring"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// hanging is a keychain whose reads do not return until it is released.
type hanging struct {
	keyring.ArrayKeyring
	release chan struct{}
	inside  atomic.Int32
}

func (h *hanging) Get(key string) (keyring.Item, error) {
	h.inside.Add(1)
	<-h.release
	return h.ArrayKeyring.Get(key)
}

func newHanging() *hanging {
	h := &hanging{release: make(chan struct{})}
	data, _ := sealKey(key(1))
	sealed, _ := seal("vaultbar.key.prod", data)
	_ = h.Set(keyring.Item{Key: "vaultbar.key.prod", Data: sealed})
	return h
}

// TestHangingKeychain: every caller is answered in its own time, one goroutine
// hangs however many call, and all is well when the keychain is back.
func TestHangingKeychain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHanging()
		s := fakeStore(h)
		start := time.Now()
		_, err := s.Key(t.Context(), "prod")
		wantMessage(t, "", err, vaultcore.ErrKeychain)
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("the first call took %s", took)
		}
		for range 20 {
			start = time.Now()
			_, err = s.Names(t.Context())
			wantMessage(t, "busy", err, vaultcore.ErrBusy)
			if took := time.Since(start); took != 10*time.Second {
				t.Errorf("a later call took %s", took)
			}
		}
		if n := h.inside.Load(); n != 1 {
			t.Errorf("%d calls are inside the library, want 1", n)
		}
		close(h.release)
		synctest.Wait()
		wantKey(t, s, "prod", key(1))
	})
}

// TestCallerLeaves: a caller that goes away does not wait, inside or in line.
func TestCallerLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHanging()
		s := fakeStore(h)
		done := make(chan error, 2)
		ctx, cancel := context.WithCancel(t.Context())
		for range 2 {
			go func() {
				_, err := s.Key(ctx, "prod")
				done <- err
			}()
		}
		synctest.Wait()
		start := time.Now()
		cancel()
		for range 2 {
			if err := <-done; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		}
		if time.Since(start) != 0 {
			t.Error("leaving took time")
		}
		_, err := s.Key(ctx, "prod")
		if !errors.Is(err, context.Canceled) {
			t.Errorf("a call after leaving: %v", err)
		}
		close(h.release)
	})
}

// TestPromptWaits: where the system's own prompt may be open, a person has two
// minutes, and is told what is being waited for.
func TestPromptWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHanging()
		s := newStore("keychain", "the macOS keychain", "", h, patience{10 * time.Second, 120 * time.Second})
		start := time.Now()
		_, err := s.Key(t.Context(), "prod")
		wantMessage(t, "", err, vaultcore.ErrLocked)
		if took := time.Since(start); took != 120*time.Second {
			t.Errorf("the call took %s", took)
		}
		start = time.Now()
		_, err = s.Names(t.Context())
		wantMessage(t, "", err, vaultcore.ErrLocked)
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("listing took %s", took)
		}
		close(h.release)
	})
}

// TestUnfinishedWrite: who keeps a key is told when nobody can know whether it
// is kept.
func TestUnfinishedWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHanging()
		s := fakeStore(h)
		err := s.SetKey(t.Context(), "prod", key(2))
		wantMessage(t, "", err, vaultcore.ErrKeychain)
		close(h.release)
		synctest.Wait()
		wantKey(t, s, "prod", key(2))
	})
}

type panicking struct{ keyring.ArrayKeyring }

func (panicking) Keys() ([]string, error) { panic("CANARY") }

func TestLibraryPanics(t *testing.T) {
	_, err := fakeStore(&panicking{}).Names(t.Context())
	wantMessage(t, "", err, vaultcore.ErrKeychain)
}
