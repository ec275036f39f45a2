// Package inflight has one piece of work done for all who want the same: a session, a
// sign-in, a question.
//
// Whoever comes first starts it, and everybody who wants it meanwhile waits for it
// ([Do]). It belongs to all of them: they are the audience of what it asks, whoever
// started it may leave, and it ends with the last one. Who comes after that starts anew.
//
// An owner who knows more of its works than that keeps it beside them, under the lock
// that guards both: the methods that end in Locked are for it. A group does not know the
// types of what it is used for ([As]): with type parameters the app would have all of this
// once for each.
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

// Group is the works of one owner that are under way.
type Group struct {
	lock    sync.Locker
	log     *slog.Logger
	what    string
	changed broadcast.Changed // who waits for any of it

	works map[string]*Work // guarded by lock
}

// New makes a group that lock guards. A panic in a work fails those who wait for it, and
// is logged as that of what, by log unless that is nil.
func New(lock sync.Locker, log *slog.Logger, what string) *Group {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Group{lock: lock, log: log, what: what, works: make(map[string]*Work)}
}

// Answers are questions to a person that are open, by what they ask: who wants the same
// waits for the same answer.
type Answers struct{ open *Group }

// NewAnswers makes one of no questions.
func NewAnswers(log *slog.Logger) *Answers { return &Answers{New(new(sync.Mutex), log, "a question")} }

// Do waits for the answer to the question of a key, as [Do].
func (a *Answers) Do(ctx, life context.Context, audience vaultcore.Audience, key string, ask func(context.Context) (string, error)) (string, error) {
	return Do(ctx, life, a.open, audience, key, ask)
}

// Work is one that is under way. It is the audience of what is done for it.
type Work struct {
	Data any // what the owner knows of it; guarded by the group's lock

	group   *Group
	key     string
	cancel  context.CancelFunc
	waiters []*waiter // guarded by the group's lock
	ended   error     // why it was ended, if it was; guarded by the group's lock

	done  chan struct{} // closed when the next two are set
	value any
	err   error
}

// waiter is one who waits: a program's request, or other work.
type waiter struct{ audience vaultcore.Audience }

// Audiences are those who wait, longest first.
func (w *Work) Audiences() []vaultcore.Audience {
	w.group.lock.Lock()
	defer w.group.lock.Unlock()
	var all []vaultcore.Audience
	for _, waiter := range w.waiters {
		all = append(all, waiter.audience)
	}
	return all
}

// Callers are everybody who waits, longest first.
func (w *Work) Callers() []*vaultcore.Caller {
	var callers []*vaultcore.Caller
	for _, audience := range w.Audiences() {
		callers = append(callers, audience.Callers()...)
	}
	return callers
}

// Changed returns a channel that is closed when anybody joins or leaves.
func (w *Work) Changed() <-chan struct{} { return w.group.changed.Next() }

// Do waits for the work of a key for an audience, starting it under life where none is
// under way. It returns the error of ctx when that ends first.
func Do[T any](ctx, life context.Context, g *Group, audience vaultcore.Audience, key string, do func(context.Context) (T, error)) (T, error) {
	return As[T](g.do(ctx, life, audience, key, func(ctx context.Context, _ *Work) (any, error) { return do(ctx) }))
}

// As is what came of a work, as the type that it has; its zero value where nothing did.
func As[T any](value any, err error) (T, error) {
	typed, _ := value.(T)
	return typed, err
}

func (g *Group) do(ctx, life context.Context, audience vaultcore.Audience, key string, do func(context.Context, *Work) (any, error)) (any, error) {
	g.lock.Lock()
	w := g.works[key]
	if w == nil {
		w = g.StartLocked(life, key, nil, do, nil)
	}
	wait := w.JoinLocked(audience)
	g.lock.Unlock()
	return wait(ctx)
}

// WorkLocked is the work of a key that is under way; nil where none is.
func (g *Group) WorkLocked(key string) *Work { return g.works[key] }

// StartLocked starts the work of a key under life; somebody has to join it. When it is
// over, finished is called with the lock held, and returns what is called without it;
// current says that nobody has ended the work before. It may be nil.
func (g *Group) StartLocked(life context.Context, key string, data any, do func(context.Context, *Work) (any, error), finished func(current bool, err error) (then func())) *Work {
	ctx, cancel := context.WithCancel(life)
	w := &Work{Data: data, group: g, key: key, cancel: cancel, done: make(chan struct{})}
	g.works[key] = w
	go func() {
		defer cancel()
		value, err := g.careful(vaultcore.WithAudience(ctx, w), w, do)
		g.lock.Lock()
		if w.ended != nil {
			value, err = nil, w.ended
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
func (g *Group) careful(ctx context.Context, w *Work, do func(context.Context, *Work) (any, error)) (value any, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			g.log.ErrorContext(ctx, g.what+" failed inside", "panic", fmt.Sprintf("%T", fault), "at", vaultcore.PanicSite())
			err = vaultcore.Internal()
		}
	}()
	return do(ctx, w)
}

// JoinLocked joins a work. What it returns waits for that, without the lock.
func (w *Work) JoinLocked(audience vaultcore.Audience) (wait func(context.Context) (any, error)) {
	g, waiter := w.group, &waiter{audience}
	var changed <-chan struct{}
	if other, ok := audience.(*Work); !ok || other.group != g { // whose changes are the group's own
		changed = audience.Changed()
	}
	w.waiters = append(w.waiters, waiter)
	g.changed.Notify()
	return func(ctx context.Context) (any, error) {
		for {
			select {
			case <-w.done:
				return w.value, w.err
			case <-changed:
				changed = audience.Changed()
				g.changed.Notify()
			case <-ctx.Done():
				g.leave(w, waiter)
				return nil, ctx.Err()
			}
		}
	}
}

// leave takes a waiter off a work, which ends with the last one.
func (g *Group) leave(w *Work, who *waiter) {
	g.lock.Lock()
	defer g.lock.Unlock()
	w.waiters = slices.DeleteFunc(w.waiters, func(other *waiter) bool { return other == who })
	if len(w.waiters) == 0 {
		g.dropLocked(w)
	}
	g.changed.Notify()
}

// EndLocked ends the works that match: all who wait for one get this error.
func (g *Group) EndLocked(why error, match func(key string, data any) bool) {
	for key, w := range g.works {
		if match(key, w.Data) {
			w.ended = why
			g.dropLocked(w)
		}
	}
}

func (g *Group) dropLocked(w *Work) {
	w.cancel()
	if g.works[w.key] == w {
		delete(g.works, w.key)
	}
}
