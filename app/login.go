package main

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"

	"github.com/vaultbar/vaultbar/app/browser"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/console"
	"github.com/vaultbar/vaultbar/vaultcore/console/handoff"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/provider"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
)

// Login is part of [agent.Service].
func (s *service) Login(ctx context.Context, r agent.LoginRequest) (agent.LoginResult, error) {
	if r.Link {
		if err := s.admit(ctx, &r); err != nil {
			return agent.LoginResult{}, err
		}
	}
	r.Caller.Profile = r.Profile
	asking := vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller))
	walk, err := s.walk(asking, agent.CredentialsRequest{Profile: r.Profile, Duration: r.Duration, Region: r.Region})
	if err != nil {
		return agent.LoginResult{}, err
	}
	target := console.Target{Region: cmp.Or(r.Region, walk.Plan.Region), Service: r.Service, Path: r.Path, Address: r.Address}
	identity, err := s.signIn(asking, walk, r)
	s.noteConsole(r.Profile, err)
	if err != nil {
		return agent.LoginResult{}, err
	}
	arn, _ := console.ParseARN(identity.arn)
	target.Partition = arn.Partition
	page, err := target.Resolve()
	if err != nil {
		return agent.LoginResult{}, err
	}
	address, err := s.signer.URL(ctx, identity.credentials, console.Request{
		Destination: page, Duration: identity.choice.SessionDuration, LogoutFirst: r.LogoutFirst,
	})
	if err != nil {
		return agent.LoginResult{}, err
	}
	var warnings []string
	if identity.choice.WithoutMFA {
		warnings = append(warnings, console.ExplainMFA(r.Profile))
	}
	if r.Print {
		return agent.LoginResult{Address: address, Warnings: warnings}, nil
	}
	opened, err := s.open(ctx, address, r)
	return agent.LoginResult{Browser: opened, Warnings: warnings}, err
}

// identity is who signs in.
type identity struct {
	arn         string
	credentials vaultcore.Credentials
	choice      console.Choice
}

// signIn gets the credentials that sign a profile in: a role's session as it is,
// for a user a federated session made with the key.
func (s *service) signIn(ctx context.Context, walk *session.Walk, r agent.LoginRequest) (identity, error) {
	last := walk.Plan.Last()
	if last.Kind == plan.Role {
		kind := console.Role
		if len(walk.Plan.Steps) == 2 {
			kind = console.DirectRole
		}
		choice, err := console.Choose(console.Facts{Kind: kind, ARN: last.RoleARN, Wanted: r.Duration})
		if err != nil {
			return identity{}, err
		}
		credentials, err := s.pool.Get(ctx, walk, 0, &r.Caller)
		return identity{last.RoleARN, credentials, choice}, err
	}
	return s.federate(ctx, walk.Plan, r)
}

// federate signs a user in with their key.
func (s *service) federate(ctx context.Context, p plan.Plan, r agent.LoginRequest) (identity, error) {
	walk, err := s.walk(ctx, agent.CredentialsRequest{Profile: r.Profile, NoSession: true, Region: r.Region})
	if err != nil {
		return identity{}, err
	}
	key, err := s.pool.Get(ctx, walk, 0, &r.Caller)
	if err != nil {
		return identity{}, err
	}
	profile, _ := s.config.Current().Profiles.Get(p.Source())
	who, err := s.provider.Identify(ctx, profile.Region, profile.EndpointURL, key)
	if err != nil {
		return identity{}, err
	}
	choice, err := console.Choose(console.Facts{Kind: console.LongTerm, ARN: who.ARN, HasKey: true, MFASerial: p.Device(), Wanted: r.Duration})
	if err != nil {
		return identity{}, err
	}
	key.AccountID = who.Account
	credentials, err := s.provider.Federate(ctx, provider.Federation{
		Region: profile.Region, Endpoint: profile.EndpointURL,
		Name: choice.Federation.Name, Policy: choice.Federation.Policy, Duration: choice.Federation.Duration,
	}, key)
	return identity{who.ARN, credentials, choice}, denied(r.Profile, err)
}

// denied words the refusal of a federated session, whose remedy is another than
// for a program's credentials.
func denied(profile string, err error) error {
	var reply *provider.Reply
	if !errors.As(err, &reply) || reply.Code != "AccessDenied" {
		return err
	}
	text := ""
	if reply.Denied {
		text = "explicit deny"
	}
	return console.FederationDenied(profile, text)
}

// noteConsole remembers for the menu that a policy keeps a profile's user out of
// the console.
func (s *service) noteConsole(profile string, err error) {
	s.mu.Lock()
	delete(s.noConsole, profile)
	if errors.Is(err, console.ErrDemandsMFA) {
		s.noConsole[profile] = console.MenuWithoutMFA
	}
	s.mu.Unlock()
	s.bell.ring()
}

// open starts a browser that signs in, and returns what it opened. The browser
// is given a one-shot address of this machine: what signs in is in no argument.
func (s *service) open(ctx context.Context, address vaultcore.Secret, r agent.LoginRequest) (string, error) {
	handed, err := handoff.Open(s.life, address)
	if err != nil {
		return "", err
	}
	wanted := s.window(r)
	wanted.Address, wanted.Visited = handed.Address(), handed.Visited()
	if err := s.browsers.Open(ctx, wanted); err != nil {
		handed.Close()
		return "", err
	}
	return s.title(ctx, r.Browser), nil
}

// window says in which window a console opens.
func (s *service) window(r agent.LoginRequest) browser.Request {
	own := s.own()
	mine := own.Profiles[r.Profile]
	wanted := browser.Request{Browser: r.Browser, Wish: s.env.wish, Private: r.Private}
	if color, err := browser.ParseColor(mine.Color); err == nil && mine.Color != "" {
		wanted.Color = color
	}
	isolated := own.Isolated
	if mine.Isolated != settings.Inherit && mine.Isolated != "" {
		isolated = mine.Isolated == "yes"
	}
	switch r.Isolated {
	case agent.IsolatedYes:
		isolated = true
	case agent.IsolatedNo:
		isolated = false
	}
	name := cmp.Or(r.IsolatedAs, r.Profile)
	switch {
	case isolated && own.Containers:
		wanted.Container = name
	case isolated:
		wanted.Isolated = name
	}
	return wanted
}

// title names the browser that was opened.
func (s *service) title(ctx context.Context, name string) string {
	for _, b := range s.browsers.Find(ctx) {
		if b.Name == name || name == "" && b.Default {
			return b.Title
		}
	}
	return "the browser"
}

// Reaches is part of [agent.Service]. An address that names no account may be of
// any.
func (s *service) Reaches(ctx context.Context, address string) ([]string, error) {
	page, err := console.Target{Address: address}.Resolve()
	if err != nil {
		return nil, err
	}
	var names []string
	for _, profile := range s.config.Current().Profiles.All() {
		walk, err := s.peek(ctx, agent.CredentialsRequest{Profile: profile.Name})
		if err != nil {
			continue
		}
		if account := walk.Plan.Last().Account(); page.Account() == "" || account == page.Account() {
			names = append(names, profile.Name)
		}
	}
	return names, nil
}

// Services is part of [agent.Service].
func (s *service) Services(context.Context) ([]agent.ConsoleService, error) {
	var all []agent.ConsoleService
	for _, known := range console.Services() {
		all = append(all, agent.ConsoleService{Name: known.Name, Title: known.Title})
	}
	return all, nil
}

// Browsers is part of [agent.Service].
func (s *service) Browsers(ctx context.Context) (agent.BrowsersResult, error) {
	var r agent.BrowsersResult
	for _, b := range s.browsers.Find(ctx) {
		r.Found = append(r.Found, agent.Browser{Name: b.Name, Title: b.Title, Default: b.Default})
	}
	for _, k := range s.browsers.Kept() {
		r.Kept = append(r.Kept, agent.KeptProfile{Name: k.Name, Browser: k.Browser, Used: k.Used, Open: k.Open})
	}
	return r, nil
}

// Forget is part of [agent.Service].
func (s *service) Forget(ctx context.Context, r agent.ForgetRequest) error {
	err := s.browsers.Forget(ctx, r.Name)
	switch {
	case errors.Is(err, browser.ErrNotKept):
		return vaultcore.Faultf(vaultcore.ErrRequest, "no browser profile is kept for %q", vaultcore.Printable(r.Name)).
			WithHint("`vaultbar browsers` lists them")
	case errors.Is(err, browser.ErrOpen):
		return vaultcore.Faultf(vaultcore.ErrBusy, "the browser window of %q is open", vaultcore.Printable(r.Name)).
			WithHint("close it, then try again")
	}
	return err
}

// newBrowsers makes the launcher of browsers, in the person's environment.
func newBrowsers(folders settings.Folders, env []string) *browser.Launcher {
	return &browser.Launcher{Folder: filepath.Join(folders.Data, "browsers"), Environ: env}
}
