package session

import (
	"context"
	"maps"
	"math"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

const (
	// renewFrom and renewBy are the parts of its life between which a session
	// in use is renewed: around 80 %, spread so that AWS is not asked for many
	// at once.
	renewFrom, renewBy = 0.7, 0.9
	// renewLeft is how much life a session that is renewed has left at least.
	renewLeft = 5 * time.Minute
	// renewPause is how long a session whose renewal failed is left alone.
	renewPause = time.Minute
	// longestWait bounds the timer, because a suspended machine's timers stand
	// still while sessions go on ending.
	longestWait = 5 * time.Minute
)

// Run renews sessions ahead of their end until ctx ends: those that can be had
// without a question and that Options.Keep wants.
func (p *Pool) Run(ctx context.Context) error {
	for {
		p.renewDue(ctx)
		wait := time.NewTimer(p.untilDue(now()))
		select {
		case <-wait.C:
		case <-p.timer:
		case <-ctx.Done():
			wait.Stop()
			return nil
		}
		wait.Stop()
	}
}

// Resume makes the renewal loop look at the deadlines again, as the machine slept and
// timers stood still, or has a new way to the network: what failed is tried again at once.
func (p *Pool) Resume() {
	p.mu.Lock()
	for _, e := range p.sessions {
		e.retry = time.Time{}
	}
	maps.DeleteFunc(p.failures, func(_ string, f failure) bool { return passing(f.err) })
	p.mu.Unlock()
	p.timer.Notify()
}

// dueLocked is when a session is to be renewed, and whether it is at all.
func (p *Pool) dueLocked(e *entry, now time.Time) (time.Time, bool) {
	life := e.Expires.Sub(e.Issued)
	if e.prepared == nil || !e.lives(now) || p.asksLocked(e.prepared, e.step, now) {
		return time.Time{}, false
	}
	inUse := !e.Used.Before(now.Add(-life))
	if !inUse && e.prepared.Plan.Steps[e.step].Agent != "" {
		return time.Time{}, false // an agent's is never renewed for nobody
	}
	if !p.options.Keep(e.prepared.Plan.Profile, inUse) {
		return time.Time{}, false
	}
	at := e.Expires.Add(-renewalLeft(life, e.phase))
	if at.Before(e.retry) {
		at = e.retry
	}
	return at, true
}

// renewalLeft is how much of its life a session has left when it is renewed.
// phase, 0 to 1, says where in the time for renewals that is. The time of a
// short session comes earlier, so that none runs down to its last minutes.
func renewalLeft(life time.Duration, phase float64) time.Duration {
	part := func(of float64) time.Duration { return time.Duration(of * float64(life)) }
	least := max(part(1-renewBy), min(renewLeft, life/2))
	return least + part((1-phase)*(renewBy-renewFrom))
}

// phaseLocked gives each new session another phase than those before it. The
// multiples of the golden ratio lie more evenly than chance would have it: a
// hundred sessions of an hour that end at once are renewed ten in a minute at
// most.
func (p *Pool) phaseLocked() float64 {
	p.made++
	_, phase := math.Modf(float64(p.made) / math.Phi)
	return phase
}

// untilDue is how long nothing is due.
func (p *Pool) untilDue(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	next, any := time.Duration(longestWait), false
	for _, e := range p.sessions {
		if at, ok := p.dueLocked(e, now); ok {
			any = true
			next = min(next, at.Sub(now))
		}
	}
	if !any {
		return 24 * time.Hour // a new session wakes the loop
	}
	return max(next, time.Second)
}

// renewDue renews every session whose time has come, each in a flight of its
// own that programs may join, and clears away those that have ended.
func (p *Pool) renewDue(ctx context.Context) {
	p.mu.Lock()
	now := now()
	var due []entry
	for _, e := range p.sessions {
		if at, ok := p.dueLocked(e, now); ok && !at.After(now) {
			e.retry = now.Add(renewPause)
			due = append(due, *e)
		}
	}
	ended := p.sweepLocked()
	p.mu.Unlock()
	if len(ended) > 0 {
		go p.tidy(ctx, ended)
	}
	for _, e := range due {
		go p.renew(ctx, e)
	}
}

// renew gets a fresh session in place of e, asking nobody. It demands more life
// than e has left, which a new session always has.
func (p *Pool) renew(ctx context.Context, e entry) {
	_, err := p.join(ctx, vaultcore.AudienceOf(ctx), e.prepared, e.step, e.credentials.Left(now())+2*roundTrip)
	if ctx.Err() != nil {
		return
	}
	p.options.Renewed(e.prepared.Plan.Profile, err)
}
