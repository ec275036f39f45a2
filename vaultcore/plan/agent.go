package plan

import (
	"cmp"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// Agent is an AI agent that asks for credentials, and what the person lets it have of them.
// The zero Agent is nobody. It can be compared.
type Agent struct {
	Name     string // empty for none
	ReadOnly bool   // its session is narrowed by a policy
	Policy   string // the ARN of that policy; empty for AWS's ReadOnlyAccess
	Named    bool   // the role session name says that it is the agent's
	Tagged   bool   // a session tag does so too
}

// agentTag is the key of the session tag that says which agent has a session. A policy
// finds agents' sessions by aws:PrincipalTag/agent.
const agentTag = "agent"

// forAgent is the plan as an agent has it: its last step makes a session of the agent's
// own, apart from the person's, where AWS has a way to. Steps before it are shared. Of the
// three that an agent's session can differ in, a source identity is not one: a role that
// does not allow it refuses the session, and every role after it keeps it.
func (p Plan) forAgent(a Agent) (Plan, error) {
	if a.Name == "" {
		return p, nil
	}
	last := &p.Steps[len(p.Steps)-1]
	last.Reasons = slices.Clone(last.Reasons)
	assumed := last.Kind == Role || last.Kind == Kind(vaultcore.WebIdentitySource)
	switch {
	case a.ReadOnly && !assumed:
		return Plan{}, p.notNarrowed(a)
	case !assumed, !a.ReadOnly && !a.Named && !a.Tagged:
		return p, nil
	case !a.ReadOnly && !a.Tagged && last.MFASerial != "":
		last.Reasons = append(last.Reasons, "an agent gets the same session as you: one of its own would take another MFA code")
		return p, nil
	}
	last.Agent = a.Name
	if a.ReadOnly {
		if err := last.narrow(a); err != nil {
			return Plan{}, err
		}
	}
	if a.Named || a.Tagged {
		last.RoleSessionName = agentSessionName(a.Name, last.RoleSessionName)
		last.Reasons = append(last.Reasons, "AWS can tell that it is an agent's: its role session name is "+last.RoleSessionName)
	}
	if a.Tagged && last.Kind == Role { // with a token, tags are the token's
		last.Tags = withAgentTag(last.Tags, a.Name)
		last.Reasons = append(last.Reasons, "its session tag "+agentTag+" names the agent: the role's trust policy must allow sts:TagSession")
	}
	return p, nil
}

// narrow has a policy narrow the step's session.
func (s *Step) narrow(a Agent) error {
	role, _ := aws.ParseARN(s.RoleARN)
	s.Policy = cmp.Or(a.Policy, readOnlyAccess(role.Partition))
	policy, _ := aws.ParseARN(s.Policy)
	if policy.Partition != role.Partition || policy.Account != "" && policy.Account != role.Account {
		return vaultcore.Faultf(vaultcore.ErrConfig, "%s gets no credentials of %s: the policy %s does not exist in the role's account %s", shownAgent(a.Name), shown(s.Profile), s.Policy, role.Account).
			WithHint("set agents_policy of %s to a managed policy of AWS or of account %s, or leave it empty for ReadOnlyAccess: `vaultbar settings set --profile %s agents_policy ARN`", shown(s.Profile), role.Account, shown(s.Profile))
	}
	s.Reasons = append(s.Reasons, "a session policy limits it to what "+s.Policy+" allows")
	return nil
}

// readOnlyAccess is AWS's own managed policy of that name, which every partition has.
func readOnlyAccess(partition string) string {
	return "arn:" + partition + ":iam::aws:policy/ReadOnlyAccess"
}

// notNarrowed is why an agent gets nothing that must be read-only: session policies are
// for roles. The whole session is no substitute.
func (p Plan) notNarrowed(a Agent) error {
	last, way := p.Last(), ""
	switch {
	case last.Kind == Key:
		way = "a long-term key, which no session policy can limit"
	case last.Kind == Session:
		way = "sts:GetSessionToken, which accepts no session policy"
	case last.Kind == Kind(vaultcore.SSOSource):
		way = "IAM Identity Center, which accepts no session policy"
	default:
		way = last.Source.Kind.Title() + ", which accepts no session policy"
	}
	name, why := shown(p.Profile), &NotNarrowed{"the credentials come from " + way}
	return vaultcore.Faultf(vaultcore.ErrNoCredentials, "%s gets no credentials of %s: agents get read-only sessions of it, and %s", shownAgent(a.Name), name, why.Why).WithCause(why).
		WithHint("give the agent a profile with a role_arn and source_profile = %s, or a role that may only read; `vaultbar settings set --profile %s agents ask` asks you each time and then gives full access", name, name)
}

// NotNarrowed is the cause of a plan's failure: an agent may only read, and AWS has no way
// to narrow such credentials.
type NotNarrowed struct{ Why string }

func (n *NotNarrowed) Error() string { return n.Why }

// maxAgentName bounds what of an agent's name a role session name has.
const maxAgentName = 24

// agentSessionName says in CloudTrail which agent a session is for, and then what the
// session would be called otherwise, as far as there is room.
func agentSessionName(agent, otherwise string) string {
	name := strings.Trim(aws.SessionName(agent), "-")
	name = "agent-" + cmp.Or(name[:min(len(name), maxAgentName)], "unknown") + "-" + otherwise
	return strings.TrimRight(name[:min(len(name), 64)], "-")
}

// withAgentTag are the tags with that of an agent, which takes the place of one of that key:
// keys of tags differ by more than case.
func withAgentTag(tags []vaultcore.Tag, agent string) []vaultcore.Tag {
	tags = slices.DeleteFunc(slices.Clone(tags), func(t vaultcore.Tag) bool { return strings.EqualFold(t.Key, agentTag) })
	name := aws.SessionName(agent)
	return append(tags, vaultcore.Tag{Key: agentTag, Value: cmp.Or(name, "unknown")})
}

// shownAgent names an agent in a message.
func shownAgent(name string) string { return vaultcore.PrintableUpTo(name, 40) }
