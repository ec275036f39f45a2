package vault

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/console"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/source/login"
	"github.com/vaultbar/vaultbar/vaultcore/source/process"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
	"github.com/vaultbar/vaultbar/vaultcore/source/webidentity"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// Login is part of [agent.Service].
func (v *Vault) Login(ctx context.Context, r agent.LoginRequest) (agent.LoginResult, error) {
	r.Caller.Profile = r.Profile
	asking := vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller))
	find := v.consoleSessions(r, v.planFor)
	found, err := console.Find(asking, r.Duration, find)
	if err != nil {
		return agent.LoginResult{}, err
	}
	if r.Duration, err = consoleLife(ctx, found, r.Duration); err != nil {
		return agent.LoginResult{}, err
	}
	request, use, err := v.approver.SignIn(ctx, found.Plan, cmp.Or(r.Region, found.Plan.Region))
	if err != nil {
		return agent.LoginResult{}, err
	}
	more := use.Needs(v.settings.Now().Trust(), trust.System)
	if found.Prepared, err = v.allowedWith(ctx, found.Prepared, &r.Caller, more); err != nil {
		return agent.LoginResult{}, err
	}
	key := func(ctx context.Context, w console.Wanted) (console.Session, error) { return find(ctx, w) }
	signed, err := v.users.SignIn(asking, found, r.Duration, key, federator{identifier{v.sts, sts.TargetOf(found.Plan.Last())}, found.Plan})
	v.noteConsole(r.Profile, err)
	if err != nil {
		return agent.LoginResult{}, err
	}
	request.LogoutFirst = r.LogoutFirst
	address, err := signed.URL(ctx, v.signer, console.Target{
		Region: cmp.Or(r.Region, found.Plan.Region), Service: r.Service, Path: r.Path, Address: r.Address,
	}, request)
	if err != nil {
		return agent.LoginResult{}, err
	}
	result := agent.LoginResult{Warnings: v.users.Warnings(r.Profile, signed.Choice), Issued: issued(found.Plan.Last(), signed.Credentials)}
	if r.Print {
		result.Address = address
		v.log.Info("address of the console handed out", "profile", r.Profile, "program", r.Caller.String(), "pid", r.Caller.PID)
		return result, nil
	}
	var warnings []string
	result.Browser, warnings, err = v.browsers.Open(ctx, address, request.Via.Proxy, r)
	result.Warnings = append(result.Warnings, warnings...)
	return result, err
}

// consoleLife is how long the console is to stay signed in: as is asked for, else, of an
// IAM user, as the environment of whoever asks says.
func consoleLife(ctx context.Context, found consoleSession, asked time.Duration) (time.Duration, error) {
	if asked != 0 || found.Facts().Kind != console.User {
		return asked, nil
	}
	said, err := awsconfig.ReadVariables(vaultcore.EnvironmentOf(ctx).Get)
	return said.Federation, err
}

// consoleSession is a plan that may sign somebody in.
type consoleSession struct {
	*session.Prepared
	pool   *session.Pool
	caller *vaultcore.Caller
}

// consoleSessions finds the sessions that may carry out a sign-in by [Vault.planFor], or
// by [Vault.planCached] for those who must ask nobody.
func (v *Vault) consoleSessions(r agent.LoginRequest, find func(context.Context, agent.CredentialsRequest) (*session.Prepared, error)) func(context.Context, console.Wanted) (consoleSession, error) {
	return func(ctx context.Context, w console.Wanted) (consoleSession, error) {
		prepared, err := find(ctx, agent.CredentialsRequest{Profile: r.Profile, Region: r.Region, Duration: w.Duration, NoSession: w.FromKey})
		return consoleSession{prepared, v.pool, &r.Caller}, err
	}
}

// Facts is part of [console.Session].
func (c consoleSession) Facts() console.Facts {
	last, fromKey := c.Plan.Last(), c.Plan.Steps[0].LongTerm()
	facts := console.Facts{Kind: console.Role, MFASerial: c.Plan.Device(), ARN: roleARN(last), RoleLife: last.Duration}
	switch {
	case last.Kind == login.Kind && last.Source.Role == "":
		facts.Kind = console.SignedIn
	case last.Kind != plan.Role && fromKey:
		return console.Facts{Kind: console.User, MFASerial: facts.MFASerial}
	case len(c.Plan.Steps) == 2 && fromKey:
		facts.Kind = console.DirectRole
	case last.Kind == webidentity.Kind:
		facts.Kind = console.TokenRole
	case last.Kind == process.Kind:
		facts.Kind = console.Printed
	case last.Kind != plan.Role:
		facts.Kind = console.Issued
	}
	return facts
}

// Renews is part of [console.Session].
func (c consoleSession) Renews() bool { return c.pool.Renews(c.Prepared) }

// Credentials is part of [console.Session].
func (c consoleSession) Credentials(ctx context.Context, least time.Duration) (vaultcore.Credentials, error) {
	return c.pool.Get(ctx, c.Prepared, least, c.caller)
}

// federator asks STS where the last step of a plan asks it.
type federator struct {
	identifier
	plan plan.Plan
}

// Federate is part of [console.Federator]. The remedy of a refusal is another than
// for a program's credentials.
func (f federator) Federate(ctx context.Context, wanted console.Federation, key vaultcore.Credentials) (vaultcore.Credentials, error) {
	credentials, err := f.client.Federate(ctx, sts.Federation{At: f.at, Name: wanted.Name, Policy: wanted.Policy, Duration: wanted.Duration}, key)
	var reply *sts.Reply
	if errors.As(err, &reply) && reply.Code == "AccessDenied" {
		err = console.FederationDenied(f.plan.Profile, console.Denial{Outright: reply.Denied, Unallowed: reply.Unallowed, HasDevice: f.plan.Device() != ""})
	}
	return credentials, err
}

// Revoke is part of [agent.Service].
func (v *Vault) Revoke(_ context.Context, r agent.RevokeRequest) (agent.RevokeResult, error) {
	ended := v.grants.End(r.ID, r.Profile)
	if r.ID != 0 && ended == 0 {
		return agent.RevokeResult{}, vaultcore.Faultf(vaultcore.ErrRequest, "there is no grant %d", r.ID).WithHint("`vaultbar grants` lists them")
	}
	return agent.RevokeResult{Grants: ended}, nil
}

// Browsers is part of [agent.Service].
func (v *Vault) Browsers(ctx context.Context) (agent.BrowsersResult, error) {
	return v.browsers.Browsers(ctx)
}

// Find is part of [agent.Service].
func (v *Vault) Find(ctx context.Context, r agent.FindRequest) error {
	if v.find == nil {
		return vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "there is no desktop to find a profile on")
	}
	return v.find(ctx, r.Query)
}

// RemoveBrowserProfile is part of [agent.Service].
func (v *Vault) RemoveBrowserProfile(ctx context.Context, r agent.BrowserProfileRequest) error {
	return v.browsers.RemoveBrowserProfile(ctx, r)
}
