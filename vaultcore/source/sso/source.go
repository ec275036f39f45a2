package sso

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
	"github.com/vaultbar/vaultbar/vaultcore/source/ssocache"
)

// Kind is that of the steps that a [Source] carries out.
const Kind = plan.Kind(vaultcore.SSOSource)

// Archive keeps sign-ins in the keychain, by ids in hex.
type Archive interface {
	// SaveSignIn may ask for the keychain's passphrase.
	SaveSignIn(ctx context.Context, id string, record vaultcore.Secret) error
	// SignIn may ask for the keychain's passphrase. One that is not there is the
	// zero Secret.
	SignIn(ctx context.Context, id string) (vaultcore.Secret, error)
	// RemoveSignIn removes one, unread; one that is not there is no error.
	RemoveSignIn(ctx context.Context, id string) error
	// RemoveSignIns removes all, unread.
	RemoveSignIns(ctx context.Context) error
}

// Options are what a [Source] works with.
type Options struct {
	Archive  Archive
	Asker    person.Asker
	Browsers person.Browsers
	Carriers awshttp.Ways
	Journal  *journal.Journal // says which saved sign-ins have ended
	Log      *slog.Logger
	Attempt  time.Duration // how long one request may take

	Cache ssocache.Folder // of AWS's other tools; empty for none
	Share func() bool     // whether sign-ins are left there; nil for never
	// Allows says whether AWS may be asked by the way of a step though nobody waits for
	// it; nil for always.
	Allows func(plan.Step) bool
	// SignedIn is called when a person has signed in for something else that they wanted,
	// with the name of the sign-in; it may be nil.
	SignedIn func(ctx context.Context, name string)
}

// Source gives the credentials of a person's roles. It keeps the sign-ins that they
// come from: in memory while the keychain is open, and in the keychain.
type Source struct {
	options  Options
	attempts *person.SignIns
	pace     *pace // of what lists what a portal has
	roles    *pace // of what gives credentials

	mu      sync.Mutex         // guards what follows
	signIns map[string]*signIn // by id
	dropped int                // how often all tokens were dropped from memory

	sharing sync.Mutex // held by whoever changes what AWS's other tools find
}

// NewSource makes a source. What an earlier run has left for AWS's other tools is
// removed: nobody looks after it any more.
func NewSource(o Options) *Source {
	if err := o.Cache.Sweep(); err != nil {
		o.Log.Warn("a shared sign-in of an earlier run could not be removed", "error", err)
	}
	return &Source{options: o, attempts: person.New(o.Asker, o.Browsers, o.SignedIn, o.Log), pace: &pace{gap: listGap}, roles: &pace{}, signIns: make(map[string]*signIn)}
}

// ID is empty: the step says everything.
func (s *Source) ID(plan.Step) (id string, known bool) { return "", true }

// ForgetAll drops the tokens from memory; the keychain has them.
func (s *Source) ForgetAll() {
	s.mu.Lock()
	s.dropped++
	for _, in := range s.signIns {
		in.token, in.read = Token{}, false
	}
	s.mu.Unlock()
	s.ShareAnew()
}

// Asks says whether a person must sign in before the step can be carried out, as far
// as is known without asking the keychain.
func (s *Source) Asks(step plan.Step) bool {
	token := s.atHand(step.Source.SignIn)
	return token.Refresh.IsZero() && !token.lives(time.Now()) && s.theirs(step.Source.SignIn).Access.IsZero()
}

// EndAll ends all sign-ins in memory, and those that are being made: no role's
// credentials come of them again. [Source.RemoveAll] removes the saved ones, once the
// journal says that they have ended.
func (s *Source) EndAll() {
	s.mu.Lock()
	for id, in := range s.signIns {
		in.endLocked()
		s.attempts.End(id, errEnded)
	}
	s.mu.Unlock()
	s.ShareAnew()
}

// endLocked drops a token, and has none kept that is being made.
func (in *signIn) endLocked() {
	in.ended++
	in.token, in.read = Token{}, true
}

// RemoveAll removes the saved sign-ins. It may return: ErrKeychain.
func (s *Source) RemoveAll(ctx context.Context) error { return s.options.Archive.RemoveSignIns(ctx) }

// Load reads a sign-in from the keychain, where it is open: work in the background
// then knows that nobody need be asked.
func (s *Source) Load(ctx context.Context, step plan.Step) error {
	s.askedBy(step)
	_, err := s.known(ctx, step.Source.SignIn)
	return err
}

// Run gives the credentials of a role, after a sign-in where there is none. It may
// return: ErrNobodyToAsk, ErrCanceled, ErrRefused, ErrNoAnswer, ErrConfig, ErrLocked.
func (s *Source) Run(ctx context.Context, step plan.Step, _ vaultcore.Credentials) (vaultcore.Credentials, error) {
	role := Role{step.Source.Account, step.Source.Role}
	var got vaultcore.Credentials
	err := s.bearing(ctx, step, func(portal *Portal, access vaultcore.Secret) (err error) {
		got, err = portal.Credentials(ctx, access, role)
		return err
	})
	return got, err
}

// bearing asks the portal of a step something as whoever is signed in, after a sign-in
// where there is none. A token that AWS does not take any more is refreshed, or signed
// in for anew, once.
func (s *Source) bearing(ctx context.Context, step plan.Step, ask func(*Portal, vaultcore.Secret) error) error {
	of := step.Source.SignIn
	at, err := s.target(step)
	if err != nil {
		return err
	}
	portal := NewPortal(of, at)
	portal.pace, portal.roles = s.pace, s.roles
	var refused vaultcore.Secret
	for {
		token, err := s.signedIn(ctx, want{of: of, at: at, step: step, refused: refused})
		if err != nil {
			return err
		}
		err = ask(portal, token.Access)
		switch {
		case !errors.Is(err, ErrSignInEnded):
			return err
		case !refused.IsZero():
			return notTaken(of, err)
		}
		refused = token.Access
	}
}

// target is where and by which way a step asks AWS.
func (s *Source) target(step plan.Step) (Target, error) {
	at := targetOf(step)
	var err error
	if at.HTTP, err = awshttp.ClientBy(s.options.Carriers, step.Via, s.options.Attempt); err != nil {
		return Target{}, err
	}
	return at, at.check()
}

// refreshAhead is how much life a token must have left to be used without a refresh.
const refreshAhead = 5 * time.Minute

func (t Token) lives(now time.Time) bool {
	return !t.Access.IsZero() && t.Expires.Round(0).Sub(now.Round(0)) > time.Minute
}

// want is what a token is wanted for.
type want struct {
	of      vaultcore.SignIn
	at      Target
	step    plan.Step            // how AWS is reached: a browser takes its proxy too
	refused vaultcore.Secret     // the access token that AWS takes no more; zero for none
	way     *vaultcore.SignInWay // of a person who asks to sign in; nil for a program
}

// signedIn returns a token that AWS has not refused: the one at hand, one that is
// refreshed, or one of a new sign-in. Those who wait for one sign-in share the work.
func (s *Source) signedIn(ctx context.Context, w want) (Token, error) {
	if token := s.atHand(w.of); token.serves(w.refused, time.Now()) {
		return token, nil
	}
	for {
		started := false
		token, err := person.Share(ctx, s.attempts, idOf(w.of), w.way, func(ctx context.Context, attempt *person.Attempt) (Token, error) {
			started = true
			return s.obtain(ctx, w, attempt)
		})
		if err == nil && !started && token.Access.Equal(w.refused) {
			continue // the work of others, who did not know yet
		}
		return token, err
	}
}

// serves says whether a token can be used as it is.
func (t Token) serves(refused vaultcore.Secret, now time.Time) bool {
	dead := !refused.IsZero() && t.Access.Equal(refused)
	return !dead && !t.Access.IsZero() && t.Expires.Round(0).Sub(now.Round(0)) > refreshAhead
}

// obtain makes a token that can be used.
func (s *Source) obtain(ctx context.Context, w want, attempt *person.Attempt) (Token, error) {
	s.askedBy(w.step)
	begun := s.now(w.of)
	token, err := s.known(ctx, w.of)
	if err != nil || token.serves(w.refused, time.Now()) {
		return token, err
	}
	authority := NewAuthority(w.of, w.at)
	if !token.Refresh.IsZero() {
		dead := !w.refused.IsZero() && token.Access.Equal(w.refused)
		fresh, err := authority.Refresh(ctx, token)
		switch {
		case err == nil:
			s.keep(ctx, w.of, fresh, begun)
			return fresh, nil
		case !errors.Is(err, ErrSignInEnded) && !dead && token.lives(time.Now()):
			return token, nil // AWS does not answer, and the old one will do
		case !errors.Is(err, ErrSignInEnded):
			return Token{}, err
		}
		s.learn(w.of, token.lasted(time.Now()))
		token = Token{Registration: token.Registration} // which AWS knows still; nobody takes the rest for a sign-in that lives
		s.publish(w.of, token, begun)
	}
	if other := s.theirs(w.of); w.way == nil && !other.Access.IsZero() && !other.Access.Equal(w.refused) {
		return other, nil
	}
	fresh, err := s.ask(ctx, w, authority, token.Registration, attempt)
	if errors.Is(err, ErrSignInEnded) && token.Registration.ClientID != "" { // AWS has forgotten the registration
		fresh, err = s.ask(ctx, w, authority, Registration{}, attempt)
	}
	if errors.Is(err, ErrSignInEnded) {
		err = notTaken(w.of, err)
	}
	if err != nil {
		return Token{}, err
	}
	s.keep(ctx, w.of, fresh, begun)
	return fresh, nil
}

// ask has a person sign in.
func (s *Source) ask(ctx context.Context, w want, a *Authority, have Registration, attempt *person.Attempt) (token Token, err error) {
	err = attempt.SignIn(ctx, person.Ways{
		Name:   w.of.Name(),
		Proxy:  w.step.Via.Proxy,
		Notice: w.step.Notice(),
		Browser: func(ctx context.Context, show func(string) error) (err error) {
			token, err = a.Browser(ctx, have, show)
			return err
		},
		Device: func(ctx context.Context, show func(person.Code) error) (err error) {
			token, err = a.Device(ctx, have, show)
			return err
		},
	})
	return token, err
}
