package vault

import (
	"context"
	"errors"
	"syscall"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/credserver"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
)

// minToken is the least length of a token that is continued: that of one of 256 bits.
const minToken = 43

// ServeCaller is part of [agent.Service].
func (v *Vault) ServeCaller(ctx context.Context, r agent.ServeCallerRequest) error {
	if r.Port != 0 && !r.Metadata && len(r.Token.Reveal()) < minToken {
		return vaultcore.Faultf(vaultcore.ErrRequest, "the continuation token is not one of Vaultbar's")
	}
	if err := v.undercut(ctx, r.Profile); err != nil {
		return err
	}
	wanted := agent.CredentialsRequest{Profile: r.Profile, MinTTL: r.MinTTL, Duration: r.Duration, Region: r.Region, Caller: r.Caller}
	endpoint, err := v.firstSession(ctx, wanted, r.Port != 0)
	if err != nil {
		return err
	}
	server, err := credserver.Open(v.served(ctx, wanted, endpoint.Region, agent.Decided(ctx)), credserver.Options{Metadata: r.Metadata, Port: r.Port, Token: r.Token})
	if err != nil {
		return noPort(err)
	}
	defer server.Close()
	endpoint.Address, endpoint.Token = server.Address(), server.Token()
	v.log.Info("serving a profile to a program", "profile", r.Profile, "program", r.Caller.String(), "pid", r.Caller.PID, "at", endpoint.Address)
	r.Ready(endpoint)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-v.grants.Ended(agent.Decided(ctx).Grant):
		return errRevoked
	case <-server.Done():
		v.log.Warn("serving a profile ended: too many wrong tokens", "profile", r.Profile)
		return errGuessed
	}
}

// Serve is part of [agent.Service].
func (v *Vault) Serve(ctx context.Context, r agent.ServeRequest) (agent.ServeResult, error) {
	if err := v.undercut(ctx, r.Profile); err != nil && !r.Containers { // containers do not see the person's files
		return agent.ServeResult{}, err
	}
	if err := v.noStanding(ctx, r.Profile); err != nil {
		return agent.ServeResult{}, err
	}
	wanted := agent.CredentialsRequest{Profile: r.Profile, Caller: r.Caller}
	endpoint, err := v.firstSession(ctx, wanted, false)
	if err != nil {
		return agent.ServeResult{}, err
	}
	wanted.Caller.Program, wanted.Caller.Dir, wanted.Caller.Names = "a program using your server", "", nil // whoever it is by then
	place, err := v.standing.Serve(v.served(ctx, wanted, endpoint.Region, agent.Decision{Grant: agent.Decided(ctx).Grant}), r.Containers)
	if err != nil {
		return agent.ServeResult{}, noPort(err)
	}
	v.log.Info("serving a profile", "profile", r.Profile, "for", r.Caller.String(), "pid", r.Caller.PID, "at", place.Address)
	endpoint.Address, endpoint.Token = place.Address, place.Token
	return agent.ServeResult{Endpoint: endpoint, Relay: agent.Relay(place.Relay)}, nil
}

// StopServing is part of [agent.Service].
func (v *Vault) StopServing(_ context.Context, r agent.StopServingRequest) (agent.StopServingResult, error) {
	return agent.StopServingResult{Served: v.standing.Stop(r.Profiles...)}, nil
}

// Serving says whether a profile is served until somebody ends that.
func (v *Vault) Serving() bool { return len(v.standing.List()) > 0 }

// errRevoked ends a server whose grant the person has revoked.
var errRevoked = vaultcore.Faultf(vaultcore.ErrCanceled, "you have revoked the grant under which the profile was served").
	WithHint("start the command again, to be asked again")

// errGuessed ends a server whose token somebody is guessing.
var errGuessed = vaultcore.Faultf(vaultcore.ErrNoCredentials, "some program is guessing the token: the profile is no longer served").
	WithHint("start the command again; `vaultbar status` shows Vaultbar's log")

// firstSession sees to it that there is a session to serve, and says where its profile
// works. What is resumed had one.
func (v *Vault) firstSession(ctx context.Context, wanted agent.CredentialsRequest, resumed bool) (agent.Endpoint, error) {
	if resumed {
		prepared, err := v.planCached(ctx, v.liveConfig(ctx).Latest(ctx, wanted.Profile), wanted)
		if err != nil {
			return agent.Endpoint{}, err
		}
		return agent.Endpoint{Region: prepared.Plan.Region}, nil
	}
	first, err := v.guarded(ctx, wanted)
	if err != nil {
		return agent.Endpoint{}, err
	}
	if first.Credentials.LongTerm() {
		return agent.Endpoint{}, vaultcore.Faultf(vaultcore.ErrNoCredentials, "%s has a long-term key and no session: only sessions are served", vaultcore.Printable(wanted.Profile)).
			WithHint("`vaultbar exec` without a server passes it on")
	}
	return agent.Endpoint{Region: first.Region, Warnings: first.Warnings, Protected: first.Protected}, nil
}

// served is a profile as a server knows it: whoever asks there gets what the one who
// started it would, as that was decided.
func (v *Vault) served(ctx context.Context, wanted agent.CredentialsRequest, region string, started agent.Decision) credserver.Profile {
	env, start := vaultcore.EnvironmentOf(ctx), wanted.Caller
	start.Terminal, start.Ask, start.Preanswered, start.Person = vaultcore.NoTerminal, nil, nil, nil // the terminal is the command's by now
	return credserver.Profile{
		Name: wanted.Profile, Region: region, Until: v.grants.Ended(started.Grant),
		Source: func(ctx context.Context, profile string, least time.Duration, ask bool) (vaultcore.Credentials, error) {
			r := agent.CredentialsRequest{Profile: profile, MinTTL: least, Region: wanted.Region, Caller: start}
			if profile == wanted.Profile {
				r.Duration = wanted.Duration
			}
			if !ask {
				r.Caller.Prompt = vaultcore.PromptNone
			}
			result, err := v.guarded(vaultcore.WithEnvironment(asStarted(ctx, started), env), r)
			return result.Credentials, err
		},
		Role: func(ctx context.Context, arn string) (string, bool) {
			return v.roleAbove(vaultcore.WithEnvironment(asStarted(ctx, started), env), wanted.Profile, arn)
		},
	}
}

// roleAbove is the profile that assumes a role with the credentials of another. One that
// is protected, or not for the agent that asks, is for programs that the person has
// allowed, by name.
func (v *Vault) roleAbove(ctx context.Context, below, arn string) (string, bool) {
	for _, profile := range v.liveConfig(ctx).Latest(ctx, "").Profiles.All() {
		if next, _ := profile.Leads(); profile.RoleARN == arn && next == below && profile.Err == nil && !v.asksFor(ctx, profile.Name) {
			return profile.Name, true
		}
	}
	return "", false
}

// asksFor says whether who asks under ctx gets a profile only once the person has allowed
// it, or not at all.
func (v *Vault) asksFor(ctx context.Context, profile string) bool {
	rule := v.Protection(ctx, profile)
	agents := rule.ForAgents()
	return rule.Protected.Asks() || agent.Decided(ctx).Agent != "" && (agents == settings.AgentsAsk || agents == settings.AgentsRefuse)
}

// undercut refuses to serve where programs would not ask: AWS's tools look at [default]
// first, and would work as another profile without a word.
func (v *Vault) undercut(ctx context.Context, profile string) error {
	where := awsconfig.DefaultBrings(v.files(ctx))
	if where == "" || profile == "default" {
		return nil
	}
	return vaultcore.Faultf(vaultcore.ErrConfig, "%s: programs would use that instead of what is served", where).
		WithHint("use `vaultbar exec` without a server, or remove it from [default]: with `vaultbar setup --undo default` if Vaultbar wrote it")
}

// noPort is the failure to open a port.
func noPort(err error) error {
	fault := &vaultcore.Fault{Kind: vaultcore.ErrConfig, Cause: err, Message: "no port can be opened on this computer: " + err.Error()}
	if errors.Is(err, syscall.EADDRINUSE) {
		fault.Kind, fault.Message = vaultcore.ErrBusy, "the port is taken by another program"
	}
	return fault
}
