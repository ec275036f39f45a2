package session

import "time"

const (
	// refreshAhead is how much life a session must have left to be handed out
	// when a fresh one can be had without a question: AWS SDKs run
	// credential_process again in the last 15 minutes of what it gave them.
	refreshAhead = 15 * time.Minute
	// minLife is how much life a session must have left to be handed out at all.
	minLife = time.Minute
	// roundTrip is taken off a demanded minimum, so that a session that was
	// made to measure a moment ago satisfies it.
	roundTrip = 30 * time.Second
)

// now is the time of the wall clock. A time that kept its monotonic reading
// would be compared by that, and a suspended machine's monotonic clock stands
// still while its sessions go on ending.
func now() time.Time { return time.Now().Round(0) }

// lives says whether the session can still be used for a request or two.
func (e *entry) lives(now time.Time) bool { return e.credentials.Left(now) > minLife }

// wanted is how much life a session must have left to be called fresh. Of a
// session whose whole life is short, half of it is asked: else a session of 15
// minutes would be renewed at each use.
func (e *entry) wanted() time.Duration {
	return min(refreshAhead, e.Expires.Sub(e.Issued)/2)
}

// servesLocked says whether e may be handed out for a step: it is fresh, or it
// lives and a fresh one would cost a question or failed a moment ago.
func (p *Pool) servesLocked(e *entry, prepared *Prepared, step int, minTTL time.Duration, now time.Time) bool {
	left := e.credentials.Left(now)
	switch {
	case left <= minLife:
		return false
	case minTTL > 0:
		most := e.Expires.Sub(e.Issued)
		if at := prepared.Plan.Steps[step]; at.Duration != 0 && !at.OrLess {
			most = at.Duration
		}
		return left >= min(minTTL, most)-roundTrip
	case left > e.wanted():
		return true
	default:
		return now.Before(e.retry) || p.asksLocked(prepared, step, now)
	}
}

// asksLocked says whether a step needs a person now.
func (p *Pool) asksLocked(prepared *Prepared, step int, now time.Time) bool {
	at := prepared.Plan.Steps[step]
	if p.source(at).Asks(at) {
		return true
	}
	if step == 0 {
		return false
	}
	if before := p.entryLocked(prepared, step-1); before != nil && before.lives(now) {
		return false
	}
	return p.asksLocked(prepared, step-1, now)
}

// Asks says whether the credentials of a plan would cost a question now: no session of its
// last step lives, and one that is to be made needs a person.
func (p *Pool) Asks(prepared *Prepared) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := now()
	if e := p.entryLocked(prepared, prepared.last()); e != nil && e.lives(now) {
		return false
	}
	return p.asksLocked(prepared, prepared.last(), now)
}

// Renews says whether the session of the last step renews without a question
// when its time comes: it could, and Options.Keep wants it. A session that is
// still to be made will be in use.
func (p *Pool) Renews(prepared *Prepared) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := now()
	inUse := true
	if e := p.entryLocked(prepared, prepared.last()); e != nil && e.lives(now) {
		inUse = !e.Used.Before(now.Add(e.Issued.Sub(e.Expires)))
	}
	return !p.asksLocked(prepared, prepared.last(), now) && p.options.Keep(prepared.Plan.Profile, inUse)
}
