package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// flight is one piece of work under way. It is itself the audience of the
// flights that it waits for.
type flight struct {
	pool    *Pool
	root    string // the name of the key it starts from
	profile string // whose session it makes
	cancel  context.CancelFunc
	waiting []*seat // guarded by pool.mu
	cut     error   // why the pool ended it, if it did; guarded by pool.mu

	done        chan struct{} // closed when the next two are set
	credentials vaultcore.Credentials
	err         error
}

// seat is one who waits on a flight: a caller, or another flight.
type seat struct{ audience vaultcore.Audience }

// Callers returns everybody who waits for the flight, longest first.
func (f *flight) Callers() []*vaultcore.Caller {
	f.pool.mu.Lock()
	waiting := slices.Clone(f.waiting)
	f.pool.mu.Unlock()
	var callers []*vaultcore.Caller
	for _, s := range waiting {
		callers = append(callers, s.audience.Callers()...)
	}
	return callers
}

// Changed returns a channel that is closed when anybody joins or leaves.
func (f *flight) Changed() <-chan struct{} { return f.pool.crowd.Next() }

// board joins the flight to a step, starting it when there is none, and waits.
// Leaving early ends the flight only for the last one.
func (p *Pool) board(ctx context.Context, audience vaultcore.Audience, walk *Walk, step int, minTTL time.Duration) (vaultcore.Credentials, error) {
	p.mu.Lock()
	berth := walk.berth(step)
	if failed, ok := p.failures[berth]; ok && wall().Sub(failed.at) < failureLife {
		p.mu.Unlock()
		return p.fallBack(ctx, walk, step, minTTL, failed.err)
	}
	f, ok := p.flights[berth]
	if !ok {
		f = p.departLocked(berth, walk, step, minTTL)
	}
	mine := &seat{audience}
	f.waiting = append(f.waiting, mine)
	p.crowd.Notify()
	p.mu.Unlock()
	if !ok {
		p.options.Changed()
	}
	select {
	case <-f.done:
		if errors.Is(f.err, context.Canceled) && ctx.Err() == nil {
			return vaultcore.Credentials{}, errLocked
		}
		if f.err != nil {
			return p.fallBack(ctx, walk, step, minTTL, f.err)
		}
		return f.credentials, nil
	case <-ctx.Done():
		p.leave(berth, f, mine)
		return vaultcore.Credentials{}, ctx.Err()
	}
}

// departLocked starts a flight.
func (p *Pool) departLocked(berth string, walk *Walk, step int, minTTL time.Duration) *flight {
	ctx, cancel := context.WithCancel(p.ctx)
	f := &flight{pool: p, root: walk.root(), profile: walk.Plan.Steps[step].Profile, cancel: cancel, done: make(chan struct{})}
	p.flights[berth] = f
	go func() {
		defer cancel()
		credentials, err := p.fly(vaultcore.WithAudience(ctx, f), walk, step, minTTL)
		p.land(berth, f, credentials, err)
	}()
	return f
}

// errBroken is told to those who wait for work that panicked.
var errBroken = &vaultcore.Fault{
	Kind: errors.New("a fault of Vaultbar"), Message: "something is wrong inside Vaultbar",
	Hint: "its log says where: `vaultbar status` shows the file",
}

// fly is the work of a flight. A panic in it fails those who wait, and not the
// app with all its sessions.
func (p *Pool) fly(ctx context.Context, walk *Walk, step int, minTTL time.Duration) (credentials vaultcore.Credentials, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			p.options.Log.ErrorContext(ctx, "making a session failed inside", "profile", walk.Plan.Profile,
				"panic", fmt.Sprintf("%T", fault), "at", vaultcore.PanicSite())
			credentials, err = vaultcore.Credentials{}, errBroken
		}
	}()
	return p.obtain(ctx, walk, step, minTTL)
}

// land hands the outcome to all who wait.
func (p *Pool) land(berth string, f *flight, credentials vaultcore.Credentials, err error) {
	p.mu.Lock()
	if f.cut != nil {
		credentials, err = vaultcore.Credentials{}, f.cut
	}
	if p.flights[berth] == f {
		delete(p.flights, berth)
		delete(p.failures, berth)
	}
	if errors.Is(err, vaultcore.ErrRefused) || errors.Is(err, vaultcore.ErrNoAnswer) {
		p.failures[berth] = failure{err, wall()}
	}
	f.credentials, f.err = credentials, err
	close(f.done)
	p.mu.Unlock()
	p.options.Changed()
	p.Wake()
}

// leave takes one off a flight. A flight that nobody waits for ends at once,
// and who comes after starts a new one.
func (p *Pool) leave(berth string, f *flight, mine *seat) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f.waiting = slices.DeleteFunc(f.waiting, func(s *seat) bool { return s == mine })
	if len(f.waiting) == 0 {
		f.cancel()
		if p.flights[berth] == f {
			delete(p.flights, berth)
		}
	}
	p.crowd.Notify()
}

// obtain is the work of a flight: it makes sure that the session of a step is
// there, getting that of the step before first.
func (p *Pool) obtain(ctx context.Context, walk *Walk, step int, minTTL time.Duration) (vaultcore.Credentials, error) {
	if at := walk.Plan.Steps[step]; at.LongTerm() {
		return p.source(at).Run(ctx, at, vaultcore.Credentials{})
	}
	if err := p.load(ctx); err != nil {
		return vaultcore.Credentials{}, err
	}
	id, err := p.learnID(ctx, walk)
	if err != nil {
		return vaultcore.Credentials{}, err
	}
	print := walk.fingerprint(id, step)
	p.mu.Lock()
	now := wall()
	old := p.sessions[print]
	if old != nil && p.servesLocked(old, walk, step, minTTL, now) {
		p.touchLocked(old, walk, step, now)
		p.mu.Unlock()
		return old.credentials, nil
	}
	p.mu.Unlock()
	credentials, err := p.carryOut(ctx, walk, step)
	if err != nil || credentials.LongTerm() {
		return credentials, err
	}
	return credentials, p.keep(ctx, print, walk, step, credentials)
}

// carryOut does a step with the credentials of the one before.
func (p *Pool) carryOut(ctx context.Context, walk *Walk, step int) (vaultcore.Credentials, error) {
	from, err := p.before(ctx, walk, step)
	if err != nil {
		return vaultcore.Credentials{}, err
	}
	at := walk.Plan.Steps[step]
	credentials, err := p.source(at).Run(ctx, at, from)
	if !dead(err) || from.LongTerm() {
		return credentials, err
	}
	if from, err = p.replace(ctx, walk, step-1, from); err != nil {
		return vaultcore.Credentials{}, err
	}
	return p.source(at).Run(ctx, at, from)
}

// dead says whether AWS refused the session that a step was carried out with:
// it was revoked, or its key was taken away, before its time.
func dead(err error) bool {
	var reply interface{ SourceDead() bool }
	return errors.As(err, &reply) && reply.SourceDead()
}

// replace drops the session of a step that turned out dead, unless somebody has
// done so already, and gets a new one.
func (p *Pool) replace(ctx context.Context, walk *Walk, step int, old vaultcore.Credentials) (vaultcore.Credentials, error) {
	p.mu.Lock()
	gone, _ := p.dropLocked(func(_ string, e *entry) bool { return e.credentials.AccessKeyID == old.AccessKeyID })
	p.mu.Unlock()
	p.tidy(ctx, gone) // what a keychain cannot remove is written over
	return p.board(ctx, vaultcore.AudienceOf(ctx), walk, step, 0)
}

// before returns the credentials that a step is carried out with. The work for
// them is shared with all the roles above the same session; a long-term key is read
// by each.
func (p *Pool) before(ctx context.Context, walk *Walk, step int) (vaultcore.Credentials, error) {
	if step == 0 {
		return vaultcore.Credentials{}, nil
	}
	if at := walk.Plan.Steps[step-1]; at.LongTerm() {
		return p.source(at).Run(ctx, at, vaultcore.Credentials{})
	}
	return p.board(ctx, vaultcore.AudienceOf(ctx), walk, step-1, 0)
}

// fallBack serves a session that still lives when AWS does not answer.
func (p *Pool) fallBack(ctx context.Context, walk *Walk, step int, minTTL time.Duration, err error) (vaultcore.Credentials, error) {
	if minTTL > 0 || !errors.Is(err, vaultcore.ErrNoAnswer) {
		return vaultcore.Credentials{}, err
	}
	p.mu.Lock()
	old := p.entryLocked(walk, step)
	lives := old != nil && old.lives(wall())
	if lives {
		old.retry = wall().Add(renewPause)
	}
	p.mu.Unlock()
	if !lives {
		return vaultcore.Credentials{}, err
	}
	p.options.Log.WarnContext(ctx, "AWS does not answer; serving the session that still lives", "profile", walk.Plan.Profile, "error", err)
	return old.credentials, nil
}
