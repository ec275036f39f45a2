package login

import (
	"context"
	"errors"
	"log/slog"
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

// Options are what a [Source] works with.
type Options struct {
	Asker    person.Asker
	Browsers person.Browsers
	Carriers awshttp.Ways
	Journal  *journal.Journal // says which credentials have ended
	Log      *slog.Logger
	Attempt  time.Duration // how long one request may take
	Changed  func()        // called when a sign-in has become another; must not block
	// SignedIn is called when a person has signed in for something else that they wanted,
	// with the name of the sign-in; it may be nil.
	SignedIn func(ctx context.Context, name string)
}

// Source gives the credentials of sign-ins of `aws login`. Those are in AWS's own
// cache; of each it remembers how it stood when it was last looked at.
type Source struct {
	options Options
	patience
	attempts *person.SignIns // those who wait for one sign-in share the work

	mu      sync.Mutex // guards what follows
	signIns map[file]*signIn
}

// NewSource makes a source.
func NewSource(o Options) *Source {
	if o.Changed == nil {
		o.Changed = func() {}
	}
	return &Source{options: o, patience: usual, attempts: person.New(o.Asker, o.Browsers, o.SignedIn, o.Log), signIns: make(map[file]*signIn)}
}

// ID is empty: the step says everything.
func (s *Source) ID(plan.Step) (id string, known bool) { return "", true }

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
	return person.Share(ctx, s.attempts, in.file.path, way, func(ctx context.Context, attempt *person.Attempt) (outcome, error) {
		return s.obtain(ctx, step, in, attempt)
	})
}

// obtain gets a sign-in with credentials that live, by a person where it must be.
func (s *Source) obtain(ctx context.Context, step plan.Step, in *signIn, attempt *person.Attempt) (got outcome, err error) {
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

// authority is who a step asks, and by which way.
func (s *Source) authority(step plan.Step) (*Authority, error) {
	at := targetOf(step)
	var err error
	if at.HTTP, err = awshttp.ClientBy(s.options.Carriers, step.Via, s.options.Attempt); err != nil {
		return nil, err
	}
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
