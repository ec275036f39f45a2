package importer

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

// move carries a plan out.
func (i Importer) move(ctx context.Context, caller vaultcore.Caller, p *plan) error {
	for _, key := range p.wanted.Keys {
		if p.wanted.Holder(key) != key.Profile || p.stored[key.Profile] {
			continue
		}
		if err := i.Vault.Add(ctx, agent.AddRequest{Profile: key.Profile, Key: key.Key, Caller: caller}); err != nil {
			return err
		}
	}
	if err := i.Edit(ctx, func() error { return i.rewrite(p) }); err != nil {
		return err
	}
	p.shown.Applied = true
	return i.removeThere(ctx, p)
}

// rewrite changes the files, whose keys are in the keychain by now.
func (i Importer) rewrite(p *plan) error {
	if !p.wanted.Keep {
		if err := i.backUp(p); err != nil {
			return err
		}
	}
	err := p.config.Apply()
	if err == nil {
		err = p.plain.Apply()
	}
	if err == nil && p.deletes() {
		err = p.csv.delete()
	}
	return err
}

// backUp keeps the files that keys leave as they were, for nobody but the person.
func (i Importer) backUp(p *plan) error {
	if err := os.MkdirAll(i.Backups, 0o700); err != nil {
		return err
	}
	stamp := time.Now().UTC().Format("20060102-150405")
	files := p.wanted.Files
	for path, leaves := range map[string]bool{files.Credentials: p.plain.Diff != "", files.Config: p.wanted.InConfig(), p.csv.path: p.deletes()} {
		text, err := os.ReadFile(path)
		if !leaves || errors.Is(err, os.ErrNotExist) {
			continue
		}
		copied := filepath.Join(i.Backups, filepath.Base(path)+"-"+stamp)
		if err == nil {
			err = atomicfile.Replace(copied, text, 0o600)
		}
		if err != nil {
			return vaultcore.Faultf(vaultcore.ErrConfig, "%s could not be backed up before removing the keys: %v", path, err).
				WithHint("the keys are now both in the keychain and in the file; check the free space on the disk, then try again")
		}
		p.shown.Backups = append(p.shown.Backups, copied)
	}
	slices.Sort(p.shown.Backups)
	return nil
}

// removeThere removes the keys from aws-vault's keychain where that is wished for: each
// when it has been read back from our own.
func (i Importer) removeThere(ctx context.Context, p *plan) error {
	if p.from == nil {
		return nil
	}
	for _, key := range p.wanted.Keys {
		own, err := i.Keychain.Key(ctx, p.wanted.Holder(key))
		if err != nil {
			return err
		}
		if own.AccessKeyID != key.Key.AccessKeyID || !own.SecretAccessKey.Equal(key.Key.SecretAccessKey) {
			return vaultcore.Faultf(vaultcore.ErrKey, "the keychain has another secret for %s than aws-vault, whose key was left", vaultcore.Printable(key.Profile)).
				WithHint("find out which one works; `vaultbar add --replace %s` replaces Vaultbar's", vaultcore.Argument(key.Profile))
		}
		if err := p.from.Remove(ctx, key.Profile, own); err != nil {
			return err
		}
		i.Log.Info("key removed from aws-vault's keychain", "profile", key.Profile)
	}
	return nil
}
