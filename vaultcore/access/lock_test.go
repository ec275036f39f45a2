package access

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// keychain is a service of which only unlocking is met.
type keychain struct {
	agent.Service
	unlock func(context.Context) error
}

func (k keychain) Lock(context.Context) error { return nil }

func (k keychain) Unlock(ctx context.Context, _ agent.UnlockRequest) error { return k.unlock(ctx) }

// locked makes a lock that is locked, before a keychain that is unlocked so.
func locked(t *testing.T, unlock func(context.Context) error) *Lock {
	t.Helper()
	g := New(Options{
		Service: keychain{unlock: unlock}, File: filepath.Join(t.TempDir(), "locked"),
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Drop: func() {}, Changed: func() {}, Begin: func() func() { return func() {} },
	})
	if err := g.Lock(t.Context()); err != nil {
		t.Fatal(err)
	}
	return g
}

// TestLocked: each operation is refused while locked, unless its row says otherwise,
// and served before and after.
func TestLocked(t *testing.T) {
	for _, o := range agent.Operations() {
		done, g := 0, locked(t, func(context.Context) error { return nil })
		do := func() error {
			return g.around(t.Context(), agent.Use{Operation: o}, func(context.Context) error { done++; return nil })
		}
		served := o.WhileLocked != ""
		if err := do(); served != (err == nil) || served != (done == 1) || !served && !errors.Is(err, vaultcore.ErrLocked) {
			t.Errorf("%s while locked: %v, done %d times", o.Name, err, done)
		}
		if err := g.Unlock(t.Context(), agent.UnlockRequest{}); err != nil {
			t.Fatal(err)
		}
		if before := done; do() != nil || done != before+1 {
			t.Errorf("%s is not served when it is open", o.Name)
		}
	}
}

func TestAnOperationEndsWithTheLock(t *testing.T) {
	g := locked(t, func(context.Context) error { return nil })
	if err := g.Unlock(t.Context(), agent.UnlockRequest{}); err != nil {
		t.Fatal(err)
	}
	err := g.Do(t.Context(), func(ctx context.Context) error {
		if err := g.Lock(t.Context()); err != nil {
			t.Error(err)
		}
		<-ctx.Done()
		if context.Cause(ctx) != error(errShut) {
			t.Errorf("the cause is %v", context.Cause(ctx))
		}
		return nil
	})
	if !errors.Is(err, vaultcore.ErrLocked) {
		t.Errorf("who came back after the lock got %v", err)
	}
}

// A lock lasts for the next app, and a lock that comes during an unlock has the last
// word.
func TestTheLockLasts(t *testing.T) {
	var g *Lock
	g = locked(t, func(ctx context.Context) error {
		if err := g.Lock(ctx); err != nil {
			t.Error(err)
		}
		return nil
	})
	if err := g.Unlock(t.Context(), agent.UnlockRequest{}); !errors.Is(err, vaultcore.ErrLocked) || !WasLocked(g.o.File) || g.delay() != 0 {
		t.Errorf("%v; locked for the next app: %t, delay %v", err, WasLocked(g.o.File), g.delay())
	}
	g.Service = keychain{unlock: func(context.Context) error { return nil }}
	if err := g.Unlock(t.Context(), agent.UnlockRequest{}); err != nil || WasLocked(g.o.File) || g.Locked() {
		t.Errorf("%v; locked for the next app: %t", err, WasLocked(g.o.File))
	}
}

func TestWhoLeavesHasNotGuessed(t *testing.T) {
	for _, c := range []struct {
		err  error
		want time.Duration
	}{
		{vaultcore.ErrCanceled, 0}, {vaultcore.ErrNobodyToAsk, 0}, {context.Canceled, 0}, {context.DeadlineExceeded, 0},
		{vaultcore.ErrKeychain, slower},
	} {
		g := locked(t, func(context.Context) error { return c.err })
		if err := g.Unlock(t.Context(), agent.UnlockRequest{}); !errors.Is(err, c.err) || g.delay() != c.want {
			t.Errorf("%v, delay %v, want %v", err, g.delay(), c.want)
		}
	}
}

func TestWrongUnlocksAreSlowedDown(t *testing.T) {
	for failed, want := range map[int]time.Duration{1: slower, 6: 6 * slower, 1000: slowest} {
		synctest.Test(t, func(t *testing.T) {
			g := locked(t, func(context.Context) error { return nil })
			g.failed = failed
			began := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), want-time.Millisecond)
			err := g.Unlock(ctx, agent.UnlockRequest{})
			cancel()
			if waited := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || waited != want-time.Millisecond || g.delay() != want {
				t.Errorf("after %d failures: %v after %v, delay %v", failed, err, waited, g.delay())
			}
		})
	}
}
