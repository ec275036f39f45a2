package session

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

const (
	// renewAt is the part of its life after which a session in use is renewed.
	renewAt = 0.8
	// renewSpread is how far around that moment renewals are spread.
	renewSpread = 0.1
	// renewPause is how long a session whose renewal failed is left alone.
	renewPause = time.Minute
	// longestNap bounds the timer, because a suspended machine's timers stand
	// still while sessions go on ending.
	longestNap = 5 * time.Minute
)

// Run renews sessions ahead of their end until ctx ends: those that can be had
// without a question and that Options.Keep wants.
func (p *Pool) Run(ctx context.Context) error {
	for {
		p.renewDue(ctx)
		nap := time.NewTimer(p.nap(time.Now()))
		select {
		case <-nap.C:
		case <-p.timer:
		case <-ctx.Done():
			nap.Stop()
			return nil
		}
		nap.Stop()
	}
}

// wake makes the renewal loop look at the deadlines again.
func (p *Pool) wake() {
	select {
	case p.timer <- struct{}{}:
	default: // a wake-up is already waiting and will see this change too
	}
}

// dueLocked is when a session is to be renewed, and whether it is at all.
func (p *Pool) dueLocked(e *entry, now time.Time) (time.Time, bool) {
	life := e.Expires.Sub(e.Issued)
	if e.walk == nil || !e.lives(now) || !p.silentLocked(e.walk, e.step, now) {
		return time.Time{}, false
	}
	if inUse := !e.Used.Before(now.Add(-life)); !p.options.Keep(e.walk.Plan.Profile, inUse) {
		return time.Time{}, false
	}
	spread := (rand.New(rand.NewPCG(uint64(e.Expires.UnixNano()), 1)).Float64()*2 - 1) * renewSpread
	at := e.Issued.Add(time.Duration((renewAt + spread) * float64(life)))
	if at.Before(e.retry) {
		at = e.retry
	}
	return at, true
}

// nap is how long nothing is due.
func (p *Pool) nap(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	next, any := time.Duration(longestNap), false
	for _, e := range p.sessions {
		if at, ok := p.dueLocked(e, now); ok {
			any = true
			next = min(next, at.Round(0).Sub(now.Round(0)))
		}
	}
	if !any {
		return 24 * time.Hour // a new session wakes the loop
	}
	return max(next, time.Second)
}

// renewDue renews every session whose time has come, each in a flight of its
// own that programs may join.
func (p *Pool) renewDue(ctx context.Context) {
	p.mu.Lock()
	now := time.Now()
	var due []entry
	for _, e := range p.sessions {
		if at, ok := p.dueLocked(e, now); ok && !at.After(now) {
			e.retry = now.Add(renewPause)
			due = append(due, *e)
		}
	}
	p.mu.Unlock()
	for _, e := range due {
		go p.renew(ctx, e)
	}
}

// renew gets a fresh session in place of e, asking nobody. It demands more life
// than e has left, which a new session always has.
func (p *Pool) renew(ctx context.Context, e entry) {
	_, err := p.board(ctx, vaultcore.AudienceOf(ctx), e.walk, e.step, e.credentials.Left(time.Now())+2*roundTrip)
	if ctx.Err() != nil {
		return
	}
	p.options.Renewed(e.walk.Plan.Profile, err)
	if err != nil {
		p.options.Log.WarnContext(ctx, "a session could not be renewed", "profile", e.walk.Plan.Profile, "error", err)
	}
}
