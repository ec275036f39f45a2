package session

import (
	"context"
	"errors"
	"maps"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// errEnded is told to those who wait for a session that was ended.
var errEnded = vaultcore.Faultf(vaultcore.ErrCanceled, "the session was ended while it was being made").WithHint("try again")

// errLocked is told to those who wait while everything is locked or stopped.
var errLocked = vaultcore.Faultf(vaultcore.ErrLocked, "Vaultbar was locked or stopped meanwhile").
	WithHint("unlock it with `vaultbar unlock`, then try again")

// End ends the session of the last step of walk, and says whether there was
// one. One that is being made is not handed out either.
func (p *Pool) End(ctx context.Context, walk *Walk) (bool, error) {
	if err := p.Load(ctx); err != nil {
		return false, err
	}
	if _, err := p.learnKeyID(ctx, walk.root()); err != nil {
		return false, err
	}
	p.mu.Lock()
	id, mine := walk.fingerprint(p.keyIDs[walk.root()], walk.last()), walk.berth(walk.last())
	p.cutLocked(errEnded, func(berth string, _ *flight) bool { return berth == mine })
	gone, lived := p.dropLocked(func(print string, _ *entry) bool { return print == id })
	p.mu.Unlock()
	return lived > 0, p.ended(ctx, gone)
}

// EndAll ends every session, those that are being made too, and returns how
// many there were. What the keychain holds is removed unread, so that this
// needs no passphrase and removes what cannot be read.
func (p *Pool) EndAll(ctx context.Context) (int, error) {
	saved, err := p.options.Archive.SessionIDs(ctx)
	if err != nil {
		return 0, err
	}
	p.mu.Lock()
	p.loaded = true // there is nothing left to load
	n := 0
	for _, print := range saved {
		if p.sessions[print] == nil {
			n++
		}
	}
	p.cutLocked(errEnded, func(string, *flight) bool { return true })
	gone, lived := p.dropLocked(func(string, *entry) bool { return true })
	p.mu.Unlock()
	return lived + n, p.ended(ctx, append(gone, saved...))
}

// Forget ends every session that came from the key of this name, those that are
// being made too, and unlearns the key: it was replaced or removed.
func (p *Pool) Forget(ctx context.Context, root string) (int, error) {
	p.mu.Lock()
	delete(p.keyIDs, root)
	p.forgotten[root]++
	p.cutLocked(errEnded, func(_ string, f *flight) bool { return f.root == root })
	gone, lived := p.dropLocked(func(_ string, e *entry) bool { return e.root == root })
	p.mu.Unlock()
	return lived, p.ended(ctx, gone)
}

// Lock forgets every session and key id, and ends all work under way with its
// open questions. What the keychain holds stays there: Load takes it up again.
func (p *Pool) Lock() {
	p.mu.Lock()
	p.cutLocked(errLocked, func(string, *flight) bool { return true })
	clear(p.sessions)
	clear(p.keyIDs)
	p.locks++
	p.loaded = false
	p.mu.Unlock()
	p.options.Changed()
	p.wake()
}

// cutLocked ends the flights that match: whatever they bring is not kept.
func (p *Pool) cutLocked(why error, match func(berth string, f *flight) bool) {
	for berth, f := range p.flights {
		if !match(berth, f) {
			continue
		}
		f.cut = why
		f.cancel()
		delete(p.flights, berth)
	}
}

// dropLocked forgets the sessions that match, and returns their fingerprints
// and how many of them lived.
func (p *Pool) dropLocked(match func(print string, e *entry) bool) (gone []string, lived int) {
	clear(p.failures) // who ends sessions means to begin anew
	now := wall()
	for print, e := range p.sessions {
		if !match(print, e) {
			continue
		}
		if e.lives(now) {
			lived++
		}
		gone = append(gone, print)
		delete(p.sessions, print)
	}
	return gone, lived
}

// ended tells of sessions that were dropped and removes them from the keychain.
func (p *Pool) ended(ctx context.Context, gone []string) error {
	p.options.Changed()
	p.wake()
	return p.unsave(ctx, gone)
}

// sweepLocked forgets the sessions that have ended by themselves, and returns
// their fingerprints; and the failures that nobody shares any more.
func (p *Pool) sweepLocked() []string {
	now := wall()
	maps.DeleteFunc(p.failures, func(_ string, f failure) bool { return now.Sub(f.at) >= failureLife })
	var gone []string
	for print, e := range p.sessions {
		if !e.lives(now) {
			gone = append(gone, print)
			delete(p.sessions, print)
		}
	}
	return gone
}

// tidy removes sessions that are of no more use from the keychain. Where that
// would ask a person they stay, until the next start.
func (p *Pool) tidy(ctx context.Context, gone []string) {
	err := p.unsave(ctx, gone)
	if err != nil && ctx.Err() == nil && !errors.Is(err, vaultcore.ErrLocked) {
		p.options.Log.WarnContext(ctx, "an ended session could not be removed from the keychain", "error", err)
	}
}
