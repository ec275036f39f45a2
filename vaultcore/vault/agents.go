package vault

import (
	"cmp"
	"context"
	"errors"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/access"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
)

// What an AI agent gets is part of its plan: a session of its own where the rules of the
// profile want that, or an error. It hangs on the same session of the key, or the same
// sign-in, as the person's.

// agentOf is the agent that an operation under ctx is for, and what it may have of a
// profile; zero where it is for none.
func (v *Vault) agentOf(ctx context.Context, profile string) plan.Agent {
	name := agent.Decided(ctx).Agent
	if name == "" {
		return plan.Agent{}
	}
	return agentBy(name, v.Protection(ctx, profile))
}

// agentBy is an agent under the rule of a profile.
func agentBy(name string, rule settings.Profile) plan.Agent {
	a := plan.Agent{Name: name, Named: rule.AgentsNamed != settings.NotNamed, Tagged: rule.AgentsNamed == settings.NamedByTags}
	if rule.ForAgents() == settings.AgentsReadOnly {
		a.ReadOnly, a.Policy = true, rule.AgentsPolicy
	}
	return a
}

// shared returns the plan of the person's own session in place of an agent's that differs
// by its name alone, where that one would cost a question and the person's is there.
func (v *Vault) shared(ctx context.Context, prepared *session.Prepared, r agent.CredentialsRequest) *session.Prepared {
	last := prepared.Plan.Last()
	if last.Agent == "" || v.apart(ctx, r.Profile) || !v.pool.Asks(prepared) {
		return prepared
	}
	own, err := v.planCached(agent.WithoutDecision(ctx), v.liveConfig(ctx).Latest(ctx, r.Profile), r)
	if err != nil {
		return prepared
	}
	if _, ok := v.pool.Find(own, len(own.Plan.Steps)-1); !ok {
		return prepared
	}
	return own
}

// apart says whether the asking agent must have a session of its own.
func (v *Vault) apart(ctx context.Context, profile string) bool {
	a := v.agentOf(ctx, profile)
	return a.ReadOnly || a.Tagged
}

// asStarted is ctx of a request that comes by a server which somebody has started: it is
// for the same agent, and rests on the same grant or answer.
func asStarted(ctx context.Context, started agent.Decision) context.Context {
	ctx, _ = agent.Deciding(agent.WithoutDecision(ctx))
	agent.Asks(ctx, started.Chain, started.Agent)
	if started.Grant != 0 {
		started.By = agent.ByGrant
	}
	if started.By != "" {
		agent.Allow(ctx, started.By, started.Grant)
	}
	return ctx
}

// noStanding refuses an agent whose sessions must be apart a server for all programs:
// whoever has its address gets the person's session.
func (v *Vault) noStanding(ctx context.Context, profile string) error {
	if !v.apart(ctx, profile) {
		return nil
	}
	return vaultcore.Faultf(vaultcore.ErrNoCredentials, "%s cannot start a server for %s: a server that all programs share cannot keep an agent's session apart from yours",
		vaultcore.PrintableUpTo(agent.Decided(ctx).Agent, 40), vaultcore.Printable(profile)).
		WithHint("`vaultbar exec --server` serves the agent's own session to one command")
}

// Agents is part of [agent.Service].
func (v *Vault) Agents(ctx context.Context) (agent.AgentsResult, error) {
	own := v.settings.Now()
	result := agent.AgentsResult{Known: access.AgentNames(), Programs: own.AgentPrograms, All: string(own.Agents), MayChange: own.AgentsMayChange, Profiles: []agent.ProfileForAgents{}}
	ctx = v.surveyed(ctx)
	config := v.liveConfig(ctx).Latest(ctx, "")
	for _, profile := range config.Profiles.All() {
		result.Profiles = append(result.Profiles, v.forAgents(ctx, config, agent.CredentialsRequest{Profile: profile.Name}))
	}
	return result, nil
}

// someAgent stands for an agent in what is shown of plans.
const someAgent = "NAME"

// forAgents is what agents get of a profile.
func (v *Vault) forAgents(ctx context.Context, config awsconfig.Config, r agent.CredentialsRequest) agent.ProfileForAgents {
	rule := v.Protection(ctx, r.Profile)
	gets := rule.ForAgents()
	if gets == settings.AgentsAllow && rule.Protected.Asks() {
		gets = settings.AgentsAsk // as everybody
	}
	shown := agent.ProfileForAgents{Profile: r.Profile, Set: string(cmp.Or(v.settings.Now().Profile(r.Profile).Agents, settings.AgentsDefault)), Gets: string(gets)}
	if gets == settings.AgentsRefuse {
		return shown
	}
	prepared, err := v.planCached(asStarted(ctx, agent.Decision{Agent: someAgent}), config, r)
	var narrowed *plan.NotNarrowed
	switch {
	case errors.As(err, &narrowed):
		shown.Nothing = narrowed.Why
	case err == nil && prepared.Plan.Last().Agent != "":
		last := prepared.Plan.Last()
		shown.Policy = last.Policy
		if rule.AgentsNamed != settings.NotNamed {
			shown.Named = last.RoleSessionName
		}
	}
	return shown
}

// agentsLine says in a sentence, without its end, what agents get of a profile.
func (v *Vault) agentsLine(ctx context.Context, config awsconfig.Config, r agent.CredentialsRequest) string {
	gets := v.forAgents(ctx, config, r)
	var text string
	switch {
	case gets.Gets == string(settings.AgentsRefuse):
		return "AI agents get no credentials of it: the settings say so"
	case gets.Nothing != "":
		return "AI agents get no credentials of it: they get read-only sessions, and " + gets.Nothing
	case gets.Gets == string(settings.AgentsReadOnly):
		text = "AI agents get a read-only session of it, limited by " + gets.Policy
	case gets.Gets == string(settings.AgentsAsk):
		text = "AI agents get it once you have allowed that"
	default:
		text = "AI agents get it as you do"
	}
	if gets.Named != "" {
		text += "; AWS sees it as " + gets.Named
	}
	return text
}
