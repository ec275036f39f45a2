package login

import (
	"context"
	"errors"
	"io/fs"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/journal"
)

// freshEnough is how much life credentials of the cache must have left to be handed out
// without a refresh: more than at which the pool renews them, so that each renewal
// brings others. It is before AWS's command line refreshes them, at 5 minutes.
const freshEnough = 10 * time.Minute

// longest is how long credentials of `aws login` live at most. Source: AWS Sign-In API
// Reference, CreateOAuth2Token: expiresIn is 900 at most.
const longest = 15 * time.Minute

// current returns the sign-in of the cache with credentials that live. It may return:
// ErrSignInEnded, where there is none or AWS takes it no more.
func (s *Source) current(ctx context.Context, in *signIn, a *Authority) (Entry, error) {
	e, err := s.look(ctx, in)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Entry{}, ended(a.of)
	case broken(err):
		s.options.Log.Warn("a sign-in of aws login is not used: its file cannot be read", "profile", a.of.Profile, "error", err)
		return Entry{}, ended(a.of)
	case err != nil:
		return Entry{}, in.file.unusable("read", err)
	case s.isRefused(in, e):
		return Entry{}, ended(a.of)
	case s.serves(in, e, freshEnough):
		return e, nil
	}
	fresh, err := s.refresh(ctx, in, a, e)
	if err != nil && !errors.Is(err, ErrSignInEnded) && s.serves(in, e, time.Minute) {
		return e, nil // AWS does not answer, and the old ones will do
	}
	return fresh, err
}

// serves says whether the credentials of the cache can be handed out as they are: they
// live, and were neither handed out before nor ended.
func (s *Source) serves(in *signIn, e Entry, least time.Duration) bool {
	left := e.Credentials.Left(time.Now())
	s.mu.Lock()
	handed := in.handed == e.Credentials.AccessKeyID
	s.mu.Unlock()
	return left > least && left <= longest+time.Minute && !handed &&
		!s.options.Journal.Ended(journal.Saved{Mark: e.Credentials.Expires.Add(-longest).UnixNano()})
}

// refresh makes new credentials of a sign-in. Where AWS refuses, another process may
// have refreshed it at the same time: then its outcome is taken.
func (s *Source) refresh(ctx context.Context, in *signIn, a *Authority, e Entry) (Entry, error) {
	release, err := in.file.lock(ctx)
	if err != nil {
		return Entry{}, in.file.unusable("refreshed", err)
	}
	defer release()
	if now, err := s.look(ctx, in); err == nil && !now.same(e) {
		if s.serves(in, now, freshEnough) {
			return now, nil
		}
		e = now
	}
	for range 3 {
		token, err := a.Refresh(ctx, e)
		if err == nil {
			return s.keep(ctx, in, a, e, token)
		}
		if !errors.Is(err, ErrSignInEnded) {
			return Entry{}, err
		}
		other, ok := in.file.next(ctx, e)
		if !ok {
			s.refuse(in, e)
			return Entry{}, err
		}
		if s.serves(in, other, time.Minute) {
			return other, nil
		}
		e = other
	}
	return Entry{}, ended(a.of)
}

// keep writes what came of a refresh. What cannot be written is kept in memory, since
// the old refresh token may be good no more.
func (s *Source) keep(ctx context.Context, in *signIn, a *Authority, from Entry, token Token) (Entry, error) {
	next, err := from.With(token)
	if err != nil {
		return Entry{}, err
	}
	s.mu.Lock()
	if in.unsaved != nil && in.unsaved.entry.same(from) {
		from = in.unsaved.from // that is what the file still has
	}
	s.mu.Unlock()
	switch err := in.file.replace(context.WithoutCancel(ctx), from, next); { // AWS has given it: it is not lost with those who wait
	case errors.Is(err, errGone):
		if e, err := in.file.read(ctx); err == nil && s.serves(in, e, time.Minute) {
			return e, nil
		}
		return Entry{}, ended(a.of)
	case err != nil:
		s.options.Log.Warn("a refreshed sign-in could not be saved; it lasts until the app ends", "profile", a.of.Profile, "error", err)
		s.mu.Lock()
		in.unsaved = &unsaved{from, next}
		s.mu.Unlock()
	}
	return next, nil
}
