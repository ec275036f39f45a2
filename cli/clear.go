package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/reach"
	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

func (p *program) clearCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "clear [flags] [PROFILE]",
		Short:             "End the sessions of a profile, or all",
		Args:              profileOrNone,
		ValidArgsFunction: p.completesOne(profileNames),
		RunE:              func(cmd *cobra.Command, args []string) error { return p.clear(cmd.Context(), named(args)) },
	}
}

func (p *program) clear(ctx context.Context, profile string) error {
	asker, err := p.asker(asking{}, false)
	if err != nil {
		return err
	}
	result, err := reach.Request(ctx, asker, p.app.Client().Clear, agent.ClearRequest{Profile: profile, Caller: p.caller(asker, "")})
	if err != nil {
		return err
	}
	p.tell("%s ended.", report.Counted(result.Sessions, "session"))
	return nil
}
