package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

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
		Short: "Show what AI agents get of profiles, or set it",
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
		return usagef("%q is not what agents can get", vaultcore.Printable(gets)).WithHint("one of %s", strings.Join(whatAgentsGet, ", "))
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
	p.tell("%s: agents get %s.", vaultcore.Printable(o.profile), agentsGet(found.Profiles[0]))
	for _, why := range reasons(found.Profiles) {
		p.hint(why.text)
	}
	return nil
}

func (p *program) agents(ctx context.Context, o agentsOptions) error {
	found, err := p.agentsOf(ctx, o.profile)
	if err != nil {
		return err
	}
	if o.asJSON {
		return p.printJSON(agentsJSON(found))
	}
	return p.print([]byte(agentsText(found, o.profile != "")))
}

// agentsOf is what holds for agents, of one profile where it is named.
func (p *program) agentsOf(ctx context.Context, profile string) (agent.AgentsResult, error) {
	found, err := p.reach().Agents(ctx)
	if err != nil || profile == "" {
		return found, err
	}
	found.Profiles = slices.DeleteFunc(found.Profiles, func(of agent.ProfileForAgents) bool { return of.Profile != profile })
	if len(found.Profiles) == 0 {
		return found, vaultcore.NoProfile(profile, "", nil)
	}
	return found, nil
}

// agentsText is what holds for agents, for a person; one profile alone without the rest.
func agentsText(r agent.AgentsResult, alone bool) string {
	var b strings.Builder
	if !alone {
		known := strings.Join(r.Known, ", ")
		if len(r.Programs) > 0 {
			known += "; and by agent_programs: " + strings.Join(r.Programs, ", ")
		}
		fmt.Fprintf(&b, "Agents are %s.\n", oneLine(known))
		fmt.Fprintf(&b, "They %s change keys, settings or the config file.\n\n", map[bool]string{true: "may", false: "never"}[r.MayChange])
	}
	var rows [][]string
	for _, of := range r.Profiles {
		set := of.Set
		if set == "default" && r.All != "default" {
			set = r.All + " (for all)"
		}
		rows = append(rows, []string{of.Profile, agentsGet(of), set, of.Named})
	}
	b.WriteString(table([]string{"PROFILE", "AGENTS GET", "SET", "NAMED IN AWS"}, rows))
	for _, why := range reasons(r.Profiles) {
		fmt.Fprintf(&b, "\nNothing of %s: %s.\n", strings.Join(why.profiles, ", "), why.text)
	}
	return b.String()
}

// reason is why agents get nothing of some profiles, although that is not set.
type reason struct {
	text     string
	profiles []string
}

// reasons are those of all profiles, each once.
func reasons(all []agent.ProfileForAgents) []reason {
	var found []reason
	for _, of := range all {
		if of.Nothing == "" {
			continue
		}
		at := slices.IndexFunc(found, func(r reason) bool { return r.text == oneLine(of.Nothing) })
		if at < 0 {
			at, found = len(found), append(found, reason{text: oneLine(of.Nothing)})
		}
		found[at].profiles = append(found[at].profiles, vaultcore.Printable(of.Profile))
	}
	return found
}

// agentsGet says what agents get of a profile.
func agentsGet(of agent.ProfileForAgents) string {
	switch {
	case of.Gets == "refuse", of.Nothing != "":
		return "nothing"
	case of.Gets == "ask":
		return "what you allow"
	case of.Gets == "read-only":
		return "read-only sessions, by " + of.Policy[strings.LastIndexByte(of.Policy, '/')+1:]
	default:
		return "all"
	}
}

// The stable form of what holds for agents: fields are only ever added.
type (
	agentsReport struct {
		Known     []string          `json:"known"`
		Programs  []string          `json:"programs"`
		All       string            `json:"all"`
		MayChange bool              `json:"may_change"`
		Profiles  []profileReported `json:"profiles"`
	}
	profileReported struct {
		Profile string `json:"profile"`
		Set     string `json:"set"`
		Gets    string `json:"gets"`
		Policy  string `json:"policy,omitempty"`
		Named   string `json:"named,omitempty"`
		Nothing string `json:"nothing,omitempty"`
	}
)

// agentsJSON is what holds for agents in its stable form. Lists are never null.
func agentsJSON(r agent.AgentsResult) agentsReport {
	report := agentsReport{Known: append([]string{}, r.Known...), Programs: append([]string{}, r.Programs...), All: r.All, MayChange: r.MayChange, Profiles: []profileReported{}}
	for _, of := range r.Profiles {
		report.Profiles = append(report.Profiles, profileReported(of))
	}
	return report
}
