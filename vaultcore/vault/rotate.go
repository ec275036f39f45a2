package vault

import (
	"context"
	"slices"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/rotator"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
)

// newRotator makes what rotates the vault's keys.
func (v *Vault) newRotator(p Parts) *rotator.Rotator {
	return rotator.New(rotator.Options{
		Vault: keyOwner{v}, Keys: p.Keys, KeyID: v.keyID, STS: p.STS, Ages: p.Ages, Propagation: p.Propagation,
		Changed: p.Changed, Deleted: v.trail.Deleted, Log: p.Log,
	})
}

// Rotate is part of [agent.Service].
func (v *Vault) Rotate(ctx context.Context, r agent.RotateRequest) (agent.RotateResult, error) {
	r.Caller.Profile = r.Profile
	return v.rotator.Rotate(vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller)), r)
}

// TendKeys deletes the old keys of rotations when that is due, and finds out how old keys
// are, until ctx ends. What needs the keychain is done by while, which does nothing while
// Vaultbar is locked.
func (v *Vault) TendKeys(ctx context.Context, while func(context.Context, func(context.Context) error) error) {
	v.rotator.Tend(ctx, while)
}

// noteUse has the rotator note that a plan was carried out. A person who does not want to be
// reminded of old keys has nothing asked for it.
func (v *Vault) noteUse(ctx context.Context, prepared *session.Prepared) {
	if prepared.Plan.Steps[0].Kind == plan.Key && v.settings.Now().KeyAgeWarn != 0 {
		v.rotator.Used(ctx, prepared.Plan)
	}
}

// keyID is the id of the key of a name, once it is known.
func (v *Vault) keyID(name string) (id string, known bool) {
	return v.keyIDs.ID(plan.Step{Kind: plan.Key, KeyName: name})
}

// keyOwner is a [rotator.Vault].
type keyOwner struct{ v *Vault }

// Plan is part of [rotator.Vault], and so are those that follow.
func (o keyOwner) Plan(ctx context.Context, profile string) (plan.Plan, error) {
	prepared, err := o.v.planFor(ctx, agent.CredentialsRequest{Profile: profile})
	if err != nil {
		return plan.Plan{}, err
	}
	return prepared.Plan, nil
}

func (o keyOwner) Known(ctx context.Context, name string, caller *vaultcore.Caller) (rotator.Known, error) {
	profile, _ := o.v.liveConfig(ctx).Current().Profiles.Get(name)
	profile.Name = name
	atSTS, atIAM, err := o.v.approver.Targets(ctx, profile, caller)
	return rotator.Known{
		Account: plan.KeyAccount(profile), AtSTS: atSTS, AtIAM: atIAM, SessionDuration: o.v.settings.Now().SessionDuration,
		Files: o.v.files(ctx),
	}, err
}

func (o keyOwner) Resting(ctx context.Context, names []string) (profiles []string, at []sts.Target) {
	for _, prepared := range o.v.plansOf(ctx, o.v.liveConfig(ctx).Current()) {
		if prepared == nil || !slices.Contains(names, prepared.Plan.Source()) {
			continue
		}
		profiles = append(profiles, prepared.Plan.Profile)
		if steps := prepared.Plan.Steps; len(steps) > 1 && len(o.v.approver.Needs(prepared.Plan)) == 0 {
			at = append(at, sts.TargetOf(steps[1]))
		}
	}
	return profiles, at
}

func (o keyOwner) Session(ctx context.Context, p plan.Plan, caller *vaultcore.Caller) (vaultcore.Credentials, error) {
	prepared, err := o.v.allowed(ctx, session.Prepare(p).ForNow(), caller)
	if err != nil {
		return vaultcore.Credentials{}, err
	}
	return o.v.pool.Get(ctx, prepared, 0, caller)
}

func (o keyOwner) AtHand(ctx context.Context, p plan.Plan, caller *vaultcore.Caller) (vaultcore.Credentials, error) {
	prepared := session.Prepare(p).ForNow()
	if _, lives := o.v.pool.Find(prepared, len(p.Steps)-1); !lives {
		return vaultcore.Credentials{}, vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "the session has ended")
	}
	return o.v.pool.Get(ctx, prepared, 0, caller)
}

func (o keyOwner) Replaced(ctx context.Context, name string, key vaultcore.Credentials) {
	o.v.replaced(ctx, name, key)
}
