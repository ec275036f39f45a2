package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

type renewOptions struct {
	asking
	profile string
}

func (p *program) renewCommand() *cobra.Command {
	var o renewOptions
	cmd := &cobra.Command{
		Use:   "renew [flags] PROFILE",
		Short: "Get a fresh session now, before the old one ends",
		Long: `Get a fresh session of a profile. Where it stands on a session that needs an MFA
code and ends within the hour, that is renewed as well.`,
		Args:              oneProfile,
		ValidArgsFunction: p.completeProfile,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.profile = args[0]
			return p.renew(cmd.Context(), o)
		},
	}
	o.bind(cmd.Flags())
	return cmd
}

func (p *program) renew(ctx context.Context, o renewOptions) error {
	asker, err := p.asker(o.asking, false)
	if err != nil {
		return err
	}
	app := p.reach()
	_, err = request(ctx, asker.Answered, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, app.Renew(ctx, agent.CredentialsRequest{Profile: o.profile, Caller: p.caller(asker, "")})
	})
	if err != nil {
		return err
	}
	left := ""
	if snapshot, err := app.Snapshot(ctx); err == nil {
		for _, state := range snapshot.Profiles {
			if state.Name == o.profile && len(state.Sessions) > 0 {
				left = ", ends in " + vaultcore.TimeLeft(time.Until(state.Expires.Round(0)))
			}
		}
	}
	p.tell("Renewed %s%s.", vaultcore.Printable(o.profile), left)
	return nil
}
