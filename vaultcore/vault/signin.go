package vault

import (
	"context"
	"errors"
	"slices"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/approval"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// signIns is a kind of sign-in: a source that a person signs in to once, for all the
// profiles that use it. A sign-in is named by a step that starts with it.
type signIns interface {
	session.Source
	// State is how a sign-in stands, as far as is known without asking anybody, nor
	// the keychain. Which profiles use it is left to the vault. It must not block.
	State(plan.Step) vaultcore.SignInState
	// Load reads a sign-in from the keychain, which is open.
	Load(context.Context, plan.Step) error
	// SignIn has a person sign in who waits under ctx, where nobody is signed in, or
	// where the way says so in any case. It says whether that was needed, and what
	// the person should know, a sentence each.
	SignIn(context.Context, plan.Step, vaultcore.SignInWay) (fresh bool, warnings []string, err error)
	// SignOut ends a sign-in: in memory first, then at AWS and in the keychain. Unasked
	// is why AWS may not be asked by the way of the step; nil where it may. It says
	// whether there was one, and what lives on, a sentence each.
	SignOut(ctx context.Context, step plan.Step, unasked error) (was bool, livesOn []string, err error)
	// EndAll ends all of them in memory, and RemoveAll removes the saved ones once
	// the journal says that they have ended.
	EndAll()
	RemoveAll(context.Context) error
}

// signIn is one that profiles of a config use.
type signIn struct {
	vaultcore.SignInState
	kind     signIns
	prepared *session.Prepared // of the first profile that uses it
	profiles []string
}

// signInOf is the sign-in that a plan starts with, if it does.
func (v *Vault) signInOf(prepared *session.Prepared) (signIn, bool) {
	first := prepared.Plan.Steps[0]
	kind, ok := v.signIns[first.Kind]
	if !ok {
		return signIn{}, false
	}
	state := kind.State(first)
	if length := v.settings.Now().SSOSessionLength; length != 0 && state.Kind == vaultcore.SSOSource && state.Renews {
		state.Ends = state.SignedIn.Add(length)
	}
	return signIn{SignInState: state, kind: kind, prepared: prepared}, true
}

// plansOf are the plans of the profiles of a config, in their order; nil where there is
// none.
func (v *Vault) plansOf(ctx context.Context, config awsconfig.Config) []*session.Prepared {
	ctx = v.surveyed(ctx)
	var plans []*session.Prepared
	for _, profile := range config.Profiles.All() {
		prepared, err := v.planCached(ctx, config, agent.CredentialsRequest{Profile: profile.Name})
		if err != nil {
			prepared = nil // whoever uses it is told why
		}
		plans = append(plans, prepared)
	}
	return plans
}

// signInsOf lists the sign-ins that plans start with, in their order.
func (v *Vault) signInsOf(plans []*session.Prepared) []*signIn {
	type key struct {
		kind vaultcore.SourceKind
		name string
	}
	var all []*signIn
	known := make(map[key]*signIn)
	for _, prepared := range plans {
		if prepared == nil {
			continue
		}
		in, ok := v.signInOf(prepared)
		if !ok {
			continue
		}
		one := known[key{in.Kind, in.Name}]
		if one == nil {
			one = &in
			known[key{in.Kind, in.Name}] = one
			all = append(all, one)
		}
		one.Profiles++
		one.profiles = append(one.profiles, prepared.Plan.Profile)
		if v.outcome(prepared.Plan.Profile).waits && one.SignedIn.IsZero() {
			one.Needed++
		}
	}
	return all
}

// signInNamed finds the sign-in of a name, or that of a profile of that name, or with
// the empty name the only one that there is.
func (v *Vault) signInNamed(ctx context.Context, name string) (*signIn, error) {
	if _, err := v.keyNames(ctx); err != nil { // a profile whose key is kept signs in to nothing
		return nil, err
	}
	config := v.liveConfig(ctx).Latest(ctx, name)
	all := v.signInsOf(v.plansOf(ctx, config))
	for _, in := range all {
		if in.Name == name || name == "" && len(all) == 1 {
			return in, nil
		}
	}
	if in, err := v.unusedSignIn(ctx, config, name); in != nil || err != nil {
		return in, err
	}
	switch {
	case name == "" && len(all) == 0:
		return nil, vaultcore.Faultf(vaultcore.ErrRequest, "no profile in %s uses a sign-in", vaultcore.Printable(config.File)).
			WithHint("add a profile with an sso_session or a login_session")
	case name == "":
		return nil, vaultcore.Faultf(vaultcore.ErrRequest, "missing sign-in name: there are %d", len(all)).
			WithHint("`vaultbar list` shows them")
	}
	for _, in := range all {
		if slices.Contains(in.profiles, name) {
			return in, nil
		}
	}
	if _, err := v.planCached(ctx, config, agent.CredentialsRequest{Profile: name}); err != nil {
		return nil, err
	}
	return nil, vaultcore.Faultf(vaultcore.ErrRequest, "%s needs no sign-in", vaultcore.Printable(name)).
		WithHint("`vaultbar explain %s` says where its credentials come from", vaultcore.Argument(name))
}

// unusedSignIn finds the [sso-session] of a name that no profile uses, so that there is
// none to plan by; nil when there is no such one.
func (v *Vault) unusedSignIn(ctx context.Context, config awsconfig.Config, name string) (*signIn, error) {
	at := slices.IndexFunc(config.SignIns, func(in vaultcore.SignIn) bool { return in.Session == name })
	if at < 0 {
		return nil, nil
	}
	route, err := v.approver.Route(ctx)
	if err != nil {
		return nil, err
	}
	planned := func(route trust.Route) *session.Prepared {
		prepared := session.Prepare(plan.OfSignIn(config.SignIns[at], plan.Options{Reach: route.Reach, Via: route.Via}))
		prepared.Origin = choice{config: config.Path, overrides: overrides{route: route}}
		return prepared
	}
	prepared := planned(route)
	if direct := approval.UseOf(prepared.Plan).Direct(); direct.Proxy != route.Via.Proxy {
		route.Via.Proxy, route.Via.NoProxy = "", ""
		prepared = planned(route)
	}
	if in, ok := v.signInOf(prepared); ok {
		return &in, nil
	}
	return nil, nil
}

// SignIn is part of [agent.Service].
func (v *Vault) SignIn(ctx context.Context, r agent.SignInRequest) (agent.SignInResult, error) {
	ctx = vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller))
	in, err := v.signInNamed(ctx, r.Name)
	if err != nil {
		return agent.SignInResult{}, err
	}
	prepared, err := v.allowed(ctx, in.prepared, &r.Caller)
	if err != nil {
		return agent.SignInResult{}, err
	}
	first := prepared.Plan.Steps[0]
	fresh, warnings, err := in.kind.SignIn(ctx, first, vaultcore.SignInWay{DeviceCode: r.DeviceCode, NoBrowser: r.NoBrowser, Force: r.Force})
	if err != nil {
		return agent.SignInResult{}, err
	}
	v.log.Info("signed in", "sign-in", in.Name, "fresh", fresh)
	for _, profile := range in.profiles {
		v.note(profile, nil)
		v.noteWaits(profile, prepared, nil)
	}
	v.changed.Notify()
	now, _ := v.signInOf(prepared)
	return agent.SignInResult{Name: now.Name, Expires: now.Expires, Ends: now.Ends, Fresh: fresh, Warnings: warnings}, nil
}

// SignOut is part of [agent.Service]. Where somebody would have to allow first that AWS is
// asked, nobody is asked about it, and what signs in is sent nowhere.
func (v *Vault) SignOut(ctx context.Context, r agent.SignOutRequest) (result agent.SignOutResult, err error) {
	ctx = vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller))
	var all []*signIn
	if r.Name == "" {
		if _, err := v.keyNames(ctx); err != nil {
			return result, err
		}
		all = v.signInsOf(v.plansOf(ctx, v.liveConfig(ctx).Latest(ctx, "")))
	} else {
		in, err := v.signInNamed(ctx, r.Name)
		if err != nil {
			return result, err
		}
		all = []*signIn{in}
	}
	v.approver.Introduce(ctx)
	for _, in := range all {
		was, livesOn, failed := in.kind.SignOut(ctx, in.prepared.Plan.Steps[0], v.approver.Untrusted(in.prepared.Plan))
		if was {
			result.SignIns++
		}
		for _, sentence := range livesOn {
			if !slices.Contains(result.LivesOn, sentence) {
				result.LivesOn = append(result.LivesOn, sentence)
			}
		}
		n, unremoved := v.pool.Forget(ctx, in.prepared.Plan.Root())
		result.Sessions += n
		err = errors.Join(err, failed, unremoved)
		v.log.Info("signed out", "sign-in", in.Name, "sessions", n)
	}
	v.changed.Notify()
	return result, err
}

// signsIn names what a person must sign in to before a plan can be carried out; it
// is empty while a session lives or a sign-in can be refreshed.
func (v *Vault) signsIn(prepared *session.Prepared) string {
	in, ok := v.signInOf(prepared)
	if !ok || !in.kind.Asks(prepared.Plan.Steps[0]) {
		return ""
	}
	if _, lives := v.pool.Find(prepared, len(prepared.Plan.Steps)-1); lives {
		return ""
	}
	return in.Name
}

// loadSignIns takes up the sign-ins of an earlier run, which the sessions of these
// plans are renewed with. Nobody is asked: the keychain is open.
func (v *Vault) loadSignIns(ctx context.Context, plans []*session.Prepared) {
	for _, prepared := range plans {
		in, ok := v.signInOf(prepared)
		if !ok {
			continue
		}
		if err := in.kind.Load(ctx, prepared.Plan.Steps[0]); err != nil {
			v.log.Warn("a saved sign-in could not be loaded yet", "error", err)
			return
		}
	}
}

// shareSignIns leaves sign-ins for AWS's other tools, or takes them away, as the
// settings now say.
func (v *Vault) shareSignIns() {
	for _, kind := range v.signIns {
		if kind, ok := kind.(interface{ ShareAnew() }); ok {
			kind.ShareAnew()
		}
	}
}

// pages shows AWS's sign-in pages in the person's browser.
type pages struct{ vault *Vault }

// Shows is part of [person.Browsers].
func (p pages) Shows(ctx context.Context) bool { return p.vault.desktop.Present(ctx) }

// Show is part of [person.Browsers]. A browser profile that is kept for sign-ins is
// apart from the person's own; isolated consoles have nothing to do with it.
func (p pages) Show(ctx context.Context, name string, address vaultcore.Secret, proxy string) error {
	wanted := p.vault.settings.Now().SignIn(name)
	r := agent.LoginRequest{Browser: wanted.Browser, Isolated: agent.IsolatedNo}
	if wanted.BrowserProfile != "" {
		r.Isolated, r.IsolatedAs = agent.IsolatedYes, wanted.BrowserProfile
	}
	_, _, err := p.vault.browsers.Open(ctx, address, proxy, r)
	return err
}
