package vault

import (
	"context"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/approval"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/source/machine"
	"github.com/vaultbar/vaultbar/vaultcore/source/process"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// plan finds the plan of a request by the route that is wished for under ctx. A
// proxy that no host of it is reached by is left out.
func (v *Vault) plan(ctx context.Context, config awsconfig.Config, keys listing, r agent.CredentialsRequest) (*session.Prepared, error) {
	seen := v.surroundings(ctx)
	if seen.err != nil {
		return nil, seen.err
	}
	if seen.machine != nil && ofMachine(config, r.Profile) { // to others a machine is nothing
		return nil, seen.machine
	}
	w, route, life := seen.overrides, seen.overrides.route, v.settings.Now().SessionDuration
	who := v.agentOf(ctx, r.Profile)
	prepared, err := v.plans.find(config, keys, r, life, w, who)
	if err != nil && who.ReadOnly {
		return prepared, err // another key would not be narrowed either
	}
	if err != nil {
		return prepared, v.importable(ctx, config, r.Profile, err)
	}
	if route.Via.Proxy == "" {
		return prepared, nil
	}
	if approval.UseOf(prepared.Plan).Direct().Proxy == "" {
		w.route.Via.Proxy, w.route.Via.NoProxy = "", ""
		return v.plans.find(config, keys, r, life, w, who)
	}
	return prepared, nil
}

// surroundings are what plans are made from besides the config, for whoever asks.
type surroundings struct {
	overrides overrides
	err       error                // why there are none
	machine   error                // what is wrong with what the environment says of the machine
	plain     []vaultcore.PlainKey // see [Vault.plainKeys]
}

type surroundingsKey struct{}

// surveyed is ctx with the surroundings in it, for who plans for many profiles: they
// are the same for all.
func (v *Vault) surveyed(ctx context.Context) context.Context {
	seen := v.surroundings(ctx)
	seen.plain = v.plainKeys(ctx)
	return context.WithValue(ctx, surroundingsKey{}, seen)
}

func (v *Vault) surroundings(ctx context.Context) *surroundings {
	if seen, ok := ctx.Value(surroundingsKey{}).(*surroundings); ok {
		return seen
	}
	route, err := v.approver.Route(ctx)
	if err != nil {
		return &surroundings{err: err}
	}
	route.Reach.Endpoints.IAM = "" // no step of a plan asks it
	env := vaultcore.EnvironmentOf(ctx)
	machines, _, err := machine.Read(env)
	return &surroundings{overrides: overrides{route, v.commandEnv(ctx), loginCache(ctx), machines, plan.TokenOf(env), said(env)}, machine: err}
}

// said are the variables that go before the config file, one a line: what they say is
// read when a plan is made of it.
func said(env vaultcore.Environment) string {
	var set []string
	for _, name := range awsconfig.VariableNames() {
		if value := env.Get(name); value != "" {
			set = append(set, name+"="+value)
		}
	}
	return strings.Join(set, "\n")
}

// commandEnv are the variables that say to a credential_process where the config is,
// for whoever asks under ctx and where that is not the usual place: one a line.
func (v *Vault) commandEnv(ctx context.Context) string {
	var env []string
	if path := v.ConfigFile(ctx); path != v.paths.Config {
		env = append(env, "AWS_CONFIG_FILE="+path)
	}
	if path := v.staticPath(ctx); path != v.paths.Static {
		env = append(env, "AWS_SHARED_CREDENTIALS_FILE="+path)
	}
	return strings.Join(env, "\n")
}

// ofMachine says whether a profile's credentials start with what the machine has.
func ofMachine(config awsconfig.Config, profile string) bool {
	return slices.ContainsFunc(config.Profiles.Chain(profile), func(p vaultcore.Profile) bool { return p.Source.Kind == vaultcore.MachineSource })
}

// loginCache is the folder of the sign-ins of aws login under ctx; "" without a home
// folder.
func loginCache(ctx context.Context) string {
	folder, err := awsconfig.LoginCachePath(vaultcore.EnvironmentOf(ctx).Get)
	if err != nil {
		return ""
	}
	return folder
}

// allowed returns a plan once everything on its way is trusted, asking whoever
// waits for what is not. A request that comes from a command of the plan itself is
// refused. It may return: ErrCanceled, ErrNobodyToAsk, ErrConfig.
func (v *Vault) allowed(ctx context.Context, prepared *session.Prepared, caller *vaultcore.Caller) (*session.Prepared, error) {
	return v.allowedWith(ctx, prepared, caller, nil)
}

// allowedWith is allowed, with more items that are asked about together.
func (v *Vault) allowedWith(ctx context.Context, prepared *session.Prepared, caller *vaultcore.Caller, more []trust.Item) (*session.Prepared, error) {
	if err := v.commands.Refuse(vaultcore.EnvironmentOf(ctx), process.CommandsOf(prepared.Plan)...); err != nil {
		return nil, err
	}
	once, err := v.approver.Allow(ctx, prepared.Plan, caller, more)
	if err != nil {
		return nil, err
	}
	if once {
		return prepared.ForNow(), nil
	}
	return prepared, nil
}

// again plans anew what a session is renewed by; nil when the config or the
// settings have nothing like it any more.
func (v *Vault) again(ctx context.Context, prepared *session.Prepared) *session.Prepared {
	c, ok := prepared.Origin.(choice)
	if !ok {
		return nil
	}
	keys, err := v.shownKeyNames(ctx)
	if err != nil {
		return nil
	}
	r := agent.CredentialsRequest{Profile: c.profile, NoSession: c.noSession, Duration: c.duration, Region: c.region}
	who := c.agent
	if who.Name != "" {
		who = agentBy(who.Name, v.Protection(ctx, c.profile))
	}
	next, err := v.plans.find(v.configs.At(c.config).Current(), keys, r, v.settings.Now().SessionDuration, c.overrides, who)
	if err != nil || len(v.approver.Needs(next.Plan)) > 0 {
		return nil
	}
	return next
}
