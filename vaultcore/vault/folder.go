package vault

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/dirprofile"
)

// TrustFolder is part of [agent.Service].
func (v *Vault) TrustFolder(ctx context.Context, r agent.FolderRequest) error {
	if !filepath.IsAbs(r.Path) || filepath.Clean(r.Path) != r.Path || filepath.Base(r.Path) != dirprofile.Name {
		return vaultcore.Faultf(vaultcore.ErrRequest, "%q is not the path of a %s", vaultcore.Printable(r.Path), dirprofile.Name)
	}
	if r.Forget {
		return v.changeFolders(ctx, func(trusted dirprofile.List) { delete(trusted, r.Path) })
	}
	file, err := dirprofile.Of(r.Path, r.Text)
	if err != nil || file.Profile != r.Profile {
		return vaultcore.Faultf(vaultcore.ErrRequest, "the text of %s is not what names the profile %q", vaultcore.Printable(r.Path), vaultcore.Printable(r.Profile))
	}
	config := v.liveConfig(ctx).Latest(ctx, r.Profile)
	if _, ok := config.Profiles.Get(r.Profile); !ok {
		return vaultcore.NoProfile(r.Profile, config.File, config.Profiles.Like(r.Profile))
	}
	if err := v.approveFolder(ctx, r); err != nil {
		return err
	}
	return v.changeFolders(ctx, func(trusted dirprofile.List) { trusted[file.Path] = file.Text })
}

// maxPath is how much of a path a question shows.
const maxPath = 120

// approveFolder asks the person whether the file of a folder counts.
func (v *Vault) approveFolder(ctx context.Context, r agent.FolderRequest) error {
	home, _ := os.UserHomeDir() // without one nothing is shortened
	dir := vaultcore.PrintableUpTo(vaultcore.ShortenHome(filepath.Dir(r.Path), home), maxPath)
	_, err := v.prompter.Ask(vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller)), vaultcore.Approval(
		subjectOfFolder(r.Profile, dir), vaultcore.Choice{ID: "no", Label: "No"}, vaultcore.Choice{ID: "trust", Label: "Trust"}))
	if errors.Is(err, vaultcore.ErrNobodyToAsk) {
		return vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "there is nobody to ask whether to trust the %s of %s: no terminal, no desktop", dirprofile.Name, dir).
			WithHint("run `vaultbar dir trust` in that folder, in a terminal of your own")
	}
	return err
}

// subjectOfFolder says what trusting the file of a folder means.
func subjectOfFolder(profile, dir string) string {
	return fmt.Sprintf("Use the profile %s in %s and the folders below it, unless another one is named?", vaultcore.Printable(profile), dir)
}

// changeFolders changes which files of folders are trusted.
func (v *Vault) changeFolders(ctx context.Context, change func(dirprofile.List)) error {
	if err := v.editing.Acquire(ctx, 1); err != nil {
		return err
	}
	defer v.editing.Release(1)
	err := dirprofile.Change(v.paths.State, change)
	if err == nil {
		return nil
	}
	return vaultcore.Faultf(vaultcore.ErrConfig, "the list of trusted folders could not be saved: %v", err).WithCause(err).
		WithHint("Vaultbar's state folder, %s, must be yours and writable, with space on its disk", v.paths.State)
}
