package session

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// errEnded is told to those who wait for a session that was ended.
var errEnded = vaultcore.Faultf(vaultcore.ErrCanceled, "the session was ended while it was being created").WithHint("try again")

// errLocked is told to those who wait while everything is locked or stopped.
var errLocked = vaultcore.Faultf(vaultcore.ErrLocked, "Vaultbar was locked or stopped meanwhile").
	WithHint("unlock it with `vaultbar unlock`, then try again")

// Whoever ends sessions means that they are not used any more, so that comes
// first: memory is emptied, then the journal says so, then the archive removes
// what it has saved. An archive that cannot is told about, and tried again when
// what it holds is next loaded.

// End ends the sessions of a profile, however long they were to live and whatever
// region they are for, and returns how many there were. Those that are being made
// are not handed out either. find makes the profile's plan, by which a session is
// found that it shares with another profile; it may need the keychain. It may
// return: ErrKeychain when sessions have ended, but not their saved copies, and
// what find returns.
func (p *Pool) End(ctx context.Context, profile string, find func(context.Context) (*Prepared, error)) (int, error) {
	gone, n := p.end(profile, nil)
	prepared, err := find(ctx)
	if n == 0 && (errors.Is(err, vaultcore.ErrNoProfile) || errors.Is(err, vaultcore.ErrNoCredentials) || errors.Is(err, vaultcore.ErrConfig)) {
		return 0, err
	}
	if err == nil {
		err = p.Load(ctx)
	}
	if err == nil {
		_, err = p.learnID(ctx, prepared)
	}
	more, m := p.end(profile, prepared)
	gone, n = append(gone, more...), n+m
	noted := p.options.Journal.EndProfile(profile, gone...)
	if removal := p.ended(ctx, gone); err == nil {
		err = removal
	}
	return n, p.unremoved(ctx, n, err, noted)
}

// end ends in memory the sessions of a profile, and the last one of its plan, where it
// has a plan.
func (p *Pool) end(profile string, prepared *Prepared) (gone []string, lived int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key, fingerprint := "", ""
	if prepared != nil {
		key = prepared.flightKey(prepared.last())
		if id, known := p.id(prepared); known {
			fingerprint = prepared.fingerprint(id, prepared.last())
		}
	}
	p.cutLocked(errEnded, func(other string, f flight) bool { return other == key || f.profile == profile })
	return p.dropLocked(func(other string, e *entry) bool { return other == fingerprint || e.profile == profile })
}

// EndAll ends every session, those that are being made too, and returns how
// many there were. What the keychain holds is removed unread, so that this
// needs no passphrase and removes what cannot be read. It may return:
// ErrKeychain when they have ended, but not all saved copies.
func (p *Pool) EndAll(ctx context.Context) (int, error) {
	p.mu.Lock()
	p.cutLocked(errEnded, func(string, flight) bool { return true })
	gone, lived := p.dropLocked(func(string, *entry) bool { return true })
	p.mu.Unlock()
	noted := p.options.Journal.EndAll()
	saved, err := p.options.Archive.SessionIDs(ctx)
	for _, fingerprint := range saved {
		if !slices.Contains(gone, fingerprint) {
			lived++
		}
	}
	if removal := p.ended(ctx, append(gone, saved...)); err == nil {
		err = removal
	}
	p.mu.Lock()
	p.loaded = true // there is nothing left to load
	p.mu.Unlock()
	return lived, p.unremoved(ctx, lived, err, noted)
}

// Forget ends every session that came from the key of this name, those that are
// being made too, and unlearns the key: it was replaced or removed. It may
// return: ErrKeychain when they have ended, but not all saved copies.
func (p *Pool) Forget(ctx context.Context, root string) (int, error) {
	p.mu.Lock()
	each(p, func(l Learner) { l.Forget(root) })
	p.cutLocked(errEnded, func(_ string, f flight) bool { return f.root == root })
	gone, lived := p.dropLocked(func(_ string, e *entry) bool { return e.root == root })
	p.mu.Unlock()
	noted := p.options.Journal.EndRoot(root)
	return lived, p.unremoved(ctx, lived, p.ended(ctx, gone), noted)
}

// unremoved is the failure to remove the saved copies of sessions that have ended.
// unnoted is why the journal does not say so either, if it does not.
func (p *Pool) unremoved(ctx context.Context, n int, err, unnoted error) error {
	p.options.Changed()
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		p.unwritten(ctx, unnoted)
		return nil
	}
	p.mu.Lock()
	p.loaded = false // the next session that is made looks again what the keychain has
	p.mu.Unlock()
	fault := vaultcore.Faultf(vaultcore.ErrKeychain, "%s, but the saved copies could not be removed: %v", ended(n), err).WithCause(err)
	if unnoted != nil {
		return fault.WithHint("nor could it be recorded that they ended (%v): after a restart of Vaultbar they may be used again; end them again when the keychain is back", unnoted)
	}
	return fault.WithHint("they are no longer used, and are removed when the keychain is back; to end them at AWS, revoke the role's sessions or deactivate the key there")
}

func ended(n int) string {
	switch n {
	case 0:
		return "no session was in use"
	case 1:
		return "1 session ended"
	default:
		return fmt.Sprintf("%d sessions ended", n)
	}
}

// Lock forgets every session and key id, and ends all work under way with its
// open questions. What the keychain holds stays there: Load takes it up again.
func (p *Pool) Lock() {
	p.mu.Lock()
	p.cutLocked(errLocked, func(string, flight) bool { return true })
	clear(p.sessions)
	each(p, Keeper.ForgetAll)
	p.loaded = false
	p.mu.Unlock()
	p.options.Changed()
	p.timer.Notify()
}

// dropLocked forgets the sessions that match, and returns their fingerprints
// and how many of them lived.
func (p *Pool) dropLocked(match func(fingerprint string, e *entry) bool) (gone []string, lived int) {
	clear(p.failures) // who ends sessions means to begin anew
	now := now()
	for fingerprint, e := range p.sessions {
		if !match(fingerprint, e) {
			continue
		}
		if e.lives(now) {
			lived++
		}
		gone = append(gone, fingerprint)
		delete(p.sessions, fingerprint)
	}
	return gone, lived
}

// ended tells of sessions that were dropped and removes them from the keychain.
func (p *Pool) ended(ctx context.Context, gone []string) error {
	p.options.Changed()
	p.timer.Notify()
	return p.unsave(ctx, gone)
}

// sweepLocked forgets the sessions that have ended by themselves, and returns
// their fingerprints; and the failures that nobody shares any more.
func (p *Pool) sweepLocked() []string {
	now := now()
	maps.DeleteFunc(p.failures, func(_ string, f failure) bool { return now.Sub(f.at) >= failureLife })
	var gone []string
	for fingerprint, e := range p.sessions {
		if !e.lives(now) {
			gone = append(gone, fingerprint)
			delete(p.sessions, fingerprint)
		}
	}
	return gone
}

// tidy removes sessions that are of no more use from the keychain. Where that
// would ask a person they stay, until the next start. It says whether all are gone.
func (p *Pool) tidy(ctx context.Context, gone []string) (done bool) {
	err := p.unsave(ctx, gone)
	if err != nil && ctx.Err() == nil && !errors.Is(err, vaultcore.ErrLocked) {
		p.options.Log.WarnContext(ctx, "an ended session could not be removed from the keychain", "error", err)
	}
	return err == nil
}
