package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// flight is one piece of work under way, which all who want the same wait for. It is
// itself the audience of the flights that it waits for.
type flight struct {
	pool    *Pool
	root    string // what its plan starts from
	profile string // whose session it makes
	cancel  context.CancelFunc
	waiters []*waiter // guarded by pool.mu
	cut     error     // why the pool ended it, if it did; guarded by pool.mu

	done        chan struct{} // closed when the next two are set
	credentials vaultcore.Credentials
	err         error
}

// waiter is one who waits for a flight: a caller, or another flight.
type waiter struct{ audience vaultcore.Audience }

// Callers returns everybody who waits for the flight, longest first.
func (f *flight) Callers() []*vaultcore.Caller {
	f.pool.mu.Lock()
	waiters := slices.Clone(f.waiters)
	f.pool.mu.Unlock()
	var callers []*vaultcore.Caller
	for _, w := range waiters {
		callers = append(callers, w.audience.Callers()...)
	}
	return callers
}

// Changed returns a channel that is closed when anybody joins or leaves.
func (f *flight) Changed() <-chan struct{} { return f.pool.waitersChanged.Next() }

// join joins the flight to a step, starting it when there is none, and waits.
// Leaving early ends the flight only for the last one.
func (p *Pool) join(ctx context.Context, audience vaultcore.Audience, prepared *Prepared, step int, minTTL time.Duration) (vaultcore.Credentials, error) {
	p.mu.Lock()
	key := prepared.flightKey(step)
	if failed, ok := p.failures[key]; ok && now().Sub(failed.at) < failureLife {
		p.mu.Unlock()
		return p.fallBack(ctx, prepared, step, minTTL, failed.err)
	}
	f, ok := p.flights[key]
	if !ok {
		f = p.startLocked(key, prepared, step, minTTL)
	}
	w := &waiter{audience}
	f.waiters = append(f.waiters, w)
	p.waitersChanged.Notify()
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
			return p.fallBack(ctx, prepared, step, minTTL, f.err)
		}
		return f.credentials, nil
	case <-ctx.Done():
		p.leave(key, f, w)
		return vaultcore.Credentials{}, ctx.Err()
	}
}

// startLocked starts the flight to a step, under the pool's context.
func (p *Pool) startLocked(key string, prepared *Prepared, step int, minTTL time.Duration) *flight {
	ctx, cancel := context.WithCancel(p.ctx)
	f := &flight{pool: p, root: prepared.root(), profile: prepared.Plan.Steps[step].Profile, cancel: cancel, done: make(chan struct{})}
	p.flights[key] = f
	go func() {
		defer cancel()
		credentials, err := p.runFlight(vaultcore.WithAudience(ctx, f), prepared, step, minTTL)
		p.finish(key, f, credentials, err)
	}()
	return f
}

// runFlight is the work of a flight. A panic in it fails those who wait, and not the
// app with all its sessions.
func (p *Pool) runFlight(ctx context.Context, prepared *Prepared, step int, minTTL time.Duration) (credentials vaultcore.Credentials, err error) {
	defer func() {
		if fault := recover(); fault != nil {
			p.options.Log.ErrorContext(ctx, "making a session failed inside", "profile", prepared.Plan.Profile,
				"panic", fmt.Sprintf("%T", fault), "at", vaultcore.PanicSite())
			credentials, err = vaultcore.Credentials{}, vaultcore.Internal()
		}
	}()
	return p.obtain(ctx, prepared, step, minTTL)
}

// finish hands the outcome to all who wait.
func (p *Pool) finish(key string, f *flight, credentials vaultcore.Credentials, err error) {
	p.mu.Lock()
	if f.cut != nil {
		credentials, err = vaultcore.Credentials{}, f.cut
	}
	if p.flights[key] == f {
		delete(p.flights, key)
		delete(p.failures, key)
	}
	if errors.Is(err, vaultcore.ErrRefused) || errors.Is(err, vaultcore.ErrWrongAccount) || passing(err) {
		p.failures[key] = failure{err, now()}
	}
	f.credentials, f.err = credentials, err
	close(f.done)
	p.mu.Unlock()
	p.options.Changed()
	p.Wake()
}

// leave takes a waiter off a flight. A flight that nobody waits for ends at once,
// and who comes after starts a new one.
func (p *Pool) leave(key string, f *flight, w *waiter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f.waiters = slices.DeleteFunc(f.waiters, func(other *waiter) bool { return other == w })
	if len(f.waiters) == 0 {
		f.cancel()
		if p.flights[key] == f {
			delete(p.flights, key)
		}
	}
	p.waitersChanged.Notify()
}

// obtain is the work of a flight: it makes sure that the session of a step is
// there, getting that of the step before first.
func (p *Pool) obtain(ctx context.Context, prepared *Prepared, step int, minTTL time.Duration) (vaultcore.Credentials, error) {
	if prepared.Plan.Steps[step].Passed() {
		return p.run(ctx, prepared, step, vaultcore.Credentials{})
	}
	if err := p.load(ctx); err != nil {
		return vaultcore.Credentials{}, err
	}
	id, err := p.learnID(ctx, prepared)
	if err != nil {
		return vaultcore.Credentials{}, err
	}
	fingerprint := prepared.fingerprint(id, step)
	p.mu.Lock()
	now := now()
	old := p.sessions[fingerprint]
	if old != nil && p.servesLocked(old, prepared, step, minTTL, now) {
		p.touchLocked(old, prepared, step, now)
		p.mu.Unlock()
		return old.credentials, nil
	}
	p.mu.Unlock()
	credentials, err := p.carryOut(ctx, prepared, step)
	if err != nil || credentials.Endless() {
		return credentials, err
	}
	return credentials, p.keep(ctx, fingerprint, prepared, step, credentials)
}

// carryOut does a step with the credentials of the one before.
func (p *Pool) carryOut(ctx context.Context, prepared *Prepared, step int) (vaultcore.Credentials, error) {
	from, err := p.before(ctx, prepared, step)
	if err != nil {
		return vaultcore.Credentials{}, err
	}
	credentials, err := p.run(ctx, prepared, step, from)
	if !dead(err) || from.LongTerm() || prepared.Plan.Steps[step-1].Passed() {
		return credentials, err
	}
	if from, err = p.replace(ctx, prepared, step-1, from); err != nil {
		return vaultcore.Credentials{}, err
	}
	return p.run(ctx, prepared, step, from)
}

// run has a source carry out a step, and checks what comes of it.
func (p *Pool) run(ctx context.Context, prepared *Prepared, step int, from vaultcore.Credentials) (vaultcore.Credentials, error) {
	at := prepared.Plan.Steps[step]
	made, err := p.source(at).Run(ctx, at, from)
	if err == nil {
		made, err = p.options.Check(ctx, prepared.Plan, step, made)
	}
	if err != nil {
		return vaultcore.Credentials{}, err
	}
	return made, nil
}

// dead says whether AWS refused the session that a step was carried out with:
// it was revoked, or its key was taken away, before its time.
func dead(err error) bool {
	var reply interface{ SourceDead() bool }
	return errors.As(err, &reply) && reply.SourceDead()
}

// replace drops the session of a step that turned out dead, unless somebody has
// done so already, and gets a new one.
func (p *Pool) replace(ctx context.Context, prepared *Prepared, step int, old vaultcore.Credentials) (vaultcore.Credentials, error) {
	p.mu.Lock()
	gone, _ := p.dropLocked(func(_ string, e *entry) bool { return e.credentials.AccessKeyID == old.AccessKeyID })
	p.mu.Unlock()
	p.tidy(ctx, gone) // what a keychain cannot remove is written over
	return p.join(ctx, vaultcore.AudienceOf(ctx), prepared, step, 0)
}

// before returns the credentials that a step is carried out with. The work for
// them is shared with all the roles above the same session; a long-term key is read
// by each.
func (p *Pool) before(ctx context.Context, prepared *Prepared, step int) (vaultcore.Credentials, error) {
	if step == 0 {
		return vaultcore.Credentials{}, nil
	}
	if prepared.Plan.Steps[step-1].Passed() {
		return p.run(ctx, prepared, step-1, vaultcore.Credentials{})
	}
	return p.join(ctx, vaultcore.AudienceOf(ctx), prepared, step-1, 0)
}

// passing says whether a failure may pass by itself: nothing says that the session
// which it was to replace is of no more use.
func passing(err error) bool {
	return errors.Is(err, vaultcore.ErrNoAnswer) || errors.Is(err, vaultcore.ErrProcess)
}

// fallBack serves a session that still lives when AWS does not answer, or the command
// that would give a new one fails.
func (p *Pool) fallBack(ctx context.Context, prepared *Prepared, step int, minTTL time.Duration, err error) (vaultcore.Credentials, error) {
	if minTTL > 0 || !passing(err) {
		return vaultcore.Credentials{}, err
	}
	p.mu.Lock()
	old := p.entryLocked(prepared, step)
	lives := old != nil && old.lives(now())
	if lives {
		old.retry = now().Add(renewPause)
	}
	p.mu.Unlock()
	if !lives {
		return vaultcore.Credentials{}, err
	}
	p.options.Log.WarnContext(ctx, "no new session; serving the one that still lives", "profile", prepared.Plan.Profile, "error", err)
	return old.credentials, nil
}
