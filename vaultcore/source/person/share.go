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

// Desk is where people sign in for tokens of a kind. It has one owner, a source.
type Desk[T any] struct {
	asker    Asker
	browsers Browsers
	log      *slog.Logger

	changed broadcast.Changed // who waits for any sitting

	mu       sync.Mutex             // guards what follows, and the sittings
	sittings map[string]*Sitting[T] // under way, by sign-in
}

// NewDesk makes a desk.
func NewDesk[T any](asker Asker, browsers Browsers, log *slog.Logger) *Desk[T] {
	return &Desk[T]{asker: asker, browsers: browsers, log: log, sittings: make(map[string]*Sitting[T])}
}

// Sitting is the work for one sign-in under way. It is the audience of its questions.
type Sitting[T any] struct {
	desk    *Desk[T]
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
type waiter struct{ audience vaultcore.Audience }

// Callers returns everybody who waits, longest first.
func (s *Sitting[T]) Callers() []*vaultcore.Caller {
	s.desk.mu.Lock()
	waiters := slices.Clone(s.waiters)
	s.desk.mu.Unlock()
	var callers []*vaultcore.Caller
	for _, w := range waiters {
		callers = append(callers, w.audience.Callers()...)
	}
	return callers
}

// Changed returns a channel that is closed when anybody joins or leaves.
func (s *Sitting[T]) Changed() <-chan struct{} { return s.desk.changed.Next() }

// Share joins the work for a sign-in, starting it when there is none, and waits. The
// work's context ends when nobody waits any more, and its audience are all who do.
// With a way it is a person who asks to sign in, by that way.
func (d *Desk[T]) Share(ctx context.Context, id string, way *vaultcore.SignInWay, work func(context.Context, *Sitting[T]) (T, error)) (T, error) {
	audience := vaultcore.AudienceOf(ctx)
	changed := audience.Changed()
	present := way != nil && slices.ContainsFunc(audience.Callers(), inPerson) // before the lock: it looks at processes
	d.mu.Lock()
	s := d.sittings[id]
	if s == nil {
		s = d.startLocked(ctx, id, work)
	}
	w := &waiter{audience}
	s.waiters = append(s.waiters, w)
	if way != nil && (present || s.again == nil) {
		s.way = *way
	}
	if present && s.again != nil {
		s.again(errAgain)
	}
	d.mu.Unlock()
	d.changed.Notify()
	for {
		select {
		case <-s.done:
			return s.value, s.err
		case <-changed:
			changed = audience.Changed()
			d.changed.Notify()
		case <-ctx.Done():
			d.leave(id, s, w)
			var none T
			return none, ctx.Err()
		}
	}
}

// startLocked starts the work for a sign-in. It has the values of the first one's
// context, but for its end and its audience.
func (d *Desk[T]) startLocked(ctx context.Context, id string, work func(context.Context, *Sitting[T]) (T, error)) *Sitting[T] {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s := &Sitting[T]{desk: d, cancel: cancel, done: make(chan struct{})}
	d.sittings[id] = s
	go func() {
		defer cancel()
		value, err := d.run(vaultcore.WithAudience(ctx, s), s, work)
		d.finish(id, s, value, err)
	}()
	return s
}

// run is the work. A panic in it fails those who wait, and not the app.
func (d *Desk[T]) run(ctx context.Context, s *Sitting[T], work func(context.Context, *Sitting[T]) (T, error)) (value T, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			d.log.ErrorContext(ctx, "a sign-in failed inside", "panic", fmt.Sprintf("%T", fault), "at", vaultcore.PanicSite())
			err = vaultcore.Internal()
		}
	}()
	return work(ctx, s)
}

// finish hands the outcome to all who wait.
func (d *Desk[T]) finish(id string, s *Sitting[T], value T, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s.ended != nil {
		var none T
		value, err = none, s.ended
	}
	if d.sittings[id] == s {
		delete(d.sittings, id)
	}
	s.value, s.err = value, err
	close(s.done)
}

// leave takes a waiter away. What nobody waits for ends at once, and who comes after
// starts anew.
func (d *Desk[T]) leave(id string, s *Sitting[T], w *waiter) {
	d.mu.Lock()
	s.waiters = slices.DeleteFunc(s.waiters, func(other *waiter) bool { return other == w })
	if len(s.waiters) == 0 {
		d.dropLocked(id, s)
	}
	d.mu.Unlock()
	d.changed.Notify()
}

// End ends the work for a sign-in, if there is any: all who wait get this error.
func (d *Desk[T]) End(id string, why error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.sittings[id]; s != nil {
		s.ended = why
		d.dropLocked(id, s)
	}
}

func (d *Desk[T]) dropLocked(id string, s *Sitting[T]) {
	s.cancel()
	if d.sittings[id] == s {
		delete(d.sittings, id)
	}
}
