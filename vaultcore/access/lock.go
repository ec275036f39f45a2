package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

const (
	// slower is how much longer each failed unlock makes the next one wait.
	slower = 100 * time.Millisecond
	// slowest is the most that an unlock waits.
	slowest = 10 * time.Second
)

// gate is the service as others see it: while it is locked, it refuses every
// operation but those of the table in gate.go. A new one is refused until somebody
// decides otherwise.
//
// What is served is done under a context that Lock ends and Unlock replaces: a
// lock ends what is under way, and what comes back after it reaches nobody. A
// lock outlasts the app: see lasting.go.
type gate struct {
	inner *service

	unlocking turn
	keeping   turn // of whoever writes or removes the lock's file

	mu      sync.Mutex              // guards what follows
	open    context.Context         // what is served lives under it
	shut    context.CancelCauseFunc // ends open
	opening context.CancelCauseFunc // ends the unlock that is under way, if one is
	failed  int                     // unlocks in vain, since the last that worked
}

var _ agent.Service = (*gate)(nil)

// newGate makes a gate that is open.
func newGate(inner *service) *gate {
	g := &gate{inner: inner, unlocking: newTurn(), keeping: newTurn()}
	g.open, g.shut = context.WithCancelCause(context.Background())
	return g
}

// errShut is why an operation is refused while locked.
var errShut = vaultcore.Faultf(vaultcore.ErrLocked, "Vaultbar is locked").
	WithHint("unlock it with `vaultbar unlock` or from the menu")

// now returns the context under which an operation that begins now is done.
func (g *gate) now() context.Context {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.open
}

func (g *gate) locked() bool { return g.now().Err() != nil }

// within does an operation for as long as the gate stays open; one that is served
// while locked, in any case.
func within[R any](ctx context.Context, g *gate, verb string, do func(context.Context) (R, error)) (R, error) {
	var none R
	g.inner.upgrade.begin()
	defer g.inner.upgrade.end()
	if servedWhileLocked[verb] != "" {
		return do(ctx)
	}
	open := g.now()
	if open.Err() != nil {
		return none, errShut
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	defer context.AfterFunc(open, func() { end(errShut) })()
	result, err := do(ctx)
	if open.Err() != nil {
		g.tidy(open)
		return none, errShut
	}
	return result, err
}

// while is within for what returns nothing but an error.
func (g *gate) while(ctx context.Context, verb string, do func(context.Context) error) error {
	_, err := within(ctx, g, verb, func(ctx context.Context) (struct{}, error) { return struct{}{}, do(ctx) })
	return err
}

// tidy forgets what an operation of a time that is over may have brought back
// into memory after the lock, unless the gate was opened again since.
func (g *gate) tidy(open context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open == open {
		g.inner.forget()
	}
}

// Lock is part of [agent.Service].
func (g *gate) Lock(ctx context.Context) error {
	g.mu.Lock()
	g.shut(errShut)
	if g.opening != nil {
		g.opening(errShut)
	}
	g.mu.Unlock()
	if err := g.inner.Lock(ctx); err != nil {
		return err
	}
	return g.keep(true)
}

// keep has the lock, or its end, outlast the app. Who locks while another unlocks
// has the last word, as in memory.
func (g *gate) keep(locked bool) error {
	_ = g.keeping.take(context.Background()) // it is short
	defer g.keeping.give()
	if g.locked() != locked {
		return nil
	}
	if err := keepLocked(g.inner.env.folders, locked); err != nil {
		g.inner.log.Error("whether Vaultbar is locked could not be written down", "locked", locked, "error", err)
		return lockUnkept(err)
	}
	return nil
}

// Unlock is part of [agent.Service]. A lock that comes meanwhile wins.
func (g *gate) Unlock(ctx context.Context, r agent.UnlockRequest) error {
	if err := g.unlocking.take(ctx); err != nil {
		return err
	}
	defer g.unlocking.give()
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	g.begin(end)
	err := g.unlock(ctx, r)
	defer g.inner.bell.ring()
	if err := g.finish(ctx, err); err != nil {
		return err
	}
	_ = g.keep(false) // what failed is in the log: the next start is locked
	return nil
}

// unlock opens the keychain, the later the more tries were in vain.
func (g *gate) unlock(ctx context.Context, r agent.UnlockRequest) error {
	select {
	case <-time.After(g.delay()):
		return g.inner.Unlock(ctx, r)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin lets Lock end an unlock.
func (g *gate) begin(end context.CancelCauseFunc) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.opening = end
}

// finish takes in how an unlock went, and opens the gate when it worked.
func (g *gate) finish(ctx context.Context, err error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.opening = nil
	switch {
	case context.Cause(ctx) == errShut:
		g.inner.forget()
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

func (g *gate) delay() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return min(time.Duration(g.failed)*slower, slowest)
}
