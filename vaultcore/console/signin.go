package console

import (
	"cmp"
	"context"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// Session is how credentials of a profile can be had: found, and not carried out yet.
type Session interface {
	// Facts are what is known of them beforehand.
	Facts() Facts
	// Renews says whether others can be had without a question.
	Renews() bool
	// Credentials are such that live so long at least, where they can.
	Credentials(ctx context.Context, least time.Duration) (vaultcore.Credentials, error)
}

// Wanted is which session of a profile is looked for.
type Wanted struct {
	Duration time.Duration // of a role's session; 0: as the profile says
	FromKey  bool          // of the long-term key itself, without a session between
}

// Identifier asks STS whose credentials these are.
type Identifier interface {
	WhoIs(ctx context.Context, key vaultcore.Credentials) (vaultcore.Identity, error)
}

// Federator asks STS with a user's key.
type Federator interface {
	Identifier
	// Federate may return: a failure of [FederationDenied].
	Federate(ctx context.Context, f Federation, key vaultcore.Credentials) (vaultcore.Credentials, error)
}

// Find finds the session that signs a profile in, for a console that stays signed in
// for d. One that is to outlive what a chained role may live needs a role that was
// assumed with the key itself: AWS then takes a time for the console alone, and the
// role's session lives as its profile says. A role that is assumed with a token can
// live as long by itself.
func Find[S Session](ctx context.Context, d time.Duration, find func(context.Context, Wanted) (S, error)) (S, error) {
	session, err := find(ctx, Wanted{})
	if err != nil || d == 0 {
		return session, err
	}
	switch kind := session.Facts().Kind; {
	case kind == TokenRole:
		return find(ctx, Wanted{Duration: min(d, aws.MaxRole)})
	case kind != Role:
		return session, nil
	case d <= aws.MaxChained:
		return find(ctx, Wanted{Duration: d})
	}
	direct, err := find(ctx, Wanted{FromKey: true})
	if err != nil || direct.Facts().Kind != DirectRole {
		return session, err
	}
	return direct, nil
}

// Login is somebody who can be signed in.
type Login struct {
	ARN         string
	Credentials vaultcore.Credentials
	Choice      Choice
}

// leastLife is how long a console should stay signed in at least, where a session
// that lives so long can be had without a question.
const leastLife = 30 * time.Minute

// SignIn gets the credentials that sign in for d: a role's session as it is, for a
// user a federated session made with the key, which key finds.
func (u *Users) SignIn(ctx context.Context, s Session, d time.Duration, key func(context.Context, Wanted) (Session, error), f Federator) (Login, error) {
	facts := s.Facts()
	facts.Wanted = d
	if facts.Kind == User {
		return u.federate(ctx, facts, key, f)
	}
	login := Login{ARN: facts.ARN, Choice: Choose(facts)}
	least := time.Duration(0)
	if login.Choice.SessionDuration == 0 && s.Renews() && facts.Kind != SignedIn {
		least = leastLife
	}
	var err error
	login.Credentials, err = s.Credentials(ctx, least)
	return login, err
}

// federate signs a user in with their key.
func (u *Users) federate(ctx context.Context, facts Facts, find func(context.Context, Wanted) (Session, error), f Federator) (Login, error) {
	session, err := find(ctx, Wanted{FromKey: true})
	if err != nil {
		return Login{}, err
	}
	key, err := session.Credentials(ctx, 0)
	if err != nil {
		return Login{}, err
	}
	user, err := u.Whose(ctx, key, f)
	if err != nil {
		return Login{}, err
	}
	facts.ARN, key.AccountID = user.ARN, user.Account
	login := Login{ARN: user.ARN, Choice: Choose(facts)}
	login.Credentials, err = f.Federate(ctx, login.Choice.Federation, key)
	return login, err
}

// URL asks for the address that signs somebody in, at a page of the partition that
// they are in: that of the region, where nothing says whose the credentials are. It may return what [Signer.URL] and [Target.Resolve] do.
func (l Login) URL(ctx context.Context, s *Signer, at Target, r Request) (vaultcore.Secret, error) {
	arn, _ := aws.ParseARN(l.ARN)
	at.Partition = cmp.Or(arn.Partition, aws.PartitionOf(at.Region).Name)
	page, err := at.Resolve()
	if err != nil {
		return vaultcore.Secret{}, err
	}
	if l.Choice.AsItIs {
		return vaultcore.NewSecret(page.String()), nil
	}
	r.Destination, r.Duration = page, l.Choice.SessionDuration
	return s.URL(ctx, l.Credentials, r)
}

// Users is what sign-ins have told of the users whose keys there are. The zero value
// knows nobody.
type Users struct {
	mu     sync.Mutex                    // guards what follows
	known  map[string]vaultcore.Identity // by access key id
	warned map[string]bool               // by profile: that a user's console has no MFA
}

// maxKnown bounds what is remembered: the keys of sessions are ever new ones.
const maxKnown = 1024

// Known is whose key it is, where that was asked before.
func (u *Users) Known(keyID string) (vaultcore.Identity, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	user, ok := u.known[keyID]
	return user, ok
}

// Whose asks AWS whose key it is, once: a key changes no hands.
func (u *Users) Whose(ctx context.Context, key vaultcore.Credentials, f Identifier) (vaultcore.Identity, error) {
	if user, ok := u.Known(key.AccessKeyID); ok {
		return user, nil
	}
	user, err := f.WhoIs(ctx, key)
	if err != nil {
		return vaultcore.Identity{}, err
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.known == nil || len(u.known) >= maxKnown {
		u.known = make(map[string]vaultcore.Identity)
	}
	u.known[key.AccessKeyID] = user
	return user, nil
}

// Warnings are what the person should know about a console. That a user's has no MFA
// is said once for each profile: `explain` says it always.
func (u *Users) Warnings(profile string, c Choice) []string {
	var warnings []string
	if c.Otherwise != "" {
		warnings = append(warnings, c.Otherwise)
	}
	if !c.WithoutMFA {
		return warnings
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.warned[profile] {
		return warnings
	}
	if u.warned == nil {
		u.warned = make(map[string]bool)
	}
	u.warned[profile] = true
	return append(warnings, ExplainMFA(profile))
}
