package sso

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/journal"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// This file is what a source remembers of sign-ins, in memory and in the keychain.

// moment is when work on a token begins: what it brings is not kept once the tokens
// were dropped or ended meanwhile.
type moment struct {
	dropped, ended int
	mark           int64 // of the journal
}

func (s *Source) now(of vaultcore.SignIn) moment {
	mark := s.options.Journal.Mark()
	s.mu.Lock()
	defer s.mu.Unlock()
	return moment{s.dropped, s.entryLocked(of).ended, mark}
}

// publish keeps a token in memory, unless all were dropped since a moment. It says
// whether the sign-in itself may be kept still.
func (s *Source) publish(of vaultcore.SignIn, token Token, since moment) (lives bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in := s.entryLocked(of)
	if in.ended == since.ended && s.dropped == since.dropped {
		in.token, in.read = token, true
	}
	if token.Lasts != 0 {
		in.lasts = token.Lasts
	}
	return in.ended == since.ended
}

// signIn is one sign-in, or its lack.
type signIn struct {
	of vaultcore.SignIn

	step  *plan.Step // guarded by Source.mu: what it was asked for last by; nil when it was not
	token Token      // guarded by Source.mu: zero when there is none, or none is known
	read  bool       // guarded by Source.mu: the keychain was asked
	ended int        // guarded by Source.mu: how often it was ended

	lasts      time.Duration // guarded by Source.mu: how long the last one did; 0 when that is not known
	distrusted bool          // guarded by Source.mu: it was said that another tool's is not used
}

// lasts is how long the last sign-in lasted; 0 when that is not known.
func (s *Source) lasts(of vaultcore.SignIn) time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.entryLocked(of).lasts
}

// learn notes how long a sign-in lasted; 0 says nothing.
func (s *Source) learn(of vaultcore.SignIn, lasted time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if lasted != 0 {
		s.entryLocked(of).lasts = lasted
	}
}

// askedBy remembers by which step a sign-in is asked for.
func (s *Source) askedBy(step plan.Step) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entryLocked(step.Source.SignIn).step = &step
}

// atHand is the token in memory; zero when there is none, or none is known.
func (s *Source) atHand(of vaultcore.SignIn) Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.entryLocked(of).token
}

func (s *Source) entryLocked(of vaultcore.SignIn) *signIn {
	id := idOf(of)
	in := s.signIns[id]
	if in == nil {
		in = &signIn{of: of}
		s.signIns[id] = in
	}
	return in
}

// idOf names a sign-in in the keychain: two sessions with one start URL are two
// sign-ins, since they may be two people's.
func idOf(of vaultcore.SignIn) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "vaultbar sign-in 1\n%q %q %q %q\n", of.Session, of.StartURL, of.Region, of.Scopes))
	return hex.EncodeToString(sum[:])
}

// known returns the token at hand; the zero Token when there is none.
func (s *Source) known(ctx context.Context, of vaultcore.SignIn) (Token, error) {
	begun := s.now(of)
	s.mu.Lock()
	in := s.entryLocked(of)
	token, read := in.token, in.read
	s.mu.Unlock()
	if read {
		return token, nil
	}
	token, err := s.saved(ctx, of)
	if err != nil {
		return Token{}, err
	}
	if !s.publish(of, token, begun) {
		token = Token{}
	}
	s.share(of)
	return token, nil
}

// saved reads the token that the keychain has; the zero Token when there is none, or
// it has ended.
func (s *Source) saved(ctx context.Context, of vaultcore.SignIn) (Token, error) {
	kept, err := s.options.Archive.SignIn(ctx, idOf(of))
	if err != nil || kept.IsZero() {
		return Token{}, err
	}
	token, err := ParseToken(kept)
	if err != nil {
		s.options.Log.Warn("a saved sign-in is not used", "sign-in", of.Name(), "error", err)
		return Token{}, nil
	}
	if s.options.Journal.Ended(journal.Saved{SignIn: idOf(of), Mark: token.Mark}) {
		return Token{}, nil
	}
	return token, nil
}

// keep publishes a token that was begun to be made at a moment, and saves it. A
// keychain that cannot be written costs a sign-in after the next restart, so it fails
// nobody. Its mark is that of the beginning: should all be ended while it is saved,
// the journal says so of this one too.
func (s *Source) keep(ctx context.Context, of vaultcore.SignIn, token Token, begun moment) {
	token.Mark, token.Lasts = begun.mark, s.lasts(of)
	if !s.publish(of, token, begun) {
		return
	}
	s.share(of)
	ctx = context.WithoutCancel(ctx) // AWS has given the token: it is not lost with those who wait
	record, err := token.Record()
	if err == nil {
		err = s.options.Archive.SaveSignIn(ctx, idOf(of), record)
	}
	if err != nil {
		s.options.Log.Warn("a sign-in could not be saved; it lasts until the app ends", "sign-in", of.Name(), "error", err)
	}
}
