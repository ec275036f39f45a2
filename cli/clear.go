package cli

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

func (p *program) clearCommand() *cobra.Command {
	return &cobra.Command{
		Use:               "clear [flags] [PROFILE]",
		Short:             "End the sessions of a profile, or all",
		ValidArgsFunction: p.completeProfile,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			return oneProfile(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			profile := ""
			if len(args) == 1 {
				profile = args[0]
			}
			return p.clear(cmd.Context(), profile)
		},
	}
}

func (p *program) clear(ctx context.Context, profile string) error {
	asker, err := p.asker(asking{}, false)
	if err != nil {
		return err
	}
	app := p.reach()
	result, err := request(ctx, asker.Answered, func(ctx context.Context) (agent.RemoveResult, error) {
		return app.Clear(ctx, agent.ClearRequest{Profile: profile, Caller: p.caller(asker, "")})
	})
	if err != nil {
		return err
	}
	p.tell("%s ended.", counted(result.Sessions, "session"))
	return nil
}

// counted is a number of things in words: "1 session", "3 sessions", "No
// sessions".
func counted(n int, thing string) string {
	switch n {
	case 0:
		return "No " + thing + "s"
	case 1:
		return "1 " + thing
	default:
		return strconv.Itoa(n) + " " + thing + "s"
	}
}
