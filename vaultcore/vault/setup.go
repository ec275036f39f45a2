package vault

import (
	"context"
	"errors"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/configedit"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// Setup is part of [agent.Service].
func (v *Vault) Setup(ctx context.Context, r agent.SetupRequest) (agent.SetupResult, error) {
	if err := v.editing.Acquire(ctx, 1); err != nil {
		return agent.SetupResult{}, err
	}
	defer v.editing.Release(1)
	for _, profile := range r.Profiles { // a file that is being written is not planned on
		v.liveConfig(ctx).Latest(ctx, profile)
	}
	change, err := configedit.PlanSetup(configedit.Setup{
		Path: v.ConfigFile(ctx), Credentials: v.staticPath(ctx), Profiles: r.Profiles, Command: r.Command, Undo: r.Undo,
		Check: func(planned awsconfig.Config, profile string) error { return v.checkPlan(ctx, planned, profile) },
	})
	if err != nil {
		return agent.SetupResult{}, err
	}
	return v.carryOut(ctx, change, r.Agreed, change.Diff)
}

// EditProfile is part of [agent.Service].
func (v *Vault) EditProfile(ctx context.Context, r agent.EditRequest) (agent.SetupResult, error) {
	if err := v.editing.Acquire(ctx, 1); err != nil {
		return agent.SetupResult{}, err
	}
	defer v.editing.Release(1)
	v.liveConfig(ctx).Latest(ctx, "") // a file that is being written is not planned on
	change, err := v.planEdit(ctx, r)
	if err != nil {
		return agent.SetupResult{}, err
	}
	return v.carryOut(ctx, change, r.Agreed, change.Diff)
}

func (v *Vault) planEdit(ctx context.Context, r agent.EditRequest) (configedit.Change, error) {
	if r.RoleARN == "" {
		return configedit.PlanRegion(v.ConfigFile(ctx), r.Profile, r.Region)
	}
	add := configedit.Addition{Profile: r.Profile, Region: r.Region, RoleARN: r.RoleARN, SourceProfile: r.Source}
	return configedit.PlanRole(v.ConfigFile(ctx), add, func(planned awsconfig.Config, profile string) error {
		return v.checkPlan(ctx, planned, profile)
	})
}

// editConfig makes a change of the files of AWS's tools while nobody else does, and reads
// the config anew.
func (v *Vault) editConfig(ctx context.Context, change func() error) error {
	if err := v.editing.Acquire(ctx, 1); err != nil {
		return err
	}
	defer v.editing.Release(1)
	defer v.liveConfig(ctx).Reload()
	return change()
}

// carryOut shows a change of the config file, or makes it where what was agreed to is
// what it is.
func (v *Vault) carryOut(ctx context.Context, change configedit.Change, agreed, is string) (agent.SetupResult, error) {
	result := agent.SetupResult{File: change.File, Diff: change.Diff, Notes: change.Notes}
	switch {
	case agreed == "" || change.Diff == "":
		return result, nil
	case agreed != is:
		return agent.SetupResult{}, vaultcore.Faultf(vaultcore.ErrBusy, "%s has changed since the change was shown; nothing was written", change.File).
			WithHint("run the command again")
	}
	if err := change.Apply(); err != nil {
		return agent.SetupResult{}, err
	}
	v.liveConfig(ctx).Reload()
	result.Applied = true
	return result, nil
}

// checkPlan says why a profile could not be used if the config were as planned. A
// keychain that is locked is taken to have every key.
func (v *Vault) checkPlan(ctx context.Context, planned awsconfig.Config, profile string) error {
	keys, err := v.listKeys(ctx, v.plans.known().version) // one may have come from elsewhere
	if errors.Is(err, vaultcore.ErrLocked) {
		keys, err = listing{names: make(map[string]bool)}, nil
		for _, p := range planned.Profiles.All() {
			keys.names[p.Name], keys.names[p.Alias.Profile] = true, true
		}
	}
	if err != nil {
		return err
	}
	_, err = v.plans.resolve(planned, keys.names, agent.CredentialsRequest{Profile: profile}, v.settings.Now().SessionDuration, overrides{cache: loginCache(ctx)}, plan.Agent{})
	return err
}
