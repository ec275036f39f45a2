package person

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/broadcast"
)

// Asker puts a question to whoever waits under ctx. It may return: ErrCanceled,
// ErrNobodyToAsk.
type Asker interface {
	Ask(context.Context, vaultcore.Question) (vaultcore.Secret, error)
}

// Browsers shows pages to the person.
type Browsers interface {
	// Show opens a page of the sign-in of this name in the person's browser. Shows says
	// whether it could.
	Show(ctx context.Context, name string, address vaultcore.Secret, proxy string) error
	Shows(context.Context) bool
}

// SignIns are the sign-ins of people for tokens of a kind. They have one owner, a source.
type SignIns[T any] struct {
	asker    Asker
	browsers Browsers
	signed   func(ctx context.Context, name string)
	log      *slog.Logger

	changed broadcast.Changed // who waits for any attempt

	mu       sync.Mutex             // guards what follows, and the attempts
	attempts map[string]*Attempt[T] // under way, by sign-in
}

// New makes one in which nobody signs in. When somebody has, signed is called with the
// name of that, unless one who waits asked for just that; it may be nil.
func New[T any](asker Asker, browsers Browsers, signed func(ctx context.Context, name string), log *slog.Logger) *SignIns[T] {
	if signed == nil {
		signed = func(context.Context, string) {}
	}
	return &SignIns[T]{asker: asker, browsers: browsers, signed: signed, log: log, attempts: make(map[string]*Attempt[T])}
}

// Attempt is the work for one sign-in under way. It is the audience of its questions.
type Attempt[T any] struct {
	all     *SignIns[T]
	cancel  context.CancelFunc
	waiters []*waiter
	ended   error                   // why it was ended, if it was
	way     vaultcore.SignInWay     // that a person asked for
	again   context.CancelCauseFunc // of the page or code that is shown; nil while none is

	done  chan struct{} // closed when the next two are set
	value T
	err   error
}

// waiter is one who waits: a program's request, or a session under way.
type waiter struct {
	audience vaultcore.Audience
	asks     bool // to sign in, for nothing else
}

// Callers returns everybody who waits, longest first.
func (a *Attempt[T]) Callers() []*vaultcore.Caller {
	a.all.mu.Lock()
	waiters := slices.Clone(a.waiters)
	a.all.mu.Unlock()
	var callers []*vaultcore.Caller
	for _, w := range waiters {
		callers = append(callers, w.audience.Callers()...)
	}
	return callers
}

// asked says whether anybody who waits has asked to sign in, for nothing else.
func (a *Attempt[T]) asked() bool {
	a.all.mu.Lock()
	defer a.all.mu.Unlock()
	return slices.ContainsFunc(a.waiters, func(w *waiter) bool { return w.asks })
}

// Changed returns a channel that is closed when anybody joins or leaves.
func (a *Attempt[T]) Changed() <-chan struct{} { return a.all.changed.Next() }

// Share joins the work for a sign-in, starting it when there is none, and waits. The
// work's context ends when nobody waits any more, and its audience are all who do.
// With a way it is a person who asks to sign in, by that way.
func (all *SignIns[T]) Share(ctx context.Context, id string, way *vaultcore.SignInWay, work func(context.Context, *Attempt[T]) (T, error)) (T, error) {
	audience := vaultcore.AudienceOf(ctx)
	changed := audience.Changed()
	present := way != nil && slices.ContainsFunc(audience.Callers(), inPerson) // before the lock: it looks at processes
	all.mu.Lock()
	a := all.attempts[id]
	if a == nil {
		a = all.startLocked(ctx, id, work)
	}
	w := &waiter{audience, way != nil}
	a.waiters = append(a.waiters, w)
	if way != nil && (present || a.again == nil) {
		a.way = *way
	}
	if present && a.again != nil {
		a.again(errAgain)
	}
	all.mu.Unlock()
	all.changed.Notify()
	for {
		select {
		case <-a.done:
			return a.value, a.err
		case <-changed:
			changed = audience.Changed()
			all.changed.Notify()
		case <-ctx.Done():
			all.leave(id, a, w)
			var none T
			return none, ctx.Err()
		}
	}
}

// startLocked starts the work for a sign-in. It has the values of the first one's
// context, but for its end and its audience.
func (all *SignIns[T]) startLocked(ctx context.Context, id string, work func(context.Context, *Attempt[T]) (T, error)) *Attempt[T] {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a := &Attempt[T]{all: all, cancel: cancel, done: make(chan struct{})}
	all.attempts[id] = a
	go func() {
		defer cancel()
		value, err := all.run(vaultcore.WithAudience(ctx, a), a, work)
		all.finish(id, a, value, err)
	}()
	return a
}

// run is the work. A panic in it fails those who wait, and not the app.
func (all *SignIns[T]) run(ctx context.Context, a *Attempt[T], work func(context.Context, *Attempt[T]) (T, error)) (value T, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			all.log.ErrorContext(ctx, "a sign-in failed inside", "panic", fmt.Sprintf("%T", fault), "at", vaultcore.PanicSite())
			err = vaultcore.Internal()
		}
	}()
	return work(ctx, a)
}

// finish hands the outcome to all who wait.
func (all *SignIns[T]) finish(id string, a *Attempt[T], value T, err error) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if a.ended != nil {
		var none T
		value, err = none, a.ended
	}
	if all.attempts[id] == a {
		delete(all.attempts, id)
	}
	a.value, a.err = value, err
	close(a.done)
}

// leave takes a waiter away. What nobody waits for ends at once, and who comes after
// starts anew.
func (all *SignIns[T]) leave(id string, a *Attempt[T], w *waiter) {
	all.mu.Lock()
	a.waiters = slices.DeleteFunc(a.waiters, func(other *waiter) bool { return other == w })
	if len(a.waiters) == 0 {
		all.dropLocked(id, a)
	}
	all.mu.Unlock()
	all.changed.Notify()
}

// End ends the work for a sign-in, if there is any: all who wait get this error.
func (all *SignIns[T]) End(id string, why error) {
	all.mu.Lock()
	defer all.mu.Unlock()
	if a := all.attempts[id]; a != nil {
		a.ended = why
		all.dropLocked(id, a)
	}
}

func (all *SignIns[T]) dropLocked(id string, a *Attempt[T]) {
	a.cancel()
	if all.attempts[id] == a {
		delete(all.attempts, id)
	}
}
