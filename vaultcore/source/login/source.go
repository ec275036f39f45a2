package login

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws/awshttp"
	"github.com/vaultbar/vaultbar/vaultcore/journal"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/person"
)

// Kind is that of the steps that a [Source] carries out.
const Kind = plan.Kind(vaultcore.LoginSource)

// Carriers say what carries requests by a way.
type Carriers interface {
	For(vaultcore.Via) (http.RoundTripper, error)
}

// Options are what a [Source] works with.
type Options struct {
	Asker    person.Asker
	Browsers person.Browsers
	Carriers Carriers
	Journal  *journal.Journal // says which credentials have ended
	Log      *slog.Logger
	Attempt  time.Duration // how long one request may take
	Changed  func()        // called when a sign-in has become another; must not block
}

// Source gives the credentials of sign-ins of `aws login`. Those are in AWS's own
// cache; of each it remembers how it stood when it was last looked at.
type Source struct {
	options Options
	patience
	attempts *person.SignIns[outcome] // those who wait for one sign-in share the work

	mu      sync.Mutex // guards what follows
	signIns map[file]*signIn
}

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

// NewSource makes a source.
func NewSource(o Options) *Source {
	if o.Changed == nil {
		o.Changed = func() {}
	}
	return &Source{options: o, patience: usual, attempts: person.New[outcome](o.Asker, o.Browsers, o.Log), signIns: make(map[file]*signIn)}
}

// ID is empty: the step says everything.
func (s *Source) ID(plan.Step) (id string, known bool) { return "", true }

// Learn has nothing to learn.
func (s *Source) Learn(context.Context, plan.Step) (string, error) { return "", nil }

// Forget has nothing to forget of one key.
func (s *Source) Forget(string) {}

// ForgetAll drops from memory what could not be written; the rest is in AWS's cache.
func (s *Source) ForgetAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, in := range s.signIns {
		in.unsaved = nil
	}
}

// Asks says whether a person must sign in before the step can be carried out, as far as
// is known without looking at the cache.
func (s *Source) Asks(step plan.Step) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.entryLocked(step).seen.present
}

// freshEnough is how much life credentials of the cache must have left to be handed out
// without a refresh: more than at which the pool renews them, so that each renewal
// brings others. It is before AWS's command line refreshes them, at 5 minutes.
const freshEnough = 10 * time.Minute

// longest is how long credentials of `aws login` live at most. Source: AWS Sign-In API
// Reference, CreateOAuth2Token: expiresIn is 900 at most.
const longest = 15 * time.Minute

// loginLife is how long a sign-in lives at most. Source: AWS Sign-In User Guide, "Login
// for AWS local development".
const loginLife = 12 * time.Hour

// Run gives the credentials of a sign-in: those of the cache, refreshed where their
// end is near; after a sign-in where there is none. It may return: ErrNobodyToAsk,
// ErrCanceled, ErrRefused, ErrNoAnswer, ErrConfig.
func (s *Source) Run(ctx context.Context, step plan.Step, _ vaultcore.Credentials) (vaultcore.Credentials, error) {
	got, err := s.share(ctx, step, nil)
	if err != nil {
		return vaultcore.Credentials{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.entryLocked(step).handed = got.entry.Credentials.AccessKeyID
	return got.entry.Credentials, nil
}

// outcome is a sign-in with credentials that live.
type outcome struct {
	entry Entry
	fresh bool // a person has signed in for it
}

// share gets the sign-in of a step, together with all who want it. With a way it is a
// person who asks to sign in.
func (s *Source) share(ctx context.Context, step plan.Step, way *vaultcore.SignInWay) (outcome, error) {
	if step.Cache == "" {
		return outcome{}, vaultcore.Faultf(vaultcore.ErrConfig, "there is no home folder, so no cache of `aws login`").
			WithHint("set HOME or AWS_LOGIN_CACHE_DIRECTORY")
	}
	in := s.known(step)
	return s.attempts.Share(ctx, in.file.path, way, func(ctx context.Context, attempt *person.Attempt[outcome]) (outcome, error) {
		return s.obtain(ctx, step, in, attempt)
	})
}

// obtain gets a sign-in with credentials that live, by a person where it must be.
func (s *Source) obtain(ctx context.Context, step plan.Step, in *signIn, attempt *person.Attempt[outcome]) (got outcome, err error) {
	authority, err := s.authority(step)
	if err != nil {
		return outcome{}, err
	}
	begun := s.ends(in)
	got.entry, err = s.current(ctx, in, authority)
	if errors.Is(err, ErrSignInEnded) {
		got.fresh = true
		got.entry, err = s.signIn(ctx, step, in, authority, attempt)
	}
	if err != nil {
		return outcome{}, err
	}
	return got, s.note(in, got.entry, begun)
}

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
	switch err := in.file.replace(context.WithoutCancel(ctx), from, next); { // AWS has given it: it is not lost with those who wait
	case errors.Is(err, errGone):
		if e, err := in.file.read(ctx); err == nil && s.serves(in, e, time.Minute) {
			return e, nil
		}
		return Entry{}, ended(a.of)
	case err != nil:
		s.options.Log.Warn("a refreshed sign-in could not be written; it lives until the app ends", "profile", a.of.Profile, "error", err)
		s.mu.Lock()
		in.unsaved = &unsaved{from, next}
		s.mu.Unlock()
	}
	return next, nil
}

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

// authority is who a step asks, and by which way.
func (s *Source) authority(step plan.Step) (*Authority, error) {
	carrier, err := s.options.Carriers.For(step.Via)
	if err != nil {
		return nil, err
	}
	client := awshttp.Client(carrier)
	client.Timeout = s.options.Attempt
	at := placeOf(step)
	at.HTTP = client
	return NewAuthority(sessionOf(step), at)
}

func sessionOf(step plan.Step) Session { return Session{step.Profile, step.Source.Value} }

func (s *Source) known(step plan.Step) *signIn {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.entryLocked(step)
}

func (s *Source) entryLocked(step plan.Step) *signIn {
	at := file{File(step.Cache, step.Source.Value), s.patience}
	in := s.signIns[at]
	if in == nil {
		in = &signIn{file: at}
		s.signIns[at] = in
	}
	return in
}
