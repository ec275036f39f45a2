package vault

import (
	"context"
	"errors"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/keystore"
)

// awsVaultKeys reads the keys that aws-vault has: of all profiles, or of those that are
// named. Where its items cannot be listed, those of the config file are tried.
func (v *Vault) awsVaultKeys(ctx context.Context, m *moving, r agent.ImportRequest) ([]awsconfig.PlainKey, error) {
	from, err := keystore.OpenAWSVault(ctx, *r.AWSVault)
	if err != nil {
		return nil, err
	}
	if r.Remove {
		m.from = from
	}
	names := r.Profiles
	if len(names) == 0 {
		if names, err = from.Names(ctx); err != nil {
			return nil, err
		}
	}
	tried := names
	if len(names) == 0 {
		for _, p := range v.liveConfig(ctx).Current().Profiles.All() {
			tried = append(tried, p.Name)
		}
	}
	var found []awsconfig.PlainKey
	for _, name := range tried {
		key := awsconfig.PlainKey{Profile: name, File: "aws-vault (" + from.Backend() + ")"}
		key.Key, key.Why = from.Key(ctx, name)
		switch {
		case errors.Is(key.Why, vaultcore.ErrNoCredentials) && len(names) == 0:
			continue
		case key.Why != nil && !errors.Is(key.Why, vaultcore.ErrKey):
			return nil, key.Why
		}
		found = append(found, key)
	}
	return found, nil
}

// removeThere removes the keys from aws-vault's keychain where that is wished for: each
// when it has been read back from our own.
func (v *Vault) removeThere(ctx context.Context, m moving) error {
	if m.from == nil {
		return nil
	}
	for _, key := range m.wanted.Keys {
		own, err := v.keys.Key(ctx, m.wanted.Holder(key))
		if err != nil {
			return err
		}
		if own.AccessKeyID != key.Key.AccessKeyID || !own.SecretAccessKey.Equal(key.Key.SecretAccessKey) {
			return vaultcore.Faultf(vaultcore.ErrKey, "the keychain has another secret for %s than aws-vault, whose key was left", vaultcore.Printable(key.Profile)).
				WithHint("find out which one works; `vaultbar add --replace %s` replaces ours", vaultcore.Argument(key.Profile))
		}
		if err := m.from.Remove(ctx, key.Profile, own); err != nil {
			return err
		}
		v.log.Info("key removed from aws-vault's keychain", "profile", key.Profile)
	}
	return nil
}
