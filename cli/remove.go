package cli

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/reach"
	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

type removeOptions struct {
	profile      string
	force        bool
	sessionsOnly bool // as old versions of aws-vault have it: what clear is
}

func (p *program) removeCommand() *cobra.Command {
	var o removeOptions
	cmd := &cobra.Command{
		Use:               "remove [flags] PROFILE",
		Short:             "Remove an access key from the keychain",
		Args:              oneProfile,
		ValidArgsFunction: p.completesOne(keyNames),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.profile = args[0]
			if o.sessionsOnly {
				return p.clear(cmd.Context(), o.profile)
			}
			return p.remove(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVarP(&o.force, "force", "f", false, "do not ask")
	cmd.Flags().BoolVarP(&o.sessionsOnly, "sessions-only", "s", false, "end the sessions of the profile, as clear does")
	_ = cmd.Flags().MarkHidden("sessions-only") // it is there
	return cmd
}

func (p *program) remove(ctx context.Context, o removeOptions) error {
	asker, err := p.asker(asking{}, false)
	if err != nil {
		return err
	}
	app := p.app.Client()
	if !o.force {
		snap, err := app.Snapshot(ctx)
		if err != nil {
			return err
		}
		if snap.Keys != nil && !slices.Contains(snap.Keys, o.profile) {
			return vaultcore.Faultf(vaultcore.ErrNoCredentials, "the keychain has no access key for %s", vaultcore.Printable(o.profile)).
				WithHint("`vaultbar list --credentials` shows the keys")
		}
		if err := agree(ctx, asker.Terminal, snap.RemovalQuestion(o.profile), false, "--force removes it without asking", "nothing was removed"); err != nil {
			return err
		}
	}
	result, err := reach.Request(ctx, asker, app.Remove, agent.RemoveRequest{Profile: o.profile, Caller: p.caller(asker, "")})
	if err != nil {
		return err
	}
	p.tell("Removed %s. %s ended.", vaultcore.Printable(o.profile), report.Counted(result.Sessions, "session"))
	return nil
}
