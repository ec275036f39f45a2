package login

import (
	"context"
	"errors"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// lookAgain is how old what is known of a sign-in may be for a screen: AWS's own tools
// sign in and out as well.
const lookAgain = 15 * time.Second

// State is how the sign-in of a step stands. Where it was not looked at lately, that is
// done in the background, and Options.Changed is called when it is another.
func (s *Source) State(step plan.Step) vaultcore.SignInState {
	state := vaultcore.SignInState{Name: step.Profile, Kind: vaultcore.LoginSource}
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.entryLocked(step)
	if !in.looking && time.Since(in.seen.at) > lookAgain {
		in.looking = true
		go s.recheck(in)
	}
	if !in.seen.present {
		return state
	}
	state.SignedIn, state.Expires, state.Renews = in.seen.signedIn, in.seen.expires, true
	if state.SignedIn.IsZero() { // AWS's SDK for Go leaves the ID token out that says so
		state.SignedIn = in.seen.expires.Add(-longest)
		return state
	}
	state.Ends = in.seen.signedIn.Add(loginLife)
	return state
}

// recheck looks at a sign-in, asking nobody and changing nothing.
func (s *Source) recheck(in *signIn) {
	ctx, cancel := context.WithTimeout(context.Background(), lookAgain)
	defer cancel()
	e, err := in.file.read(ctx)
	s.mu.Lock()
	in.looking = false
	changed := in.noteLocked(e, err == nil)
	s.mu.Unlock()
	if changed {
		s.options.Changed()
	}
}

// Load looks at a sign-in: work in the background then knows that nobody need be asked.
func (s *Source) Load(ctx context.Context, step plan.Step) error {
	_, _ = s.look(ctx, s.known(step)) // what is wrong with the file is told to who uses it
	return ctx.Err()
}

// SignIn has a person sign in where nobody is; with Force in any case, after what lives
// was removed. It says whether it was needed. It may return: what [Source.Run] returns.
func (s *Source) SignIn(ctx context.Context, step plan.Step, way vaultcore.SignInWay) (fresh bool, warnings []string, err error) {
	if way.Force {
		if _, _, err = s.SignOut(ctx, step, nil); err != nil {
			return false, nil, err
		}
	}
	got, err := s.share(ctx, step, &way)
	return got.fresh, nil, err
}

// SignOut removes the sign-in of a step from AWS's cache, as `aws logout` does: AWS
// itself has no way to end it, and is not asked. It says whether there was one, and what
// lives on. It may return: ErrConfig.
func (s *Source) SignOut(_ context.Context, step plan.Step, _ error) (was bool, livesOn []string, err error) {
	s.mu.Lock()
	in := s.entryLocked(step)
	in.endLocked()
	s.mu.Unlock()
	s.attempts.End(in.file.path, errEnded)
	if was, err = in.file.remove(); err != nil {
		return was, nil, in.file.unusable("removed", err)
	}
	if was {
		livesOn = []string{
			"credentials that programs already have, for 15 min at most",
			"the browser's own session at AWS, where you can sign out as well",
		}
	}
	return was, livesOn, nil
}

// EndAll ends all sign-ins that are known, and those that are being made.
// [Source.RemoveAll] removes them from AWS's cache.
func (s *Source) EndAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for at, in := range s.signIns {
		in.endLocked()
		s.attempts.End(at.path, errEnded)
	}
}

// endLocked drops what is known of a sign-in.
func (in *signIn) endLocked() {
	in.ended++
	in.unsaved = nil
	in.seen = seen{at: time.Now()}
}

// RemoveAll removes the sign-ins that are known from AWS's cache. It may return:
// ErrConfig.
func (s *Source) RemoveAll(context.Context) error {
	s.mu.Lock()
	var known []file
	for at := range s.signIns {
		known = append(known, at)
	}
	s.mu.Unlock()
	var all error
	for _, at := range known {
		if _, err := at.remove(); err != nil {
			all = errors.Join(all, at.unusable("removed", err))
		}
	}
	return all
}
