package vault

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/importer"
)

// Import is part of [agent.Service].
func (v *Vault) Import(ctx context.Context, r agent.ImportRequest) (agent.ImportResult, error) {
	ctx = vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller))
	result, err := importer.Importer{
		Vault: v, Keychain: v.keys, Edit: v.editConfig, Log: v.log, Backups: filepath.Join(v.paths.State, "backup"),
		Files: v.files(ctx), Profiles: v.liveConfig(ctx).Latest(ctx, "").Profiles, // a file that is being written is not planned on
	}.Import(ctx, r)
	if result.Applied {
		v.changed.Notify()
	}
	return result, err
}

// plainKeys are the keys in plain text that can be moved, for a screen.
func (v *Vault) plainKeys(ctx context.Context) []vaultcore.PlainKey {
	if seen, ok := ctx.Value(surroundingsKey{}).(*surroundings); ok {
		return seen.plain
	}
	var keys []vaultcore.PlainKey
	for _, key := range v.plain.Keys(v.files(ctx)) {
		keys = append(keys, vaultcore.PlainKey{Profile: key.Profile, File: key.File, Line: key.Line})
	}
	return keys
}

// importable adds the hint to import to a profile that has no plan because a key of its
// chain is still in plain text.
func (v *Vault) importable(ctx context.Context, config awsconfig.Config, profile string, err error) error {
	var fault *vaultcore.Fault
	plain := v.plainKeys(ctx)
	if len(plain) == 0 || !errors.As(err, &fault) {
		return err
	}
	names := []string{profile}
	for _, p := range config.Profiles.Chain(profile) {
		if next, _ := p.Leads(); next != "" {
			names = append(names, next)
		}
	}
	for _, key := range plain {
		if slices.Contains(names, key.Profile) {
			return fault.WithHint("the key of %s is in plain text in %s, line %d: `vaultbar import %s` moves it into the keychain",
				vaultcore.Printable(key.Profile), key.File, key.Line, vaultcore.Argument(key.Profile))
		}
	}
	return err
}
