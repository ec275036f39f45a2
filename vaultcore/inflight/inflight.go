// Package inflight has one piece of work done for all who want the same: a session, a
// sign-in, a question.
//
// Whoever comes first starts it, and everybody who wants it meanwhile waits for it
// ([Group.Do]). It belongs to all of them: they are the audience of what it asks, whoever
// started it may leave, and it ends with the last one. Who comes after that starts anew.
//
// An owner who knows more of its works than that keeps it beside them, under the lock
// that guards both: the methods that end in Locked are for it.
package inflight

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/broadcast"
)

// Group is the works of one owner that are under way. D is what the owner knows of each,
// and T what comes of it.
type Group[D, T any] struct {
	lock    sync.Locker
	log     *slog.Logger
	what    string
	changed broadcast.Changed // who waits for any of it

	works map[string]*Work[D, T] // guarded by lock
}

// New makes a group that lock guards. A panic in a work fails those who wait for it, and
// is logged as that of what, by log unless that is nil.
func New[D, T any](lock sync.Locker, log *slog.Logger, what string) *Group[D, T] {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Group[D, T]{lock: lock, log: log, what: what, works: make(map[string]*Work[D, T])}
}

// Answers are questions to a person that are open, by what they ask: who wants the same
// waits for the same answer.
type Answers = Group[struct{}, string]

// NewAnswers makes one of no questions.
func NewAnswers(log *slog.Logger) *Answers {
	return New[struct{}, string](new(sync.Mutex), log, "a question")
}

// Work is one that is under way. It is the audience of what is done for it.
type Work[D, T any] struct {
	Data D // guarded by the group's lock

	group   *Group[D, T]
	key     string
	cancel  context.CancelFunc
	waiters []*waiter // guarded by the group's lock
	ended   error     // why it was ended, if it was; guarded by the group's lock

	done  chan struct{} // closed when the next two are set
	value T
	err   error
}

// waiter is one who waits: a program's request, or other work.
type waiter struct{ audience vaultcore.Audience }

// Audiences are those who wait, longest first.
func (w *Work[D, T]) Audiences() []vaultcore.Audience {
	w.group.lock.Lock()
	defer w.group.lock.Unlock()
	var all []vaultcore.Audience
	for _, waiter := range w.waiters {
		all = append(all, waiter.audience)
	}
	return all
}

// Callers are everybody who waits, longest first.
func (w *Work[D, T]) Callers() []*vaultcore.Caller {
	var callers []*vaultcore.Caller
	for _, audience := range w.Audiences() {
		callers = append(callers, audience.Callers()...)
	}
	return callers
}

// Changed returns a channel that is closed when anybody joins or leaves.
func (w *Work[D, T]) Changed() <-chan struct{} { return w.group.changed.Next() }

// Do waits for the work of a key for an audience, starting it under life where none is
// under way. It returns the error of ctx when that ends first.
func (g *Group[D, T]) Do(ctx, life context.Context, audience vaultcore.Audience, key string, do func(context.Context) (T, error)) (T, error) {
	g.lock.Lock()
	w := g.works[key]
	if w == nil {
		var none D
		w = g.StartLocked(life, key, none, func(ctx context.Context, _ *Work[D, T]) (T, error) { return do(ctx) }, nil)
	}
	wait := w.JoinLocked(audience)
	g.lock.Unlock()
	return wait(ctx)
}

// WorkLocked is the work of a key that is under way; nil where none is.
func (g *Group[D, T]) WorkLocked(key string) *Work[D, T] { return g.works[key] }

// StartLocked starts the work of a key under life; somebody has to join it. When it is
// over, finished is called with the lock held, and returns what is called without it;
// current says that nobody has ended the work before. It may be nil.
func (g *Group[D, T]) StartLocked(life context.Context, key string, data D, do func(context.Context, *Work[D, T]) (T, error), finished func(current bool, err error) (then func())) *Work[D, T] {
	ctx, cancel := context.WithCancel(life)
	w := &Work[D, T]{Data: data, group: g, key: key, cancel: cancel, done: make(chan struct{})}
	g.works[key] = w
	go func() {
		defer cancel()
		value, err := g.careful(vaultcore.WithAudience(ctx, w), w, do)
		g.lock.Lock()
		if w.ended != nil {
			var none T
			value, err = none, w.ended
		}
		current, then := g.works[key] == w, func() {}
		if current {
			delete(g.works, key)
		}
		if finished != nil {
			then = finished(current, err)
		}
		w.value, w.err = value, err
		close(w.done)
		g.lock.Unlock()
		then()
	}()
	return w
}

// careful does a work. A panic in it fails those who wait, and not the app.
func (g *Group[D, T]) careful(ctx context.Context, w *Work[D, T], do func(context.Context, *Work[D, T]) (T, error)) (value T, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			g.log.ErrorContext(ctx, g.what+" failed inside", "panic", fmt.Sprintf("%T", fault), "at", vaultcore.PanicSite())
			err = vaultcore.Internal()
		}
	}()
	return do(ctx, w)
}

// JoinLocked joins a work. What it returns waits for that, without the lock.
func (w *Work[D, T]) JoinLocked(audience vaultcore.Audience) (wait func(context.Context) (T, error)) {
	g, waiter := w.group, &waiter{audience}
	var changed <-chan struct{}
	if other, ok := audience.(*Work[D, T]); !ok || other.group != g { // whose changes are the group's own
		changed = audience.Changed()
	}
	w.waiters = append(w.waiters, waiter)
	g.changed.Notify()
	return func(ctx context.Context) (T, error) {
		for {
			select {
			case <-w.done:
				return w.value, w.err
			case <-changed:
				changed = audience.Changed()
				g.changed.Notify()
			case <-ctx.Done():
				g.leave(w, waiter)
				var none T
				return none, ctx.Err()
			}
		}
	}
}

// leave takes a waiter off a work, which ends with the last one.
func (g *Group[D, T]) leave(w *Work[D, T], who *waiter) {
	g.lock.Lock()
	defer g.lock.Unlock()
	w.waiters = slices.DeleteFunc(w.waiters, func(other *waiter) bool { return other == who })
	if len(w.waiters) == 0 {
		g.dropLocked(w)
	}
	g.changed.Notify()
}

// EndLocked ends the works that match: all who wait for one get this error.
func (g *Group[D, T]) EndLocked(why error, match func(key string, data D) bool) {
	for key, w := range g.works {
		if match(key, w.Data) {
			w.ended = why
			g.dropLocked(w)
		}
	}
}

func (g *Group[D, T]) dropLocked(w *Work[D, T]) {
	w.cancel()
	if g.works[w.key] == w {
		delete(g.works, w.key)
	}
}
