package vault

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
	"github.com/vaultbar/vaultbar/vaultcore/console"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// signIns is what the app has learnt from earlier sign-ins.
type signIns struct {
	mu    sync.Mutex                    // guards what follows
	whose map[string]vaultcore.Identity // by access key id: the user whose key it is
	told  map[string]bool               // what the person knows: of a profile, that a user's console has no MFA
}

// Login is part of [agent.Service].
func (s *Vault) Login(ctx context.Context, r agent.LoginRequest) (agent.LoginResult, error) {
	r.Caller.Profile = r.Profile
	asking := vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller))
	walk, err := s.consoleWalk(asking, r, s.walk)
	if err != nil {
		return agent.LoginResult{}, err
	}
	route, more, err := s.signInRoute(ctx, r.Profile, cmp.Or(r.Region, walk.Plan.Region))
	if err != nil {
		return agent.LoginResult{}, err
	}
	if walk, err = s.allowedWith(ctx, walk, &r.Caller, more); err != nil {
		return agent.LoginResult{}, err
	}
	who, err := s.signIn(asking, walk, r)
	s.noteConsole(r.Profile, err)
	if err != nil {
		return agent.LoginResult{}, err
	}
	address, err := s.consoleAddress(ctx, walk, who, route, r)
	if err != nil {
		return agent.LoginResult{}, err
	}
	result := agent.LoginResult{Warnings: s.consoleWarnings(r.Profile, who.choice)}
	if r.Print {
		result.Address = address
		s.log.Info("address of the console handed out", "profile", r.Profile, "program", r.Caller.String(), "pid", r.Caller.PID)
		return result, nil
	}
	var warnings []string
	result.Browser, warnings, err = s.browsers.Open(ctx, address, route.Via.Proxy, r)
	result.Warnings = append(result.Warnings, warnings...)
	return result, err
}

// Browsers is part of [agent.Service].
func (s *Vault) Browsers(ctx context.Context) (agent.BrowsersResult, error) {
	return s.browsers.Browsers(ctx)
}

// Forget is part of [agent.Service].
func (s *Vault) Forget(ctx context.Context, r agent.ForgetRequest) error {
	return s.browsers.Forget(ctx, r)
}

// chainedRole is how long a role that was assumed with a session lives at most.
const chainedRole = time.Hour

// walker finds the plan for a request: [service.walk], or [service.peek] for those
// who must ask nobody.
type walker func(context.Context, agent.CredentialsRequest) (*session.Walk, error)

// consoleWalk is the plan whose credentials sign in. A console that is to outlive
// what a chained role may live needs a role that was assumed with the key itself:
// AWS then takes a time for the console alone (SessionDuration), and the role's
// session lives as its profile says.
func (s *Vault) consoleWalk(ctx context.Context, r agent.LoginRequest, find walker) (*session.Walk, error) {
	wanted := agent.CredentialsRequest{Profile: r.Profile, Region: r.Region}
	walk, err := find(ctx, wanted)
	if err != nil || r.Duration == 0 || kindOf(walk.Plan) != console.Role {
		return walk, err
	}
	if r.Duration <= chainedRole {
		wanted.Duration = r.Duration
		return find(ctx, wanted)
	}
	wanted.NoSession = true
	direct, err := find(ctx, wanted)
	if err != nil || kindOf(direct.Plan) != console.DirectRole {
		return walk, err
	}
	return direct, nil
}

// kindOf is what signs in at the end of a plan.
func kindOf(p plan.Plan) console.Kind {
	switch {
	case p.Last().Kind != plan.Role:
		return console.User
	case len(p.Steps) == 2:
		return console.DirectRole
	default:
		return console.Role
	}
}

// choose decides how a plan signs in, as somebody. Of a role that was assumed
// directly the console stays open as long as the role was to live, however old
// its session is.
func choose(p plan.Plan, arn string, wanted time.Duration) console.Choice {
	facts := console.Facts{Kind: kindOf(p), ARN: arn, MFASerial: p.Device(), Wanted: wanted}
	if facts.Kind == console.DirectRole {
		facts.Wanted = cmp.Or(wanted, p.Last().Duration)
	}
	return console.Choose(facts)
}

// identity is who signs in.
type identity struct {
	arn         string
	credentials vaultcore.Credentials
	choice      console.Choice
}

// consoleLife is how long a console should stay signed in at least, where a
// session that lives so long can be had without a question.
const consoleLife = 30 * time.Minute

// signIn gets the credentials that sign a profile in: a role's session as it is,
// for a user a federated session made with the key.
func (s *Vault) signIn(ctx context.Context, walk *session.Walk, r agent.LoginRequest) (identity, error) {
	last := walk.Plan.Last()
	if last.Kind != plan.Role {
		return s.federate(ctx, walk.Plan, r)
	}
	who := identity{arn: last.RoleARN, choice: choose(walk.Plan, last.RoleARN, r.Duration)}
	least := time.Duration(0)
	if who.choice.SessionDuration == 0 && s.pool.Renews(walk) {
		least = consoleLife
	}
	var err error
	who.credentials, err = s.pool.Get(ctx, walk, least, &r.Caller)
	return who, err
}

// federate signs a user in with their key.
func (s *Vault) federate(ctx context.Context, p plan.Plan, r agent.LoginRequest) (identity, error) {
	walk, err := s.walk(ctx, agent.CredentialsRequest{Profile: r.Profile, NoSession: true, Region: r.Region})
	if err != nil {
		return identity{}, err
	}
	key, err := s.pool.Get(ctx, walk, 0, &r.Caller)
	if err != nil {
		return identity{}, err
	}
	user, err := s.whose(ctx, p.Last(), key)
	if err != nil {
		return identity{}, err
	}
	who := identity{arn: user.ARN, choice: choose(p, user.ARN, r.Duration)}
	key.AccountID = user.Account
	who.credentials, err = s.provider.Federate(ctx, sts.Federation{
		At: placeOf(p.Last()), Name: who.choice.Federation.Name,
		Policy: who.choice.Federation.Policy, Duration: who.choice.Federation.Duration,
	}, key)
	return who, denied(p, err)
}

// placeOf is where a step is carried out.
func placeOf(step plan.Step) sts.Place {
	return sts.Place{Region: step.Region, Endpoint: step.Endpoint, Via: step.Via}
}

// whose asks AWS whose key it is, once: a key changes no hands.
func (s *Vault) whose(ctx context.Context, at plan.Step, key vaultcore.Credentials) (vaultcore.Identity, error) {
	if user, ok := s.known(key.AccessKeyID); ok {
		return user, nil
	}
	user, err := s.provider.WhoIs(ctx, placeOf(at), key)
	if err != nil {
		return vaultcore.Identity{}, err
	}
	s.signIns.mu.Lock()
	defer s.signIns.mu.Unlock()
	if s.signIns.whose == nil {
		s.signIns.whose = make(map[string]vaultcore.Identity)
	}
	s.signIns.whose[key.AccessKeyID] = user
	return user, nil
}

// known is whose key it is, where that was asked before.
func (s *Vault) known(keyID string) (vaultcore.Identity, bool) {
	s.signIns.mu.Lock()
	defer s.signIns.mu.Unlock()
	user, ok := s.signIns.whose[keyID]
	return user, ok
}

// denied words the refusal of a federated session, whose remedy is another than
// for a program's credentials.
func denied(p plan.Plan, err error) error {
	var reply *sts.Reply
	if !errors.As(err, &reply) || reply.Code != "AccessDenied" {
		return err
	}
	return console.FederationDenied(p.Profile, console.Denial{Outright: reply.Denied, Unallowed: reply.Unallowed, HasDevice: p.Device() != ""})
}

// consoleWarnings are what the person should know about a console. That a user's
// has no MFA is said once for each profile: `explain` says it always.
func (s *Vault) consoleWarnings(profile string, c console.Choice) []string {
	var warnings []string
	if c.Otherwise != "" {
		warnings = append(warnings, c.Otherwise)
	}
	if !c.WithoutMFA || !s.signIns.first("profile "+profile) {
		return warnings
	}
	return append(warnings, console.ExplainMFA(profile))
}

// first says whether this is the first time that something is told.
func (s *signIns) first(what string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.told[what] {
		return false
	}
	if s.told == nil {
		s.told = make(map[string]bool)
	}
	s.told[what] = true
	return true
}

// consoleAddress is the address that signs in, at the page that is asked for.
func (s *Vault) consoleAddress(ctx context.Context, walk *session.Walk, who identity, route trust.Route, r agent.LoginRequest) (vaultcore.Secret, error) {
	arn, _ := aws.ParseARN(who.arn)
	page, err := console.Target{
		Partition: arn.Partition, Region: cmp.Or(r.Region, walk.Plan.Region), Service: r.Service, Path: r.Path, Address: r.Address,
	}.Resolve()
	if err != nil {
		return vaultcore.Secret{}, err
	}
	return s.signer.URL(ctx, who.credentials, console.Request{
		Destination: page, Duration: who.choice.SessionDuration, LogoutFirst: r.LogoutFirst,
		Endpoint: route.SignIn, Via: route.Via,
	})
}

// noteConsole remembers for the menu that a policy keeps a profile's user out of
// the console.
func (s *Vault) noteConsole(profile string, err error) {
	s.mu.Lock()
	delete(s.noConsole, profile)
	if errors.Is(err, console.ErrDemandsMFA) {
		s.noConsole[profile] = console.MenuWithoutMFA
	}
	s.mu.Unlock()
	s.changed.Notify()
}
