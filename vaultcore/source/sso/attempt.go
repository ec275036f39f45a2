package sso

import (
	"context"
	"fmt"
	"slices"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/broadcast"
)

// attempt is the getting of one token: from the keychain, by a refresh or by a person
// who signs in. All who want the token wait for it, whichever their profiles, and are
// the audience of its questions. It ends early when the last of them leaves, and so
// outlives the one who started it.
type attempt struct {
	source  *Source
	of      *signIn
	cancel  context.CancelFunc
	waiters []*waiter         // guarded by source.mu
	changed broadcast.Changed // anybody joined or left

	done  chan struct{} // closed when the next two are set
	token Token
	err   error
}

// waiter is one who waits for a token: all who want the credentials of one role.
type waiter struct{ audience vaultcore.Audience }

// Callers returns everybody who waits, longest first.
func (a *attempt) Callers() []*vaultcore.Caller {
	a.source.mu.Lock()
	waiters := slices.Clone(a.waiters)
	a.source.mu.Unlock()
	var callers []*vaultcore.Caller
	for _, w := range waiters {
		callers = append(callers, w.audience.Callers()...)
	}
	return callers
}

// Changed returns a channel that is closed when anybody joins or leaves.
func (a *attempt) Changed() <-chan struct{} { return a.changed.Next() }

// signedIn returns a token other than the one that was refused. All who want one at
// once wait for one attempt.
func (s *Source) signedIn(ctx context.Context, w want) (Token, error) {
	for {
		a, mine, started := s.join(ctx, w)
		token, err := a.wait(ctx, mine)
		if err == nil && !started && token.Access.Equal(w.refused) {
			continue // the attempt of others, who did not know yet
		}
		return token, err
	}
}

// join joins the attempt that is under way, or starts one.
func (s *Source) join(ctx context.Context, w want) (a *attempt, mine *waiter, started bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.entryLocked(w.of)
	mine = &waiter{vaultcore.AudienceOf(ctx)}
	if a = in.attempt; a == nil {
		a, started = &attempt{source: s, of: in, done: make(chan struct{})}, true
		in.attempt = a
		var life context.Context
		life, a.cancel = context.WithCancel(context.WithoutCancel(ctx)) // it is not only the first one's
		go a.run(vaultcore.WithAudience(life, a), w)
	}
	a.waiters = append(a.waiters, mine)
	a.changed.Notify()
	return a, mine, started
}

// run is the work of an attempt. A panic in it fails those who wait, and not the app
// with all its sessions.
func (a *attempt) run(ctx context.Context, w want) {
	defer a.cancel()
	defer func() {
		if fault := recover(); fault != nil {
			a.source.options.Log.ErrorContext(ctx, "signing in failed inside", "sign-in", w.of.Name(),
				"panic", fmt.Sprintf("%T", fault), "at", vaultcore.PanicSite())
			a.token, a.err = Token{}, vaultcore.Internal()
		}
		a.source.mu.Lock()
		a.overLocked()
		a.source.mu.Unlock()
		close(a.done)
	}()
	a.token, a.err = a.source.obtain(ctx, a.of, w)
}

// overLocked has who comes after start a new attempt.
func (a *attempt) overLocked() {
	if a.of.attempt == a {
		a.of.attempt = nil
	}
}

// wait waits for the token, as long as ctx lives.
func (a *attempt) wait(ctx context.Context, mine *waiter) (Token, error) {
	for changed := mine.audience.Changed(); ; {
		select {
		case <-a.done:
			return a.token, a.err
		case <-changed:
			changed = mine.audience.Changed()
			a.changed.Notify()
		case <-ctx.Done():
			a.leave(mine)
			return Token{}, ctx.Err()
		}
	}
}

// leave takes a waiter off an attempt. One that nobody waits for ends at once.
func (a *attempt) leave(mine *waiter) {
	a.source.mu.Lock()
	defer a.source.mu.Unlock()
	a.waiters = slices.DeleteFunc(a.waiters, func(other *waiter) bool { return other == mine })
	if len(a.waiters) == 0 {
		a.cancel()
		a.overLocked()
	}
	a.changed.Notify()
}
