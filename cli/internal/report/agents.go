package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// Agents is what holds for agents, for a person; one profile alone without the rest.
func Agents(r agent.AgentsResult, alone bool) string {
	var b strings.Builder
	if !alone {
		known := strings.Join(r.Known, ", ")
		if len(r.Programs) > 0 {
			known += "; and by agent_programs: " + strings.Join(r.Programs, ", ")
		}
		fmt.Fprintf(&b, "Agents are %s.\n", Line(known))
		fmt.Fprintf(&b, "They %s change keys, settings or the config file.\n\n", map[bool]string{true: "may", false: "never"}[r.MayChange])
	}
	var rows [][]string
	for _, of := range r.Profiles {
		set := of.Set
		if set == "default" && r.All != "default" {
			set = r.All + " (for all)"
		}
		rows = append(rows, []string{of.Profile, AgentsGet(of), set, of.Named})
	}
	b.WriteString(table([]string{"PROFILE", "AGENTS GET", "SET", "NAMED IN AWS"}, rows))
	for _, why := range Reasons(r.Profiles) {
		fmt.Fprintf(&b, "\nNothing of %s: %s.\n", strings.Join(why.Profiles, ", "), why.Text)
	}
	return b.String()
}

// Reason is why agents get nothing of some profiles, although that is not set.
type Reason struct {
	Text     string
	Profiles []string
}

// Reasons are those of all profiles, each once.
func Reasons(all []agent.ProfileForAgents) []Reason {
	var found []Reason
	for _, of := range all {
		if of.Nothing == "" {
			continue
		}
		at := slices.IndexFunc(found, func(r Reason) bool { return r.Text == Line(of.Nothing) })
		if at < 0 {
			at, found = len(found), append(found, Reason{Text: Line(of.Nothing)})
		}
		found[at].Profiles = append(found[at].Profiles, vaultcore.Printable(of.Profile))
	}
	return found
}

// AgentsGet says what agents get of a profile.
func AgentsGet(of agent.ProfileForAgents) string {
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
type agentsReport struct {
	Known     []string                 `json:"known"`
	Programs  []string                 `json:"programs"`
	All       string                   `json:"all"`
	MayChange bool                     `json:"may_change"`
	Profiles  []agent.ProfileForAgents `json:"profiles"`
}

// AgentsJSON is what holds for agents in its stable form. Lists are never null.
func AgentsJSON(r agent.AgentsResult) any {
	return agentsReport{
		Known: append([]string{}, r.Known...), Programs: append([]string{}, r.Programs...), All: r.All, MayChange: r.MayChange,
		Profiles: append([]agent.ProfileForAgents{}, r.Profiles...),
	}
}
