package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/reach"
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
		Long: `Get a fresh session of a profile. If it builds on a session that needs an MFA code
and ends within the hour, that one is renewed too.`,
		Args:              oneProfile,
		ValidArgsFunction: p.completesOne(profileNames),
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
	var wanted choosing
	if err := wanted.fill(p.env); err != nil {
		return err
	}
	app := p.app.Client()
	before := p.endOf(ctx, app, o.profile)
	_, err = reach.Request(ctx, asker, reach.Bare(app.Renew), agent.CredentialsRequest{Profile: o.profile, Duration: wanted.duration, Caller: p.caller(asker, "")})
	if err != nil {
		return err
	}
	p.tell("%s", renewed(vaultcore.Printable(o.profile), before, p.endOf(ctx, app, o.profile)))
	return nil
}

// endOf is when the session of a profile ends; zero when it has none.
func (p *program) endOf(ctx context.Context, app agent.Service, profile string) time.Time {
	snapshot, _ := app.Snapshot(ctx) // nothing is known then
	state := snapshot.Profile(profile)
	if len(state.Sessions) == 0 {
		return time.Time{}
	}
	return state.Expires.Round(0)
}

// renewed says what renew did: a session that was made a moment ago is as long as
// a new one would be, and is left as it is.
func renewed(name string, before, after time.Time) string {
	left := vaultcore.TimeLeft(time.Until(after))
	switch {
	case after.IsZero():
		return "Renewed " + name + "."
	case after.Equal(before):
		return "The session of " + name + " was created a moment ago and ends in " + left + "; no new one was created."
	default:
		return "Renewed " + name + ", ends in " + left + "."
	}
}
