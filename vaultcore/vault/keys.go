package vault

import (
	"context"
	"errors"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/configedit"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
)

// pin notes in the settings which keychain holds the keys. It comes before the
// first key: a key must never lie in a keychain that the next start may not look
// into. The caller has the turn.
func (v *Vault) pin() error {
	if v.settings.Now().Backend != "" {
		return nil
	}
	if err := settings.Set(v.settings.File(), "backend", v.keys.Backend()); err != nil {
		return err
	}
	return v.reload(agent.SetRequest{Key: "backend"})
}

// Add is part of [agent.Service].
func (v *Vault) Add(ctx context.Context, r agent.AddRequest) error {
	r.Caller.Profile = r.Profile
	ctx = vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller))
	if err := v.prepare(ctx, r); err != nil {
		return err
	}
	if err := v.keys.SetKey(ctx, r.Profile, r.Key); err != nil { // it may ask for a passphrase
		return err
	}
	v.replaced(ctx, r.Profile, r.Key)
	v.log.Info("key added", "profile", r.Profile, "id", vaultcore.MaskKeyID(r.Key.AccessKeyID))
	if !r.EditConfig {
		return nil
	}
	return v.addProfile(ctx, r)
}

// replaced ends the sessions of the key that was replaced under a name.
func (v *Vault) replaced(ctx context.Context, name string, key vaultcore.Credentials) {
	v.plans.forget()
	if _, err := v.pool.Forget(ctx, name); err != nil {
		v.log.Warn("sessions of the old key could not be removed", "profile", name, "error", err)
	}
	v.mu.Lock()
	v.accounts[name] = key.AccountID
	v.mu.Unlock()
	if err := v.learnKey(ctx, name); err != nil { // its id was kept just now: nobody is asked
		v.log.Warn("the id of a key could not be read", "profile", name, "error", err)
	}
	v.note(name, nil)
}

// prepare finds out what cannot be kept or written before the key is.
func (v *Vault) prepare(ctx context.Context, r agent.AddRequest) error {
	if err := v.editing.Acquire(ctx, 1); err != nil {
		return err
	}
	defer v.editing.Release(1)
	if err := v.keyFits(ctx, r); err != nil {
		return err
	}
	if r.EditConfig {
		v.liveConfig(ctx).Latest(ctx, "") // a file that is being written is not planned on
		if _, err := configedit.PlanAdd(v.ConfigFile(ctx), addition(r)); err != nil {
			return err
		}
	}
	return v.pin()
}

// addProfile adds a profile whose key is kept to the config file.
func (v *Vault) addProfile(ctx context.Context, r agent.AddRequest) error {
	err := v.editConfig(ctx, func() error { return configedit.Add(v.ConfigFile(ctx), addition(r)) })
	var fault *vaultcore.Fault
	if errors.As(err, &fault) {
		return fault.WithHint("the key itself is kept; see to the rights of %s and the space on its disk, then add the profile there by hand", v.liveConfig(ctx).Current().File)
	}
	return err
}

func addition(r agent.AddRequest) configedit.Addition {
	return configedit.Addition{Profile: r.Profile, Region: r.Region, MFASerial: r.MFASerial}
}

// Remove is part of [agent.Service].
func (v *Vault) Remove(ctx context.Context, r agent.RemoveRequest) (agent.RemoveResult, error) {
	r.Caller.Profile = r.Profile
	ctx = vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller))
	n, kept := v.pool.Forget(ctx, r.Profile) // first of all: nobody is served from here on
	if err := v.keys.RemoveKey(ctx, r.Profile); err != nil {
		return agent.RemoveResult{Sessions: n}, err
	}
	v.rotator.Removed(ctx, r.Profile)
	v.log.Info("key removed", "profile", r.Profile)
	return agent.RemoveResult{Sessions: n}, kept
}

// sweep removes from the keychain the keys that it could not remove before.
func (v *Vault) sweep(ctx context.Context) {
	if err := v.keys.Sweep(ctx); err != nil && ctx.Err() == nil {
		v.log.Warn("a key that was removed is still in the keychain; it is not used", "error", err)
	}
}

// learnKey reads the id of the key kept under name.
func (v *Vault) learnKey(ctx context.Context, name string) error {
	_, err := v.keyIDs.Learn(ctx, plan.Step{Kind: plan.Key, KeyName: name})
	return err
}

// learnKeys reads the ids of the keys that profiles start from, so that the
// sessions of an earlier run are found again.
func (v *Vault) learnKeys(ctx context.Context) {
	keys, err := v.shownKeyNames(ctx)
	if err != nil {
		v.log.Warn("the keychain could not be listed", "error", err)
		return
	}
	for name := range keys.names {
		if err := v.learnKey(ctx, name); err != nil && ctx.Err() == nil {
			v.log.Warn("a key could not be read", "name", name, "error", err)
		}
	}
}
