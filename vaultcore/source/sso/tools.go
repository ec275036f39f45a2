package sso

import (
	"context"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/source/person"
	"github.com/vaultbar/vaultbar/vaultcore/source/ssocache"
)

// awsLogin is how a person knows what made a sign-in that is not ours.
const awsLogin = "aws sso login"

// theirs is the sign-in that another of AWS's tools has made and that lives, or the
// zero Token. It is used and never kept: their refresh token has one owner.
func (s *Source) theirs(of vaultcore.SignIn) Token {
	found, err := s.options.Cache.Read(of)
	if err != nil {
		s.distrust(of, err)
		return Token{}
	}
	token := Token{Access: found.Access, Expires: found.Expires, SignedIn: found.Written}
	if !token.lives(time.Now()) {
		return Token{}
	}
	return token
}

// distrust says once why another tool's sign-in is not used.
func (s *Source) distrust(of vaultcore.SignIn, why error) {
	s.mu.Lock()
	in := s.entryLocked(of)
	news := !in.distrusted
	in.distrusted = true
	s.mu.Unlock()
	if news {
		s.options.Log.Warn("a sign-in of "+awsLogin+" is not used", "sign-in", of.Name(), "error", why)
	}
}

// share leaves the token in memory for AWS's other tools, where the person wants it
// so, and keeps it fresh there; else it takes away what was left.
func (s *Source) share(of vaultcore.SignIn) {
	s.sharing.Lock() // what is left there in the end is what was in memory last
	defer s.sharing.Unlock()
	token := s.atHand(of)
	var err error
	if s.options.Share != nil && s.options.Share() && token.lives(time.Now()) {
		err = s.options.Cache.Write(of, ssocache.Token{Access: token.Access, Expires: token.Expires})
		s.refreshLater(of, token)
	} else {
		err = s.options.Cache.Remove(of)
	}
	if err != nil {
		s.options.Log.Warn("a sign-in could not be shared with AWS's tools as it should", "sign-in", of.Name(), "error", err)
	}
}

// ShareAnew shares all sign-ins, or none any more, as the person now wants it.
func (s *Source) ShareAnew() {
	s.mu.Lock()
	var all []vaultcore.SignIn
	for _, in := range s.signIns {
		all = append(all, in.of)
	}
	s.mu.Unlock()
	for _, of := range all {
		s.share(of)
	}
}

// refreshLater has a token refreshed ahead of its end, though no program of ours asks.
func (s *Source) refreshLater(of vaultcore.SignIn, token Token) {
	if token.Refresh.IsZero() {
		return
	}
	time.AfterFunc(max(time.Until(token.Expires)-refreshAhead, time.Second), func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := s.refresh(ctx, of, token); err != nil {
			s.options.Log.Warn("a shared sign-in could not be refreshed", "sign-in", of.Name(), "error", err)
		}
	})
}

// refresh replaces a token in memory by a fresh one; it does nothing where the token is
// there no more, or where nobody has allowed that it is sent by the way that was last used.
func (s *Source) refresh(ctx context.Context, of vaultcore.SignIn, token Token) error {
	_, err := person.Share(ctx, s.attempts, idOf(of), nil, func(ctx context.Context, _ *person.Attempt) (Token, error) {
		begun := s.now(of)
		s.mu.Lock()
		in := s.entryLocked(of)
		now, step := in.token, in.step
		s.mu.Unlock()
		if step == nil || !now.Access.Equal(token.Access) || s.options.Allows != nil && !s.options.Allows(*step) {
			return now, nil
		}
		at, err := s.target(*step)
		if err != nil {
			return now, err
		}
		fresh, err := NewAuthority(of, at).Refresh(ctx, token)
		if err == nil {
			s.keep(ctx, of, fresh, begun)
		}
		return fresh, err
	})
	return err
}
