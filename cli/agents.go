package cli

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// whatAgentsGet are the arguments of agents: the values of the setting.
var whatAgentsGet = []string{"allow", "ask", "read-only", "refuse", "default"}

type agentsOptions struct {
	asJSON  bool
	profile string
}

func (p *program) agentsCommand() *cobra.Command {
	var o agentsOptions
	cmd := &cobra.Command{
		Use:   "agents [flags] [allow | ask | read-only | refuse | default]",
		Short: "Show or set what AI agents get",
		Long: `Show which programs count as AI agents, and what they get of each profile. With an
argument, set what they get: of one profile with --profile, else of every profile that
has no setting of its own. With read-only they get sessions that AWS itself keeps from
writing. You are asked first, at your terminal or in a dialog, where they would get
more than before.`,
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: whatAgentsGet,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return p.setAgents(cmd.Context(), o, args[0])
			}
			return p.agents(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.profile, "profile", "", "of this profile alone")
	cmd.Flags().BoolVar(&o.asJSON, "json", false, "print JSON")
	complete(cmd, "profile", p.completesValue(profileNames))
	return cmd
}

// setAgents sets what agents get, and says what they get now.
func (p *program) setAgents(ctx context.Context, o agentsOptions, gets string) error {
	if !slices.Contains(append(whatAgentsGet, "deny"), gets) {
		return usagef("%q is not an option for agents", vaultcore.Printable(gets)).WithHint("one of %s", strings.Join(whatAgentsGet, ", "))
	}
	if o.asJSON {
		return usagef("--json only shows what agents get")
	}
	if err := p.setSetting(ctx, agent.SetRequest{Profile: o.profile, Key: "agents", Value: gets}); err != nil {
		return err
	}
	if o.profile == "" {
		return nil
	}
	found, err := p.agentsOf(ctx, o.profile)
	if err != nil {
		return err
	}
	p.tell("%s: agents get %s.", vaultcore.Printable(o.profile), report.AgentsGet(found.Profiles[0]))
	for _, why := range report.Reasons(found.Profiles) {
		p.hint(why.Text)
	}
	return nil
}

func (p *program) agents(ctx context.Context, o agentsOptions) error {
	found, err := p.agentsOf(ctx, o.profile)
	if err != nil {
		return err
	}
	if o.asJSON {
		return p.printJSON(report.AgentsJSON(found))
	}
	return p.print([]byte(report.Agents(found, o.profile != "")))
}

// agentsOf is what holds for agents, of one profile where it is named.
func (p *program) agentsOf(ctx context.Context, profile string) (agent.AgentsResult, error) {
	found, err := p.app.Client().Agents(ctx)
	if err != nil || profile == "" {
		return found, err
	}
	found.Profiles = slices.DeleteFunc(found.Profiles, func(of agent.ProfileForAgents) bool { return of.Profile != profile })
	if len(found.Profiles) == 0 {
		return found, vaultcore.NoProfile(profile, "", nil)
	}
	return found, nil
}
