package vault

import (
	"cmp"
	"context"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/console"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// ProfilesFor is part of [agent.Service]. An address that names no account may be of
// any. A locked keychain is an error, since it hides which profiles have a key.
func (v *Vault) ProfilesFor(ctx context.Context, address string) ([]string, error) {
	page, err := console.Target{Address: address}.Resolve()
	if err != nil {
		return nil, err
	}
	if _, err := v.shownKeyNames(ctx); err != nil {
		return nil, err // nothing is known of any profile
	}
	var names []string
	config := v.liveConfig(ctx).Latest(ctx, "")
	for _, profile := range config.Profiles.All() {
		prepared, err := v.planCached(ctx, config, agent.CredentialsRequest{Profile: profile.Name})
		if err != nil {
			continue
		}
		if page.Account() == "" || v.accountOf(ctx, prepared.Plan) == page.Account() {
			names = append(names, profile.Name)
		}
	}
	return names, nil
}

// Account is the account that a profile leads to; "" when it is not known.
func (v *Vault) Account(ctx context.Context, profile string) string {
	prepared, err := v.planCached(ctx, v.liveConfig(ctx).Latest(ctx, profile), agent.CredentialsRequest{Profile: profile})
	if err != nil {
		return "" // whoever uses it is told why
	}
	return v.accountOf(ctx, prepared.Plan)
}

// AccountLabel is an account's id, with its name where Identity Center has told it.
func (v *Vault) AccountLabel(account string) string {
	return vaultcore.AccountLabel(account, v.directory.Name(account))
}

// LeadsTo is the account that a profile leads to, with its name, as far as that is known
// without asking anybody.
func (v *Vault) LeadsTo(ctx context.Context, profile string) string {
	prepared, err := v.planCached(ctx, v.liveConfig(ctx).Latest(ctx, profile), agent.CredentialsRequest{Profile: profile})
	if err != nil {
		return "" // whoever gets it is told why
	}
	return v.AccountLabel(cmp.Or(prepared.Plan.Last().Account(), v.account(prepared.Plan)))
}

// titleOf is the title of a plan, with the name of its account.
func (v *Vault) titleOf(p plan.Plan) string {
	account := p.Last().Account()
	if account == "" {
		return p.Title()
	}
	return strings.Replace(p.Title(), "account "+account, "account "+v.AccountLabel(account), 1)
}

// accountOf is the account that a plan leads to. Of a user it is what was learned
// with the key, where neither the profile nor its device names one; "" when nobody
// has asked yet.
func (v *Vault) accountOf(ctx context.Context, p plan.Plan) string {
	if account := p.Last().Account(); account != "" || p.Last().Kind == plan.Role {
		return account
	}
	if v.keys.Locked() {
		return ""
	}
	id, err := v.keys.KeyID(ctx, p.Source())
	if user, ok := v.users.Known(id); ok && err == nil {
		return user.Account
	}
	key, err := v.keys.Key(ctx, p.Source())
	if err != nil {
		v.log.Debug("the account of a key is not known", "name", p.Source(), "error", err)
	}
	return key.AccountID
}

// Services is part of [agent.Service].
func (v *Vault) Services(context.Context) ([]agent.ConsoleService, error) {
	var all []agent.ConsoleService
	for _, known := range console.Services() {
		all = append(all, agent.ConsoleService{Name: known.Name, Title: known.Title})
	}
	return all, nil
}
