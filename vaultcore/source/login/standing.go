package login

import (
	"context"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// signIn is one sign-in, or its lack.
type signIn struct {
	file file

	seen    seen             // guarded by Source.mu, as what follows
	looking bool             // it is being looked at
	handed  string           // the access key id that was handed out last
	refused vaultcore.Secret // the refresh token that AWS takes no more
	ended   int              // how often it was ended
	unsaved *unsaved
}

// seen is how a sign-in stood at a time.
type seen struct {
	at       time.Time // zero: not looked at yet
	present  bool      // there is one that AWS has not refused
	signedIn time.Time
	expires  time.Time // of its credentials
}

// unsaved is what came of a refresh and could not be written.
type unsaved struct{ from, entry Entry }

// look reads the file, and remembers how it stands.
func (s *Source) look(ctx context.Context, in *signIn) (Entry, error) {
	e, err := in.file.read(ctx)
	s.mu.Lock()
	kept := in.unsaved
	s.mu.Unlock()
	if kept != nil {
		if err == nil && e.same(kept.from) {
			e = kept.entry
			if err := in.file.replace(ctx, kept.from, kept.entry); err == nil {
				kept = nil
			}
		} else {
			kept = nil // it has another by now
		}
	}
	if ctx.Err() != nil {
		return Entry{}, ctx.Err()
	}
	s.mu.Lock()
	in.unsaved = kept
	changed := in.noteLocked(e, err == nil)
	s.mu.Unlock()
	if changed {
		s.options.Changed()
	}
	return e, err
}

// noteLocked remembers how a sign-in stands, and says whether a screen would show that.
func (in *signIn) noteLocked(e Entry, ok bool) (changed bool) {
	now := seen{at: time.Now()}
	if ok && !e.Refresh.Equal(in.refused) {
		now.present, now.signedIn, now.expires = true, e.SignedIn, e.Credentials.Expires
	}
	before := in.seen
	in.seen = now
	before.at = now.at
	return before != now
}

// note remembers how a sign-in stands that was got, unless it was ended meanwhile.
func (s *Source) note(in *signIn, e Entry, begun int) error {
	s.mu.Lock()
	over := in.ended != begun
	changed := !over && in.noteLocked(e, true)
	s.mu.Unlock()
	switch {
	case over:
		return errEnded
	case changed:
		s.options.Changed()
	}
	return nil
}

// ends is how often a sign-in was ended.
func (s *Source) ends(in *signIn) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return in.ended
}

// refuse notes that AWS takes a sign-in no more.
func (s *Source) refuse(in *signIn, e Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in.refused, in.seen = e.Refresh, seen{at: time.Now()}
}

func (s *Source) isRefused(in *signIn, e Entry) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return e.Refresh.Equal(in.refused)
}
