package person

import (
	"context"
	"log/slog"
	"slices"
	"sync"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/inflight"
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
type SignIns struct {
	asker    Asker
	browsers Browsers
	signed   func(ctx context.Context, name string)

	mu       sync.Mutex      // guards what follows, and the attempts
	attempts *inflight.Group // by sign-in
}

// New makes one in which nobody signs in. When somebody has, signed is called with the
// name of that, unless one who waits asked for just that; it may be nil.
func New(asker Asker, browsers Browsers, signed func(ctx context.Context, name string), log *slog.Logger) *SignIns {
	if signed == nil {
		signed = func(context.Context, string) {}
	}
	all := &SignIns{asker: asker, browsers: browsers, signed: signed}
	all.attempts = inflight.New(&all.mu, log, "a sign-in")
	return all
}

// Attempt is the work for one sign-in under way. It is the audience of its questions.
type Attempt struct {
	*inflight.Work

	all   *SignIns
	way   vaultcore.SignInWay     // that a person asked for
	again context.CancelCauseFunc // of the page or code that is shown; nil while none is
}

// asks is the audience of one who asks to sign in, for nothing else.
type asks struct{ vaultcore.Audience }

// asked says whether anybody who waits has asked to sign in, for nothing else.
func (a *Attempt) asked() bool {
	return slices.ContainsFunc(a.Audiences(), func(audience vaultcore.Audience) bool {
		_, ok := audience.(asks)
		return ok
	})
}

// Share joins the work for a sign-in, starting it when there is none, and waits. The
// work's context ends when nobody waits any more, and its audience are all who do.
// With a way it is a person who asks to sign in, by that way. All who share what the same
// SignIns make share one type.
func Share[T any](ctx context.Context, all *SignIns, id string, way *vaultcore.SignInWay, work func(context.Context, *Attempt) (T, error)) (T, error) {
	return inflight.As[T](all.share(ctx, id, way, func(ctx context.Context, a *Attempt) (any, error) { return work(ctx, a) }))
}

func (all *SignIns) share(ctx context.Context, id string, way *vaultcore.SignInWay, work func(context.Context, *Attempt) (any, error)) (any, error) {
	audience := vaultcore.AudienceOf(ctx)
	present := way != nil && slices.ContainsFunc(audience.Callers(), inPerson) // before the lock: it looks at processes
	all.mu.Lock()
	w := all.attempts.WorkLocked(id)
	if w == nil {
		w = all.startLocked(ctx, id, work)
	}
	a := w.Data.(*Attempt)
	if way != nil {
		audience = asks{audience}
	}
	wait := w.JoinLocked(audience)
	if way != nil && (present || a.again == nil) {
		a.way = *way
	}
	if present && a.again != nil {
		a.again(errAgain)
	}
	all.mu.Unlock()
	return wait(ctx)
}

// startLocked starts the work for a sign-in. It has the values of the first one's
// context, but for its end and its audience.
func (all *SignIns) startLocked(ctx context.Context, id string, work func(context.Context, *Attempt) (any, error)) *inflight.Work {
	a := &Attempt{all: all}
	return all.attempts.StartLocked(context.WithoutCancel(ctx), id, a, func(ctx context.Context, w *inflight.Work) (any, error) {
		a.Work = w
		return work(ctx, a)
	}, nil)
}

// End ends the work for a sign-in, if there is any: all who wait get this error.
func (all *SignIns) End(id string, why error) {
	all.mu.Lock()
	defer all.mu.Unlock()
	all.attempts.EndLocked(why, func(key string, _ any) bool { return key == id })
}
