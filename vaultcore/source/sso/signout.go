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
	token := s.atHand(of)
	if token.Access.IsZero() || token.Refresh.IsZero() && !token.lives(time.Now()) {
		if token = s.theirs(of); token.Access.IsZero() {
			return state
		}
		state.Tool = awsLogin
	}
	state.SignedIn, state.Expires, state.Renews, state.Ends = token.SignedIn, token.Expires, !token.Refresh.IsZero(), token.Ends()
	return state
}

// SignIn has a person sign in where nobody is; with Force in any case, after what
// lives has been ended at AWS. It says whether it was needed. It may return: what
// [Source.Run] returns.
func (s *Source) SignIn(ctx context.Context, step plan.Step, way vaultcore.SignInWay) (fresh bool, warnings []string, err error) {
	of := step.Source.SignIn
	at, err := s.target(step)
	if err != nil {
		return false, nil, err
	}
	before, err := s.known(ctx, of)
	if err != nil {
		return false, nil, err
	}
	if way.Force && !before.Access.IsZero() {
		_, unended, err := s.signOut(ctx, step, nil)
		if err != nil {
			return false, nil, err
		}
		if unended != nil {
			warnings = []string{"the new sign-in ends when the old one would have: that could not be ended at AWS (" + unended.Error() + ")"}
		}
	}
	token, err := s.signedIn(ctx, want{of: of, at: at, step: step, way: &way})
	return err == nil && !token.SignedIn.Equal(before.SignedIn), warnings, err
}

// errEnded is told to those who wait for a sign-in that was ended.
var errEnded = vaultcore.Faultf(vaultcore.ErrCanceled, "the sign-in was ended while it was being made").WithHint("try again")

// SignOut ends the sign-in of a step: nothing comes of it any more, here first, then
// at AWS, then in the keychain. Unasked is why AWS may not be asked by the way of the
// step; nil where it may. It says whether there was one, and what lives on, a sentence
// each. It may return: ErrKeychain when it has ended, but its saved copy is there still;
// ErrCanceled.
func (s *Source) SignOut(ctx context.Context, step plan.Step, unasked error) (was bool, livesOn []string, err error) {
	token, unended, err := s.signOut(ctx, step, unasked)
	if unended != nil {
		livesOn = append(livesOn, "the sign-in session at AWS, which could not be ended there: "+unended.Error())
	}
	if was = !token.Access.IsZero(); was {
		livesOn = append(livesOn,
			"credentials that programs already have, until they expire",
			"the browser's own session at "+vaultcore.Printable(step.Source.SignIn.StartURL)+": sign out there too")
	}
	if !s.theirs(step.Source.SignIn).Access.IsZero() {
		livesOn = append(livesOn, "the sign-in of `"+awsLogin+"`: `aws sso logout` ends it")
	}
	return was, livesOn, err
}

// signOut ends a sign-in, and returns the token that there was. Unasked is why AWS may not
// be asked to end its session there, and unended why that was not ended.
func (s *Source) signOut(ctx context.Context, step plan.Step, unasked error) (token Token, unended, err error) {
	of := step.Source.SignIn
	token, read := s.end(of)
	if !read {
		token, unended = s.saved(ctx, of) // before the journal says that it has ended
	}
	noted := s.options.Journal.EndSignIn(idOf(of))
	switch {
	case token.Access.IsZero():
	case unasked != nil:
		unended = unasked
	default:
		unended = s.logOut(ctx, step, token)
	}
	if err = s.options.Archive.RemoveSignIn(context.WithoutCancel(ctx), idOf(of)); err != nil {
		return token, unended, errors.Join(err, noted)
	}
	if noted = s.options.Journal.GoneSignIn(idOf(of)); noted != nil { // it says too much, which costs nothing
		s.options.Log.Warn("the journal of ended sign-ins could not be written", "error", noted)
	}
	return token, unended, nil
}

// end drops a sign-in from memory, and returns the token that was there.
func (s *Source) end(of vaultcore.SignIn) (token Token, read bool) {
	s.mu.Lock()
	in := s.entryLocked(of)
	token, read = in.token, in.read
	in.endLocked()
	s.attempts.End(idOf(of), errEnded)
	s.mu.Unlock()
	s.share(of)
	return token, read
}

// logOut ends the sign-in session at AWS, which takes a token that lives.
func (s *Source) logOut(ctx context.Context, step plan.Step, token Token) error {
	of := step.Source.SignIn
	at, err := s.target(step)
	if err == nil && !token.lives(time.Now()) {
		token, err = NewAuthority(of, at).Refresh(ctx, token)
	}
	if err == nil {
		err = NewPortal(of, at).SignOut(ctx, token.Access)
	}
	if errors.Is(err, ErrSignInEnded) {
		return nil
	}
	return err
}
