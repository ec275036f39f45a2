package vault

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/source/login"
)

// Snapshot is part of [agent.Service].
func (v *Vault) Snapshot(ctx context.Context) (vaultcore.Snapshot, error) {
	ctx = v.surveyed(ctx)
	config := v.liveConfig(ctx).Latest(ctx, "")
	keys, err := v.shownKeyNames(ctx)
	if err != nil && !errors.Is(err, vaultcore.ErrLocked) {
		return vaultcore.Snapshot{}, err
	}
	snapshot := vaultcore.Snapshot{
		Profiles: make([]vaultcore.ProfileState, 0, len(config.Profiles.All())),
		Asking:   v.prompter.Open(),
		Config:   config.File,
		Faults:   config.Faults,
		Plain:    v.plainKeys(ctx),
		Rotating: v.rotator.Ongoing(),
		Grants:   v.grants.List(),
		Served:   v.standing.List(),
	}
	snapshot.Settings = v.settingValues()
	if !v.desktop.LockNoticed() {
		delete(snapshot.Settings, "lock_on_screen_lock") // it could not be kept to
	}
	for name := range keys.names {
		snapshot.Keys = append(snapshot.Keys, name)
	}
	slices.Sort(snapshot.Keys)
	snapshot.KeptKeys = v.rotator.Kept(snapshot.Keys)
	now, ofAgents := time.Now(), v.pool.OfAgents()
	var plans []*session.Prepared
	protection := v.settings.Now().Protection(config.Profiles, config.Profiles)
	for _, profile := range config.Profiles.All() {
		state, prepared := v.state(ctx, config, profile, keys.names, snapshot.Asking, now)
		for _, living := range ofAgents[profile.Name] {
			state.Agents = append(state.Agents, vaultcore.AgentSession{Agent: living.Agent, Expires: living.Expires})
		}
		state.AccountName = v.directory.Name(state.Account)
		rule, by := protection(profile.Name)
		state.Protected, state.Typed, state.ProtectedBy = rule.Protected.Asks(), rule.Protected == settings.Typed, by
		state.Propose = rule.Protected == settings.Undecided && settings.LooksLikeProduction(profile.Name)
		snapshot.Profiles = append(snapshot.Profiles, state)
		plans = append(plans, prepared)
	}
	for _, in := range v.signInsOf(plans) {
		snapshot.SignIns = append(snapshot.SignIns, in.SignInState)
	}
	return snapshot, nil
}

// Profiles is part of [agent.Service].
func (v *Vault) Profiles(ctx context.Context) ([]string, error) {
	names := []string{}
	for _, profile := range v.liveConfig(ctx).Latest(ctx, "").Profiles.All() {
		names = append(names, profile.Name)
	}
	return names, nil
}

// state is one profile of a snapshot, and its plan; nil where it has no plan.
func (v *Vault) state(ctx context.Context, config awsconfig.Config, profile vaultcore.Profile, names map[string]bool, asking []vaultcore.Question, now time.Time) (vaultcore.ProfileState, *session.Prepared) {
	own := v.settings.Now().Profile(profile.Name)
	state := vaultcore.ProfileState{
		Name: profile.Name, Region: profile.Region, Key: names[profile.Name], State: vaultcore.StateNone,
		MFA: profile.MFASerial, Alias: profile.Alias.Profile, Pinned: own.Pinned, Keep: own.KeepFresh, Color: own.Color,
	}
	prepared, err := v.planCached(ctx, config, agent.CredentialsRequest{Profile: profile.Name})
	if err != nil {
		role := plan.Step{Kind: plan.Role, RoleARN: profile.RoleARN} // known all the same
		state.Account, state.Role, state.ARN = role.Account(), role.Role(), role.RoleARN
		unusable(&state, err)
		return state, nil
	}
	last, tried := prepared.Plan.Last(), v.outcome(profile.Name)
	state.Source, state.MFA = prepared.Plan.Source(), prepared.Plan.Device()
	if in, ok := v.signInOf(prepared); ok {
		state.SignInName, state.Source = in.Name, cmp.Or(prepared.Plan.Steps[0].Source.SignIn.Title(), in.Kind.Title())
	}
	if kind := prepared.Plan.Steps[0].Source.Kind; state.Source == "" {
		state.Source = kind.Title()
	}
	state.Account, state.Role, state.Region = cmp.Or(last.Account(), v.account(prepared.Plan)), last.Role(), prepared.Plan.Region
	state.ARN, state.Endpoints = v.arnOf(prepared.Plan), prepared.Plan.Endpoints()
	state.Err, state.Console = tried.failed, tried.noConsole
	state.Renews = v.pool.Renews(prepared)
	if living, ok := v.pool.Find(prepared, len(prepared.Plan.Steps)-1); ok {
		state.Expires, state.LastUsed = living.Expires, living.Used
		state.Sessions = []vaultcore.SessionState{{Call: last.Call(), Expires: living.Expires}}
	}
	state.State = stateOf(state, asking, v.settings.Now().NotifyLead, now)
	return state, prepared
}

// arnOf is whose credentials a plan gives, where AWS or the config file says so: of a user
// it is known once AWS was asked. The role of a permission set has a name of IAM's own.
func (v *Vault) arnOf(p plan.Plan) string {
	if arn := cmp.Or(p.Last().RoleARN, login.ARN(p.Last().Source)); arn != "" {
		return arn
	}
	id, _ := v.keyID(p.Source())
	user, _ := v.users.Known(id)
	return user.ARN
}

// unusable says why a profile has no plan. One that has no key yet has not
// failed, nor has one whose keychain is to be unlocked first.
func unusable(state *vaultcore.ProfileState, err error) {
	var missing *plan.MissingKey
	switch {
	case errors.Is(err, vaultcore.ErrLocked):
		return
	case errors.As(err, &missing):
		state.Wants = missing.Profile.Name
		return
	case errors.Is(err, vaultcore.ErrNoCredentials):
		return
	}
	state.Err = err.Error()
}

// account is whose key a plan that names no account starts from, when that was
// told as the key was added.
func (v *Vault) account(p plan.Plan) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.accounts[p.Source()]
}

// stateOf is the one word for what a profile's session is doing. One that is not
// renewed ends soon when less than lead is left of it.
func stateOf(p vaultcore.ProfileState, asking []vaultcore.Question, lead time.Duration, now time.Time) vaultcore.State {
	waits := func(q vaultcore.Question) bool {
		return slices.ContainsFunc(q.Waiting, func(c vaultcore.Caller) bool { return c.Profile == p.Name })
	}
	left := p.Expires.Round(0).Sub(now.Round(0))
	switch {
	case slices.ContainsFunc(asking, waits):
		return vaultcore.StateWaiting
	case len(p.Sessions) > 0 && !p.Renews && left <= lead:
		return vaultcore.StateEnding
	case len(p.Sessions) > 0:
		return vaultcore.StateActive
	case p.Err != "":
		return vaultcore.StateFailed
	default:
		return vaultcore.StateNone
	}
}

// Status is part of [agent.Service].
func (v *Vault) Status(ctx context.Context) (agent.Status, error) {
	status := agent.Status{
		Version: vaultcore.Version(), PID: os.Getpid(), Started: v.started,
		Socket: v.paths.Socket, Config: v.ConfigFile(ctx), Log: v.paths.Log,
		Backend: v.keys.Backend(), Keychain: v.keys.Location(), Locked: v.keys.Locked(),
		Desktop:  v.desktop.Present(ctx),
		Profiles: len(v.liveConfig(ctx).Latest(ctx, "").Profiles.All()), Sessions: v.pool.Count(),
		Elsewhere: v.elsewhere(ctx), Served: v.standing.List(),
	}
	keys, err := v.shownKeyNames(ctx)
	if err != nil && !errors.Is(err, vaultcore.ErrLocked) {
		return status, fmt.Errorf("listing the keychain: %w", err)
	}
	status.Keys = len(keys.names)
	for _, in := range v.signInsOf(v.plansOf(ctx, v.liveConfig(ctx).Latest(ctx, ""))) {
		status.SignIns = append(status.SignIns, in.SignInState)
	}
	return status, nil
}

// elsewhere is what is in AWS's place, or on the way there, for whoever asks under ctx: a
// line each.
func (v *Vault) elsewhere(ctx context.Context) []string {
	return v.approver.Elsewhere(ctx, v.liveConfig(ctx).Latest(ctx, "").Profiles.All())
}
