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
	result, err := request(ctx, asker, p.reach().Clear, agent.ClearRequest{Profile: profile, Caller: p.caller(asker, "")})
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
