package keystore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/bounded"
)

// errLate is the cause of a context whose call used up its time.
var errLate = errors.New("out of time")

// errUnfinished is the cause when a call was still inside as its time was up: it
// may yet be carried out.
var errUnfinished = errors.New("the call goes on")

// serializer lets one call at a time into the library. The library takes no context,
// so a call runs on a goroutine of its own and whoever waits for it may leave;
// the next one is let in only when the call is back, however long that takes,
// so at most one goroutine hangs.
type serializer struct {
	inside  *semaphore.Weighted // held while a call is inside
	who     string              // the backend, as a person knows it
	prompts bool                // its calls may open the system's own prompt
}

func newSerializer(who string, prompts bool) *serializer {
	return &serializer{inside: semaphore.NewWeighted(1), who: who, prompts: prompts}
}

// serialized runs call when no other runs, and waits for it, at most for budget.
func serialized[T any](ctx context.Context, d *serializer, budget time.Duration, call func() (T, error)) (T, error) {
	var none T
	if ctx.Err() != nil {
		return none, context.Cause(ctx)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, budget, errLate)
	defer cancel()
	if d.inside.Acquire(ctx, 1) != nil {
		return none, d.turnedAway(ctx)
	}
	value, err := bounded.Call(ctx, func() (T, error) {
		defer d.inside.Release(1)
		return careful(call)
	}, func(T) {})
	if err != nil && err == ctx.Err() {
		return none, d.unanswered(ctx, budget)
	}
	return value, err
}

// careful turns a panic of the library into an error. It names the type only:
// the value may quote what was being read.
func careful[T any](call func() (T, error)) (value T, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the keychain library gave up (%T)", v)
		}
	}()
	return call()
}

// turnedAway is the error of a call whose turn never came.
func (d *serializer) turnedAway(ctx context.Context) error {
	switch cause := context.Cause(ctx); {
	case cause != errLate:
		return cause
	case d.prompts:
		return d.promptWaits()
	}
	return vaultcore.Faultf(vaultcore.ErrBusy, "%s is still busy with an earlier call", d.who).
		WithHint("try again in a moment; if that does not help, restart the desktop's keychain or Vaultbar")
}

// unanswered is the error of a call that is still inside.
func (d *serializer) unanswered(ctx context.Context, budget time.Duration) error {
	if cause := context.Cause(ctx); cause != errLate {
		return cause
	}
	f := vaultcore.Faultf(vaultcore.ErrKeychain, "%s did not answer within %s", d.who, budget).
		WithHint("try again; if that does not help, restart the desktop's keychain or Vaultbar")
	if d.prompts {
		f = d.promptWaits()
	}
	return f.WithCause(errUnfinished)
}

func (d *serializer) promptWaits() *vaultcore.Fault {
	return vaultcore.Faultf(vaultcore.ErrLocked, "%s is locked, and its own prompt is waiting for an answer", d.who).
		WithHint("find its window, answer it, then try again")
}
