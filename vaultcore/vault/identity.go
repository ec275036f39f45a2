package vault

import (
	"cmp"
	"context"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/machine"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
)

// Identify is part of [agent.Service]. A key of another account than its profile names
// is ErrWrongAccount: whoever adds or imports it stops here.
func (v *Vault) Identify(ctx context.Context, r agent.IdentifyRequest) (vaultcore.Identity, error) {
	r.Caller.Profile = r.Profile
	profile, _ := v.liveConfig(ctx).Latest(ctx, "").Profiles.Get(r.Profile) // one that is being added may be missing
	sts, iam, err := v.approver.Targets(ctx, profile, &r.Caller)
	if err != nil {
		return vaultcore.Identity{}, err
	}
	id, err := v.sts.Identify(ctx, sts, iam, r.Key)
	if err == nil {
		err = plan.KeyAccount(profile).Check(r.Profile, id.Account)
	}
	if err != nil {
		return vaultcore.Identity{}, err
	}
	return id, nil
}

// keyFits says whether a key may be kept for a profile, as far as its account is known.
func (v *Vault) keyFits(ctx context.Context, r agent.AddRequest) error {
	profile, _ := v.liveConfig(ctx).Latest(ctx, "").Profiles.Get(r.Profile)
	profile.Name = r.Profile
	profile.MFASerial = cmp.Or(profile.MFASerial, r.MFASerial)
	return plan.KeyAccount(profile).Check(r.Profile, r.Key.AccountID)
}

// checkAccount is the check of the session pool. Most answers of AWS's say which account
// they are of; of a key that was added unchecked, and of what a program gives without a
// word, AWS is asked once.
func (v *Vault) checkAccount(ctx context.Context, p plan.Plan, step int, made vaultcore.Credentials) (vaultcore.Credentials, error) {
	at := p.Steps[step]
	names := at.Names()
	if names.Account == "" {
		return made, nil
	}
	if made.AccountID == "" {
		user, err := v.users.Whose(ctx, made, identifier{v.sts, askedOf(p, step)})
		if err != nil {
			return vaultcore.Credentials{}, err
		}
		made.AccountID = user.Account
	}
	if err := names.Check(at.Profile, made.AccountID); err != nil {
		return vaultcore.Credentials{}, err
	}
	return made, nil
}

// askedOf is where AWS is asked whose the credentials of a step are: where the next step
// takes them, else where the step itself asked.
func askedOf(p plan.Plan, step int) sts.Target {
	at := p.Steps[min(step+1, len(p.Steps)-1)]
	place := sts.TargetOf(at)
	if at.Kind == machine.Kind { // whose endpoint is the machine's own
		place.Endpoint = ""
	}
	place.Region = cmp.Or(place.Region, p.Region)
	return place
}

// identifier asks STS at one place.
type identifier struct {
	client *sts.Client
	at     sts.Target
}

// WhoIs is part of [console.Identifier].
func (i identifier) WhoIs(ctx context.Context, key vaultcore.Credentials) (vaultcore.Identity, error) {
	return i.client.WhoIs(ctx, i.at, key)
}
