package vault

import (
	"context"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
	"github.com/vaultbar/vaultbar/vaultcore/configedit"
	"github.com/vaultbar/vaultbar/vaultcore/directory"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/ssosync"
)

// portal is a kind of sign-in of which AWS lists what a person reaches by it.
type portal interface {
	Accounts(context.Context, plan.Step) ([]vaultcore.Account, error)
	Roles(ctx context.Context, step plan.Step, account string) ([]string, error)
}

// portalNamed finds the portal of a sign-in, and the step that starts with it.
func (v *Vault) portalNamed(ctx context.Context, name string) (*signIn, portal, error) {
	in, err := v.signInNamed(ctx, name)
	if err != nil {
		return nil, nil, err
	}
	lists, ok := in.kind.(portal)
	if !ok {
		return nil, nil, vaultcore.Faultf(vaultcore.ErrRequest, "%s is not a sign-in to IAM Identity Center", vaultcore.Printable(in.Name)).
			WithHint("only those list accounts and roles")
	}
	return in, lists, nil
}

// ListAccounts is part of [agent.Service].
func (v *Vault) ListAccounts(ctx context.Context, r agent.AccountsRequest) (agent.AccountsResult, error) {
	ctx = vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller))
	in, lists, err := v.portalNamed(ctx, r.SignIn)
	if err != nil {
		return agent.AccountsResult{}, err
	}
	prepared, err := v.allowed(ctx, in.prepared, &r.Caller)
	if err != nil {
		return agent.AccountsResult{}, err
	}
	step := prepared.Plan.Steps[0]
	of := step.Source.SignIn
	if r.After == "" || v.directory.Accounts(of) == nil {
		accounts, err := lists.Accounts(ctx, step)
		if err != nil {
			return agent.AccountsResult{}, err
		}
		v.directory.Begin(of, accounts)
		v.changed.Notify() // a screen shows their names
	}
	wanted := directory.Wanted{After: r.After, Accounts: r.Accounts, Roles: r.Roles}
	page, err := v.directory.Page(ctx, of, wanted, func(ctx context.Context, account string) ([]string, error) {
		return lists.Roles(ctx, step, account)
	})
	if unsaved := v.directory.Save(); unsaved != nil {
		v.log.Warn("what accounts there are cannot be written down", "error", unsaved)
	}
	if err != nil {
		return agent.AccountsResult{}, err
	}
	return agent.AccountsResult{SignIn: in.Name, Accounts: page.Accounts, Done: page.Done, Total: page.Total, Next: page.Next}, nil
}

// SyncProfiles is part of [agent.Service].
func (v *Vault) SyncProfiles(ctx context.Context, r agent.SyncRequest) (agent.SyncResult, error) {
	ctx = vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller))
	if r.Region != "" && !aws.ValidRegion(r.Region) {
		return agent.SyncResult{}, vaultcore.Faultf(vaultcore.ErrRequest, "%q is not a region", vaultcore.Printable(r.Region)).
			WithHint("a region is named like us-east-1")
	}
	in, _, err := v.portalNamed(ctx, r.SignIn)
	if err != nil {
		return agent.SyncResult{}, err
	}
	of := in.prepared.Plan.Steps[0].Source.SignIn
	listed, whole := v.directory.Whole(of)
	if !whole {
		return agent.SyncResult{}, vaultcore.Faultf(vaultcore.ErrNoAnswer, "AWS has not listed all accounts and roles of %s recently; nothing was changed", vaultcore.Printable(in.Name)).
			WithHint("run the command again: it resumes where it stopped")
	}
	if err := v.editing.Acquire(ctx, 1); err != nil {
		return agent.SyncResult{}, err
	}
	defer v.editing.Release(1)
	v.liveConfig(ctx).Latest(ctx, "") // a file that is being written is not planned on
	change, made, err := configedit.PlanSync(v.ConfigFile(ctx), func(have vaultcore.Profiles) (configedit.Sync, error) {
		p, err := ssosync.Decide(have, ssosync.Options{
			SignIn: of, Listed: listed, Region: r.Region, Template: r.Template, Ignore: r.Ignore, Prune: r.Prune,
		})
		return configedit.Sync(p), err
	})
	if err != nil {
		return agent.SyncResult{}, err
	}
	result := agent.SyncResult{Change: change.ID(), Added: len(made.Add), Removed: len(made.Remove)}
	result.SetupResult, err = v.carryOut(ctx, change, r.Agreed, result.Change)
	return result, err
}
