package vault

import (
	"context"
	"errors"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
)

// pin notes in the settings which keychain holds the keys. It comes before the
// first key: a key must never lie in a keychain that the next start may not look
// into. The caller has the turn.
func (s *Vault) pin() error {
	if s.settings.Now().Backend != "" {
		return nil
	}
	if err := settings.Set(s.settings.File(), "backend", s.keys.Backend()); err != nil {
		return err
	}
	return s.reload()
}

// Add is part of [agent.Service].
func (s *Vault) Add(ctx context.Context, r agent.AddRequest) error {
	r.Caller.Profile = r.Profile
	ctx = vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller))
	if err := s.prepare(ctx, r); err != nil {
		return err
	}
	if err := s.keys.SetKey(ctx, r.Profile, r.Key); err != nil { // it may ask for a passphrase
		return err
	}
	s.plans.forget()
	if _, err := s.pool.Forget(ctx, r.Profile); err != nil {
		s.log.Warn("sessions of the old key could not be removed", "profile", r.Profile, "error", err)
	}
	s.mu.Lock()
	s.accounts[r.Profile] = r.Key.AccountID
	s.mu.Unlock()
	if err := s.learnKey(ctx, r.Profile); err != nil { // its id was kept just now: nobody is asked
		s.log.Warn("the id of a key could not be read", "profile", r.Profile, "error", err)
	}
	s.note(r.Profile, nil)
	s.log.Info("key added", "profile", r.Profile, "id", vaultcore.MaskKeyID(r.Key.AccessKeyID))
	if !r.EditConfig {
		return nil
	}
	return s.addProfile(ctx, r)
}

// prepare finds out what cannot be written before the key is kept.
func (s *Vault) prepare(ctx context.Context, r agent.AddRequest) error {
	if err := s.editing.Acquire(ctx, 1); err != nil {
		return err
	}
	defer s.editing.Release(1)
	if r.EditConfig {
		s.roster(ctx).Latest(ctx, "") // a file that is being written is not planned on
		if _, err := awsconfig.PlanAdd(s.ConfigFile(ctx), addition(r)); err != nil {
			return err
		}
	}
	return s.pin()
}

// addProfile adds a profile whose key is kept to the config file.
func (s *Vault) addProfile(ctx context.Context, r agent.AddRequest) error {
	if err := s.editing.Acquire(ctx, 1); err != nil {
		return err
	}
	defer s.editing.Release(1)
	err := awsconfig.Add(s.ConfigFile(ctx), addition(r))
	s.roster(ctx).Reload()
	var fault *vaultcore.Fault
	if errors.As(err, &fault) {
		return fault.WithHint("the key itself is kept; mend %s and add the profile there by hand", s.roster(ctx).Current().File)
	}
	return err
}

func addition(r agent.AddRequest) awsconfig.Addition {
	return awsconfig.Addition{Profile: r.Profile, Region: r.Region, MFASerial: r.MFASerial}
}

// Remove is part of [agent.Service].
func (s *Vault) Remove(ctx context.Context, r agent.RemoveRequest) (agent.RemoveResult, error) {
	r.Caller.Profile = r.Profile
	ctx = vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller))
	n, kept := s.pool.Forget(ctx, r.Profile) // first of all: nobody is served from here on
	if err := s.keys.RemoveKey(ctx, r.Profile); err != nil {
		return agent.RemoveResult{Sessions: n}, err
	}
	s.log.Info("key removed", "profile", r.Profile)
	return agent.RemoveResult{Sessions: n}, kept
}

// sweep removes from the keychain the keys that it could not remove before.
func (s *Vault) sweep(ctx context.Context) {
	if err := s.keys.Sweep(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("a key that was removed is still in the keychain; it is not used", "error", err)
	}
}

// learnKey reads the id of the key kept under name.
func (s *Vault) learnKey(ctx context.Context, name string) error {
	_, err := s.keyIDs.Learn(ctx, plan.Step{Kind: plan.Key, KeyName: name})
	return err
}

// learnKeys reads the ids of the keys that profiles start from, so that the
// sessions of an earlier run are found again.
func (s *Vault) learnKeys(ctx context.Context) {
	keys, err := s.shownKeyNames(ctx)
	if err != nil {
		s.log.Warn("the keychain could not be listed", "error", err)
		return
	}
	for name := range keys.names {
		if err := s.learnKey(ctx, name); err != nil && ctx.Err() == nil {
			s.log.Warn("a key could not be read", "name", name, "error", err)
		}
	}
}
