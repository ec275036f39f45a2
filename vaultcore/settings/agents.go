package settings

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// Agents is what programs that AI agents run get of a profile.
type Agents string

// What agents get.
const (
	AgentsDefault  Agents = "default" // what is set for all profiles, else of a protected one what the person allows, of others all
	AgentsAllow    Agents = "allow"
	AgentsAsk      Agents = "ask"
	AgentsReadOnly Agents = "read-only" // a session that a policy narrows
	AgentsRefuse   Agents = "refuse"
)

// agentRanks are what agents get, from the most to the least.
var agentRanks = []Agents{AgentsAllow, AgentsAsk, AgentsReadOnly, AgentsRefuse}

// AgentsNamed is how AWS is told that a session is an agent's.
type AgentsNamed string

// The values of agents_named.
const (
	NamedDefault AgentsNamed = "default" // as is set for all profiles
	NamedByName  AgentsNamed = "name"    // by the role session name
	NamedByTags  AgentsNamed = "tags"    // by a session tag too, which the role must allow
	NotNamed     AgentsNamed = "no"
)

// ForAgents is what agents get, with the default resolved.
func (p Profile) ForAgents() Agents {
	switch {
	case p.Agents != AgentsDefault && p.Agents != "":
		return p.Agents
	case p.Protected.Asks():
		return AgentsAsk
	default:
		return AgentsAllow
	}
}

// Rule is what holds for a profile: its own settings, with those for all profiles where it
// has none about agents.
func (s Settings) Rule(name string) Profile {
	p := s.Profile(name)
	if p.Agents == AgentsDefault || p.Agents == "" {
		p.Agents = cmp.Or(s.Agents, AgentsDefault)
	}
	if p.AgentsNamed == NamedDefault || p.AgentsNamed == "" {
		p.AgentsNamed = cmp.Or(s.AgentsNamed, NamedByName)
	}
	p.AgentsPolicy = cmp.Or(p.AgentsPolicy, s.AgentsPolicy)
	return p
}

// withAgents is the rule of a profile with that of another for agents, where that gives
// them less.
func (p Profile) withAgents(other Profile) Profile {
	ours, theirs := slices.Index(agentRanks, p.ForAgents()), slices.Index(agentRanks, other.ForAgents())
	switch {
	case theirs > ours:
		p.AgentsPolicy = other.AgentsPolicy
	case theirs == ours:
		p.AgentsPolicy = cmp.Or(p.AgentsPolicy, other.AgentsPolicy)
	}
	if other.AgentsNamed == NamedByTags {
		p.AgentsNamed = NamedByTags
	}
	p.Agents = agentRanks[max(ours, theirs)]
	return p
}

// Decides says whether any profile has a rule about programs.
func (s Settings) Decides() bool {
	return len(s.Profiles) > 0 || s.Agents != AgentsDefault && s.Agents != ""
}

// givesMore says whether a change gives agents what they did not have, or asks the person
// less. A session that is narrowed is handed out unasked, unless the profile is protected.
func givesMore(before, after Agents, protected bool) bool {
	switch {
	case before == after, before == AgentsAllow, after == AgentsRefuse:
		return false
	case before == AgentsAsk && after == AgentsReadOnly:
		return !protected
	default:
		return true
	}
}

// What is given up with each setting about agents.
const (
	givesAgents = "AI agents then get more of it than before, or without asking."
	givesPolicy = "AI agents may then do with a read-only session whatever that policy allows."
	givesNames  = "AWS is then told less about which sessions are an AI agent's."
)

// ofAllAgents are the settings about agents for all profiles.
func ofAllAgents() []Setting[Settings] {
	return []Setting[Settings]{
		choice("agents", "what programs run by AI agents get of profiles without a setting of their own; default is to ask if the profile is protected, else to allow", AgentsDefault,
			whatAgentsGet, func(s *Settings) *Agents { return &s.Agents }).
			also("deny", AgentsRefuse).
			loosenedWhere(givesAgents, func(before, after Settings) bool {
				all, protected := Profile{Agents: before.Agents}, Profile{Agents: before.Agents, Protected: Asked}
				now, nowProtected := Profile{Agents: after.Agents}, Profile{Agents: after.Agents, Protected: Asked}
				return givesMore(all.ForAgents(), now.ForAgents(), false) || givesMore(protected.ForAgents(), nowProtected.ForAgents(), true)
			}),
		policy(func(s *Settings) *string { return &s.AgentsPolicy }),
		choice("agents_named", "how AWS is told that a session is an AI agent's: name uses the role session name, tags also a session tag, which the roles must allow", NamedByName,
			[]AgentsNamed{NamedByName, NamedByTags, NotNamed}, func(s *Settings) *AgentsNamed { return &s.AgentsNamed }).
			loosenedWhere(givesNames, func(before, after Settings) bool { return namesLess(before.AgentsNamed, after.AgentsNamed) }),
	}
}

// ofAgents are the settings about agents of one profile. They are compared as rules, with
// the settings for all profiles in them.
func ofAgents() []Setting[Profile] {
	return []Setting[Profile]{
		choice("agents", "what programs run by AI agents get of it; default is the setting for all profiles", AgentsDefault,
			whatAgentsGet, func(p *Profile) *Agents { return &p.Agents }).
			also("deny", AgentsRefuse).
			loosenedWhere(givesAgents, func(before, after Profile) bool {
				return givesMore(before.ForAgents(), after.ForAgents(), after.Protected.Asks())
			}),
		policy(func(p *Profile) *string { return &p.AgentsPolicy }),
		choice("agents_named", "how AWS is told that a session of it is an AI agent's; default is the setting for all profiles", NamedDefault,
			[]AgentsNamed{NamedDefault, NamedByName, NamedByTags, NotNamed}, func(p *Profile) *AgentsNamed { return &p.AgentsNamed }).
			loosenedWhere(givesNames, func(before, after Profile) bool { return namesLess(before.AgentsNamed, after.AgentsNamed) }),
	}
}

// whatAgentsGet are the values of agents.
var whatAgentsGet = []Agents{AgentsDefault, AgentsAllow, AgentsAsk, AgentsReadOnly, AgentsRefuse}

// namesLess says whether AWS is told less.
func namesLess(before, after AgentsNamed) bool {
	ranks := []AgentsNamed{NotNamed, NamedByName, NamedByTags}
	return slices.Index(ranks, cmp.Or(after, NamedByName)) < slices.Index(ranks, cmp.Or(before, NamedByName))
}

// policy is a setting of the ARN of a managed policy.
func policy[S any](field func(*S) *string) Setting[S] {
	return row("agents_policy", "the managed policy that limits read-only sessions of AI agents; empty for AWS's ReadOnlyAccess", "",
		"the ARN of a managed policy of the role's account or of AWS, such as arn:aws:iam::aws:policy/ViewOnlyAccess", field,
		func(value string) (string, bool) { return value, value == "" || isPolicy(value) }, itself,
	).loosenedWhere(givesPolicy, func(before, after S) bool { return *field(&before) != *field(&after) })
}

// isPolicy says whether a text is the ARN of a managed policy.
func isPolicy(text string) bool {
	arn, ok := aws.ParseARN(text)
	return ok && arn.Service == "iam" && arn.Region == "" && strings.HasPrefix(arn.Resource, "policy/") && !strings.ContainsAny(text, "#;")
}

// also takes another word for a value.
func (t Setting[S]) also(word string, value Agents) Setting[S] {
	set := t.set
	t.set = func(s *S, text string) bool {
		if text == word {
			text = string(value)
		}
		return set(s, text)
	}
	return t
}
