// Package access decides who may have what: every request passes through it on the way
// to the vault. [Lock] refuses requests while Vaultbar is locked. [Sandboxes] asks the
// person about programs that run in a sandbox. [Programs] asks about programs that want
// a protected profile, and keeps AI agents from changing anything. [Idle] locks when
// nobody has used the machine for a while. [Grants] holds what the person has allowed
// for some time. Programs that want the same thing wait for one answer: see package
// inflight.
package access

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
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
// lock outlasts the app: while its file is there.
type Lock struct {
	agent.Service
	o Options

	unlocking *semaphore.Weighted
	keeping   *semaphore.Weighted // of whoever writes or removes the lock's file

	mu      sync.Mutex              // guards what follows
	open    context.Context         // what is served lives under it
	shut    context.CancelCauseFunc // ends open
	opening context.CancelCauseFunc // ends the unlock that is under way, if one is
	failed  int                     // failed unlocks since the last one that worked
}

var _ agent.Service = (*Lock)(nil)

// New makes a lock that is open.
func New(o Options) *Lock {
	l := &Lock{o: o, unlocking: semaphore.NewWeighted(1), keeping: semaphore.NewWeighted(1)}
	l.Service = agent.Guard(o.Service, l.around)
	l.open, l.shut = context.WithCancelCause(context.Background())
	return l
}

// errShut is why an operation is refused while locked.
var errShut = vaultcore.Faultf(vaultcore.ErrLocked, "Vaultbar is locked").
	WithHint("unlock it with `vaultbar unlock` or from the menu")

// Open returns the context under which an operation that begins now is done, and what is
// asked about it: the next lock ends it. While locked it has ended.
func (l *Lock) Open() context.Context {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.open
}

// Locked says whether it is locked.
func (l *Lock) Locked() bool { return l.Open().Err() != nil }

// around does an operation while it is open; one that is served while locked, in any
// case. What goes on until its caller leaves holds up nobody, and outlives a lock: what it
// hands out comes through here again.
func (l *Lock) around(ctx context.Context, use agent.Use, do func(context.Context) error) error {
	if use.Lasting {
		if use.WhileLocked == "" && l.Locked() {
			return errShut
		}
		return do(ctx)
	}
	defer l.o.Begin()()
	if use.WhileLocked != "" {
		return do(ctx)
	}
	return l.whileOpen(ctx, do)
}

// Do does something of the app's own for as long as the lock stays open.
func (l *Lock) Do(ctx context.Context, do func(context.Context) error) error {
	defer l.o.Begin()()
	return l.whileOpen(ctx, do)
}

func (l *Lock) whileOpen(ctx context.Context, do func(context.Context) error) error {
	open := l.Open()
	if open.Err() != nil {
		return errShut
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	defer context.AfterFunc(open, func() { end(errShut) })()
	err := do(ctx)
	if open.Err() != nil {
		l.tidy(open)
		return errShut
	}
	return err
}

// tidy forgets what an operation of a time that is over may have brought back
// into memory after the lock, unless it was opened again since.
func (l *Lock) tidy(open context.Context) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open == open {
		l.o.Drop()
	}
}

// Status is part of [agent.Service]. Like Stop it is no use of the app that Begin
// would be told of.
func (l *Lock) Status(ctx context.Context) (agent.Status, error) {
	status, err := l.Service.Status(ctx)
	status.Locked = status.Locked || l.Locked()
	return status, err
}

// Stop is part of [agent.Service].
func (l *Lock) Stop(ctx context.Context) error { return l.Service.Stop(ctx) }

// Lock is part of [agent.Service].
func (l *Lock) Lock(ctx context.Context) error {
	l.mu.Lock()
	l.shut(errShut)
	if l.opening != nil {
		l.opening(errShut)
	}
	l.mu.Unlock()
	if err := l.Service.Lock(ctx); err != nil {
		return err
	}
	return l.keep(true)
}

// keep has the lock, or its end, outlast the app. Who locks while another unlocks
// has the last word, as in memory.
func (l *Lock) keep(locked bool) error {
	_ = l.keeping.Acquire(context.Background(), 1) // it is short
	defer l.keeping.Release(1)
	if l.Locked() != locked {
		return nil
	}
	if err := keepLocked(l.o.File, locked); err != nil {
		l.o.Log.Error("whether Vaultbar is locked could not be saved", "locked", locked, "error", err)
		return lockUnkept(err)
	}
	return nil
}

// Unlock is part of [agent.Service]. A lock that comes meanwhile wins.
func (l *Lock) Unlock(ctx context.Context, r agent.UnlockRequest) error {
	if err := l.unlocking.Acquire(ctx, 1); err != nil {
		return err
	}
	defer l.unlocking.Release(1)
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	l.begin(end)
	err := l.unlock(ctx, r)
	defer l.o.Changed()
	if err := l.finish(ctx, err); err != nil {
		return err
	}
	_ = l.keep(false) // what failed is in the log: the next start is locked
	return nil
}

// unlock opens the keychain, with a delay that grows with failed attempts.
func (l *Lock) unlock(ctx context.Context, r agent.UnlockRequest) error {
	if retry.Sleep(ctx, l.delay()) != nil {
		return ctx.Err()
	}
	return l.Service.Unlock(ctx, r)
}

// begin lets Lock end an unlock.
func (l *Lock) begin(end context.CancelCauseFunc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.opening = end
}

// finish takes in how an unlock went, and opens the lock when it worked.
func (l *Lock) finish(ctx context.Context, err error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.opening = nil
	switch {
	case context.Cause(ctx) == errShut:
		l.o.Drop()
		return errShut
	case err == nil:
		l.failed = 0
		if l.open.Err() != nil {
			l.open, l.shut = context.WithCancelCause(context.Background())
		}
	case wrong(err):
		l.failed++
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

func (l *Lock) delay() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return min(time.Duration(l.failed)*slower, slowest)
}

// A lock lasts: while a file lies in the state folder the app is locked, and
// starts so, after it was stopped or killed and after the machine was restarted.

// WasLocked says whether the app was locked when it ended. Where that cannot be
// told, it was.
func WasLocked(file string) bool {
	_, err := os.Lstat(file)
	return !errors.Is(err, fs.ErrNotExist)
}

// keepLocked has the next start of the app be locked, or not.
func keepLocked(file string, locked bool) error {
	if !locked {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	if _, err := os.Lstat(file); err == nil {
		return nil
	}
	return atomicfile.WriteFile(file, []byte("# Vaultbar is locked as long as this file is here: `vaultbar unlock` removes it.\n"), nil)
}

// lockUnkept is the failure to have a lock outlast the app.
func lockUnkept(cause error) error {
	fault := vaultcore.Faultf(vaultcore.ErrConfig, "Vaultbar is locked, but the lock will not survive a restart: %v", vaultcore.Reason(cause)).WithCause(cause)
	if vaultcore.NoSpace(cause) {
		return fault.WithHint("free some space on the disk, then run `vaultbar lock` again")
	}
	return fault.WithHint("Vaultbar's state folder must be yours and writable; then run `vaultbar lock` again")
}
