package sso

import (
	"context"
	"errors"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// State is how the sign-in of a step stands, as far as is known without asking the
// keychain. Which profiles use it is not known here.
func (s *Source) State(step plan.Step) vaultcore.SignInState {
	of := step.Source.SignIn
	state := vaultcore.SignInState{Name: of.Name(), Kind: vaultcore.SSOSource, StartURL: of.StartURL}
	s.mu.Lock()
	defer s.mu.Unlock()
	token := s.entryLocked(of).token
	if token.Access.IsZero() || token.Refresh.IsZero() && !token.lives(time.Now()) {
		return state
	}
	state.SignedIn, state.Expires, state.Renews = token.SignedIn, token.Expires, !token.Refresh.IsZero()
	if !state.Renews {
		state.Ends = token.Expires
	}
	return state
}

// SignIn has a person sign in where nobody is; with Force in any case, after what
// lives has been ended at AWS. It says whether it was needed. It may return: what
// [Source.Run] returns.
func (s *Source) SignIn(ctx context.Context, step plan.Step, way vaultcore.SignInWay) (fresh bool, err error) {
	at, err := s.place(step)
	if err != nil {
		return false, err
	}
	if way.Force {
		if _, _, err = s.SignOut(ctx, step); err != nil {
			return false, err
		}
	}
	before := s.State(step).SignedIn
	token, err := s.signedIn(ctx, want{of: step.Source.SignIn, at: at, proxy: step.Via.Proxy})
	return err == nil && !token.SignedIn.Equal(before), err
}

// SignOut ends the sign-in of a step: nothing comes of it any more, here first, then
// at AWS, then in the keychain. It says whether there was one, and what lives on, a
// sentence each. It may return: ErrKeychain when it has ended, but its saved copy is
// there still; ErrCanceled.
func (s *Source) SignOut(ctx context.Context, step plan.Step) (was bool, livesOn []string, err error) {
	of := step.Source.SignIn
	token, read := s.end(of)
	var unread error
	if !read {
		token, unread = s.saved(ctx, of) // before the journal says that it has ended
	}
	noted := s.options.Journal.EndSignIn(idOf(of))
	switch {
	case unread != nil:
		livesOn = append(livesOn, "the sign-in session at AWS, since its token could not be read to end it ("+unread.Error()+")")
	case !token.Access.IsZero():
		livesOn = append(s.logOut(ctx, step, token),
			"credentials that programs have already been given, until they end",
			"the browser's own session at "+vaultcore.Printable(of.StartURL)+", where you can sign out as well")
	}
	err = s.options.Archive.RemoveSignIn(context.WithoutCancel(ctx), idOf(of))
	switch {
	case err == nil:
		noted = s.options.Journal.GoneSignIn(idOf(of))
	case noted != nil: // neither removed nor written down
		err = errors.Join(err, noted)
	}
	if err == nil && noted != nil {
		s.options.Log.Warn("the journal of ended sign-ins could not be written", "error", noted)
	}
	return !token.Access.IsZero(), livesOn, err
}

// end drops a sign-in from memory, and returns the token that was there.
func (s *Source) end(of vaultcore.SignIn) (token Token, read bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.entryLocked(of)
	token, read = in.token, in.read
	in.endLocked()
	return token, read
}

// logOut ends the sign-in session at AWS, which takes a token that lives. It returns
// what could not be ended.
func (s *Source) logOut(ctx context.Context, step plan.Step, token Token) (livesOn []string) {
	of := step.Source.SignIn
	at, err := s.place(step)
	if err == nil && !token.lives(time.Now()) {
		token, err = NewAuthority(of, at).Refresh(ctx, token)
	}
	if err == nil {
		err = NewPortal(of, at).SignOut(ctx, token.Access)
	}
	if err == nil || errors.Is(err, ErrSignInEnded) {
		return nil
	}
	return []string{"the sign-in session at AWS, which could not be ended there (" + err.Error() + ")"}
}
