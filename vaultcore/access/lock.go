// Package access decides who may have what: it stands between the vault and all who
// ask. [Lock] refuses while it is locked, [Sandboxes] asks the person about programs
// that were put where they are so as not to be the person, and [Approvals] lets
// programs that want the same wait for one answer.
package access

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

const (
	// slower is how much longer each failed unlock makes the next one wait.
	slower = 100 * time.Millisecond
	// slowest is the most that an unlock waits.
	slowest = 10 * time.Second
)

// Options are what a [Lock] works with.
type Options struct {
	Service agent.Service // what is served while it is open
	Drop    func()        // drops from memory what must not be there while locked
	Changed func()
	Begin   func() (end func()) // is told of each operation, and of its end
	File    string              // while it is there, the app starts locked
	Log     *slog.Logger
}

// Lock is the service as others see it: while it is locked, it refuses every
// operation but those whose row in package agent says why not.
//
// What is served is done under a context that Lock ends and Unlock replaces: a
// lock ends what is under way, and what comes back after it reaches nobody. A
// lock outlasts the app: see lasting.go.
type Lock struct {
	agent.Guarded
	o Options

	unlocking *semaphore.Weighted
	keeping   *semaphore.Weighted // of whoever writes or removes the lock's file

	mu      sync.Mutex              // guards what follows
	open    context.Context         // what is served lives under it
	shut    context.CancelCauseFunc // ends open
	opening context.CancelCauseFunc // ends the unlock that is under way, if one is
	failed  int                     // unlocks in vain, since the last that worked
}

var _ agent.Service = (*Lock)(nil)

// New makes a lock that is open.
func New(o Options) *Lock {
	g := &Lock{o: o, unlocking: semaphore.NewWeighted(1), keeping: semaphore.NewWeighted(1)}
	g.Guarded = agent.Guarded{Service: o.Service, Around: g.around}
	g.open, g.shut = context.WithCancelCause(context.Background())
	return g
}

// errShut is why an operation is refused while locked.
var errShut = vaultcore.Faultf(vaultcore.ErrLocked, "Vaultbar is locked").
	WithHint("unlock it with `vaultbar unlock` or from the menu")

// now returns the context under which an operation that begins now is done.
func (g *Lock) now() context.Context {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open
}

// Locked says whether it is locked.
func (g *Lock) Locked() bool { return g.now().Err() != nil }

// around does an operation while it is open; one that is served while locked, in any
// case. What goes on until its caller leaves holds up nobody.
func (g *Lock) around(ctx context.Context, use agent.Use, do func(context.Context) error) error {
	if use.Lasting {
		return do(ctx)
	}
	defer g.o.Begin()()
	if use.WhileLocked != "" {
		return do(ctx)
	}
	return g.whileOpen(ctx, do)
}

// Do does something of the app's own for as long as the lock stays open.
func (g *Lock) Do(ctx context.Context, do func(context.Context) error) error {
	defer g.o.Begin()()
	return g.whileOpen(ctx, do)
}

func (g *Lock) whileOpen(ctx context.Context, do func(context.Context) error) error {
	open := g.now()
	if open.Err() != nil {
		return errShut
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	defer context.AfterFunc(open, func() { end(errShut) })()
	err := do(ctx)
	if open.Err() != nil {
		g.tidy(open)
		return errShut
	}
	return err
}

// tidy forgets what an operation of a time that is over may have brought back
// into memory after the lock, unless it was opened again since.
func (g *Lock) tidy(open context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open == open {
		g.o.Drop()
	}
}

// Status is part of [agent.Service]. Like Stop it is no use of the app that Begin
// would be told of.
func (g *Lock) Status(ctx context.Context) (agent.Status, error) {
	status, err := g.Service.Status(ctx)
	status.Locked = status.Locked || g.Locked()
	return status, err
}

// Stop is part of [agent.Service].
func (g *Lock) Stop(ctx context.Context) error { return g.Service.Stop(ctx) }

// Lock is part of [agent.Service].
func (g *Lock) Lock(ctx context.Context) error {
	g.mu.Lock()
	g.shut(errShut)
	if g.opening != nil {
		g.opening(errShut)
	}
	g.mu.Unlock()
	if err := g.Service.Lock(ctx); err != nil {
		return err
	}
	return g.keep(true)
}

// keep has the lock, or its end, outlast the app. Who locks while another unlocks
// has the last word, as in memory.
func (g *Lock) keep(locked bool) error {
	_ = g.keeping.Acquire(context.Background(), 1) // it is short
	defer g.keeping.Release(1)
	if g.Locked() != locked {
		return nil
	}
	if err := keepLocked(g.o.File, locked); err != nil {
		g.o.Log.Error("whether Vaultbar is locked could not be written down", "locked", locked, "error", err)
		return lockUnkept(err)
	}
	return nil
}

// Unlock is part of [agent.Service]. A lock that comes meanwhile wins.
func (g *Lock) Unlock(ctx context.Context, r agent.UnlockRequest) error {
	if err := g.unlocking.Acquire(ctx, 1); err != nil {
		return err
	}
	defer g.unlocking.Release(1)
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	g.begin(end)
	err := g.unlock(ctx, r)
	defer g.o.Changed()
	if err := g.finish(ctx, err); err != nil {
		return err
	}
	_ = g.keep(false) // what failed is in the log: the next start is locked
	return nil
}

// unlock opens the keychain, the later the more tries were in vain.
func (g *Lock) unlock(ctx context.Context, r agent.UnlockRequest) error {
	select {
	case <-time.After(g.delay()):
		return g.Service.Unlock(ctx, r)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin lets Lock end an unlock.
func (g *Lock) begin(end context.CancelCauseFunc) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.opening = end
}

// finish takes in how an unlock went, and opens the lock when it worked.
func (g *Lock) finish(ctx context.Context, err error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.opening = nil
	switch {
	case context.Cause(ctx) == errShut:
		g.o.Drop()
		return errShut
	case err == nil:
		g.failed = 0
		if g.open.Err() != nil {
			g.open, g.shut = context.WithCancelCause(context.Background())
		}
	case wrong(err):
		g.failed++
	}
	return err
}

// wrong says whether an unlock failed by what was answered: who leaves, or is
// not there, has not guessed.
func wrong(err error) bool {
	for _, other := range []error{vaultcore.ErrCanceled, vaultcore.ErrNobodyToAsk, context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, other) {
			return false
		}
	}
	return true
}

func (g *Lock) delay() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return min(time.Duration(g.failed)*slower, slowest)
}
