package session

import (
	"context"
	"errors"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/inflight"
)

// flight is what the pool knows of work under way, which all who want the same wait for.
type flight struct {
	root    string // what its plan starts from
	profile string // whose session it makes
}

// join joins the flight to a step, starting it when there is none, and waits.
// Leaving early ends the flight only for the last one.
func (p *Pool) join(ctx context.Context, audience vaultcore.Audience, prepared *Prepared, step int, minTTL time.Duration) (vaultcore.Credentials, error) {
	p.mu.Lock()
	key := prepared.flightKey(step)
	if failed, ok := p.failures[key]; ok && now().Sub(failed.at) < failureLife {
		p.mu.Unlock()
		return p.fallBack(ctx, prepared, step, minTTL, failed.err)
	}
	f := p.flights.WorkLocked(key)
	begins := f == nil
	if begins {
		f = p.startLocked(key, prepared, step, minTTL)
	}
	wait := f.JoinLocked(audience)
	p.mu.Unlock()
	if begins {
		p.options.Changed()
	}
	credentials, err := inflight.As[vaultcore.Credentials](wait(ctx))
	switch {
	case err == nil, ctx.Err() != nil:
		return credentials, err
	case errors.Is(err, context.Canceled):
		return vaultcore.Credentials{}, errLocked
	default:
		return p.fallBack(ctx, prepared, step, minTTL, err)
	}
}

// startLocked starts the flight to a step, under the pool's context.
func (p *Pool) startLocked(key string, prepared *Prepared, step int, minTTL time.Duration) *inflight.Work {
	of := flight{prepared.root(), prepared.Plan.Steps[step].Profile}
	do := func(ctx context.Context, _ *inflight.Work) (any, error) {
		return p.obtain(ctx, prepared, step, minTTL)
	}
	return p.flights.StartLocked(p.ctx, key, of, do, func(current bool, err error) func() {
		if current {
			delete(p.failures, key)
		}
		if errors.Is(err, vaultcore.ErrRefused) || errors.Is(err, vaultcore.ErrWrongAccount) || passing(err) {
			p.failures[key] = failure{err, now()}
		}
		return func() {
			p.options.Changed()
			p.timer.Notify()
		}
	})
}

// cutLocked ends the flights that match: all who wait get this error.
func (p *Pool) cutLocked(why error, match func(key string, f flight) bool) {
	p.flights.EndLocked(why, func(key string, data any) bool { return match(key, data.(flight)) })
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
	p.options.Log.WarnContext(ctx, "no new session; serving the one that is still valid", "profile", prepared.Plan.Profile, "error", err)
	return old.credentials, nil
}
