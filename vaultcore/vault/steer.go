package vault

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/console"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/source/login"
	"github.com/vaultbar/vaultbar/vaultcore/source/machine"
	"github.com/vaultbar/vaultbar/vaultcore/source/process"
	"github.com/vaultbar/vaultbar/vaultcore/source/sso"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
	"github.com/vaultbar/vaultbar/vaultcore/source/webidentity"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// wantedRoute is the route that is wished for under ctx: by a program's environment, else,
// for the menu and for work that nobody waits for, by what the person trusts.
func (v *Vault) wantedRoute(ctx context.Context) (trust.Route, error) {
	lists := v.settings.Now().Trust()
	if !vaultcore.HasEnvironment(ctx) {
		return trust.Background(lists), nil
	}
	route, _, err := trust.Of(vaultcore.EnvironmentOf(ctx), lists)
	return route, err
}

// touches is, by kind of step, what carrying one out touches on its way: nothing where it
// asks nobody.
var touches = map[plan.Kind]func(plan.Step) trust.Use{
	sso.Kind: func(s plan.Step) trust.Use {
		return trust.Use{SignIns: []string{s.Endpoint, s.Authority}, Hosts: sso.Hosts(s), Via: s.Via}
	},
	login.Kind: func(s plan.Step) trust.Use {
		return trust.Use{SignIns: []string{s.Endpoint}, Hosts: login.Hosts(s), Via: s.Via}
	},
	webidentity.Kind: touchesSTS,
	plan.Session:     touchesSTS,
	plan.Role:        touchesSTS,
	machine.Kind: func(s plan.Step) trust.Use {
		if machine.Known(s.Endpoint) {
			return trust.Use{}
		}
		return trust.Use{Endpoints: []string{s.Endpoint}, Via: s.Via}
	},
	plan.Key:     touchesIdentity,
	process.Kind: touchesIdentity,
}

func touchesSTS(s plan.Step) trust.Use {
	return trust.Use{Endpoints: []string{s.Endpoint}, Hosts: sts.TargetOf(s).Hosts(), Via: s.Via}
}

// touchesIdentity is of credentials that are there already: AWS is asked whose they are,
// where the config says that.
func touchesIdentity(s plan.Step) trust.Use {
	if s.Region == "" {
		return trust.Use{}
	}
	return touchesSTS(s)
}

// useOf is what carrying out a plan touches on its way. All steps go by the same way.
func useOf(p plan.Plan) trust.Use {
	var u trust.Use
	for _, step := range p.Steps {
		of := touches[step.Kind](step)
		for _, endpoint := range of.Endpoints {
			u.Endpoints = add(u.Endpoints, endpoint)
		}
		for _, endpoint := range of.SignIns {
			u.SignIns = add(u.SignIns, endpoint)
		}
		u.Hosts = append(u.Hosts, of.Hosts...)
		if of.Via != (vaultcore.Via{}) {
			u.Via = of.Via
		}
	}
	return u
}

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
	if useOf(prepared.Plan).Direct().Proxy == "" {
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
	route, err := v.wantedRoute(ctx)
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

// needs are the items that somebody has to allow before a plan may be carried out.
func (v *Vault) needs(prepared *session.Prepared) []trust.Item {
	if !slices.ContainsFunc(prepared.Plan.Steps, func(step plan.Step) bool {
		return step.Endpoint != "" || step.Authority != "" || step.Via != (vaultcore.Via{})
	}) {
		return nil // as of most, who wait for it
	}
	return useOf(prepared.Plan).Needs(v.settings.Now().Trust(), trust.System)
}

// untrusted is why a plan may not be carried out without somebody who allows it; nil where
// it may.
func (v *Vault) untrusted(prepared *session.Prepared) error {
	needs := v.needs(prepared)
	if len(needs) == 0 {
		return nil
	}
	return vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "the way there is not trusted: %s", needs[0].Shown())
}

// allows says whether the way of a step may be used though nobody waits for it.
func (v *Vault) allows(step plan.Step) bool {
	return v.untrusted(session.Prepare(plan.Plan{Steps: []plan.Step{step}})) == nil
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
	needs := v.needs(prepared)
	for _, item := range more {
		if !slices.Contains(needs, item) {
			needs = append(needs, item)
		}
	}
	once, err := v.permit(ctx, caller, needs)
	if err != nil {
		return nil, err
	}
	v.introduce(ctx)
	if once {
		return prepared.ForNow(), nil
	}
	return prepared, nil
}

// introduce tells the carriers how a proxy, which is allowed, knows its user.
func (v *Vault) introduce(ctx context.Context) {
	env := vaultcore.EnvironmentOf(ctx)
	if env.Get("HTTPS_PROXY") == "" {
		return
	}
	if _, account, err := trust.Of(env, trust.Lists{}); err == nil {
		v.carriers.Know(account)
	}
}

// targets are where STS and IAM are asked about a profile's key, once that is
// allowed.
func (v *Vault) targets(ctx context.Context, profile vaultcore.Profile, caller *vaultcore.Caller) (atSTS, atIAM sts.Target, err error) {
	atSTS, atIAM, needs, err := v.wantedTargets(ctx, profile)
	if err != nil {
		return atSTS, atIAM, err
	}
	if _, err := v.permit(ctx, caller, needs); err != nil {
		return atSTS, atIAM, err
	}
	v.introduce(ctx)
	return atSTS, atIAM, nil
}

// wantedTargets are those targets, and what somebody has to allow before they are asked.
func (v *Vault) wantedTargets(ctx context.Context, profile vaultcore.Profile) (atSTS, atIAM sts.Target, needs []trust.Item, err error) {
	route, err := v.wantedRoute(ctx)
	if err != nil {
		return atSTS, atIAM, nil, err
	}
	route = route.Said(profile.Reach)
	at := sts.Target{Region: cmp.Or(profile.Region, "us-east-1"), Variant: route.Reach.Variant(), Attempts: route.Reach.Attempts, Via: route.Via}
	atSTS, atIAM = at, at
	atSTS.Endpoint, atIAM.Endpoint = route.Reach.Used().STS, route.Reach.Used().IAM
	use := trust.Use{Endpoints: add(add(nil, atSTS.Endpoint), atIAM.Endpoint), Hosts: slices.Concat(atSTS.Hosts(), atIAM.Hosts()), Via: route.Via}
	use.Via = use.Direct()
	atSTS.Via, atIAM.Via = use.Via, use.Via
	return atSTS, atIAM, use.Needs(v.settings.Now().Trust(), trust.System), nil
}

// signInAt is where and by which way the console of a plan is signed in to, and what
// that touches.
func (v *Vault) signInAt(ctx context.Context, p plan.Plan, region string) (console.Request, trust.Use, error) {
	route, err := v.wantedRoute(ctx)
	if err != nil {
		return console.Request{}, trust.Use{}, err
	}
	route = route.Said(p.Reach)
	r := console.Request{Endpoint: route.Reach.Used().SignIn, FIPS: route.Reach.Variant().FIPS}
	use := trust.Use{SignIns: add(nil, r.Endpoint), Via: route.Via}
	if r.Endpoint == "" {
		use.Hosts = console.Hosts(region, r.FIPS)
	}
	use.Via = use.Direct()
	r.Via = use.Via
	return r, use, nil
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
	next, err := v.plans.find(v.configs.at(c.config).Current(), keys, r, v.settings.Now().SessionDuration, c.overrides, who)
	if err != nil || len(v.needs(next)) > 0 {
		return nil
	}
	return next
}
