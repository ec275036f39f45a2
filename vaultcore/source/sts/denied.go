package sts

import (
	"regexp"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// deniedText is AWS's sentence about a missing permission: who, which action.
var deniedText = regexp.MustCompile(`User: (arn:[\w-]{1,20}:(?:iam|sts)::\d{12}:[\w+=,.@/-]{1,200}) is not authorized to perform: (\w+:\w+) on resource: `)

// unallowedText is how AWS says that nothing allows a call.
var unallowedText = regexp.MustCompile(`because no [a-zA-Z -]{1,40} policy allows|because no permissions boundary allows`)

// denyingPolicies are the kinds of policy that AWS may name as the one that
// denies or does not allow.
var denyingPolicies = []string{
	"service control policy", "resource control policy", "permissions boundary", "session policy",
	"VPC endpoint policy", "identity-based policy", "resource-based policy",
}

// denied is AWS's plain no. It rarely says what was missing, so the hints go
// through what a trust policy may ask for and the request did not have.
func (t attempt) denied(a answer) *vaultcore.Fault {
	who, action := "the user of "+vaultcore.MaskKeyID(t.keyID), t.action
	arn := who
	if m := deniedText.FindStringSubmatch(a.message); m != nil {
		arn, action = m[1], m[2]
		who = whoIs(arn)
	}
	if t.step.Kind != plan.Role {
		return refusedf("AWS does not allow %s to call %s", who, action).WithHint("%s", t.policyHint(a, arn, action))
	}
	hints := []string{t.policyHint(a, arn, action)}
	if action == "sts:AssumeRole" && !strings.Contains(a.message, "explicit deny") {
		hints = append(hints, t.mfaHint(), t.externalHint())
		if t.step.Agent != "" {
			hints = append(hints, t.nameHint())
		}
	}
	return refusedf("AWS does not allow %s to assume %s", who, t.target()).WithHint("%s", strings.Join(hints, "\n"))
}

// nameHint is for a trust policy that wants another role session name than an agent's.
func (t attempt) nameHint() string {
	profile := shown(t.step.Profile)
	return "name: the session would be named " + t.step.RoleSessionName + ", after the agent; if the trust policy requires another one, `vaultbar settings set --profile " + profile + " agents_named no`"
}

// whoIs shortens an ARN to what a person calls its bearer.
func whoIs(arn string) string {
	a, _ := aws.ParseARN(arn)
	return a.Resource + " of account " + a.Account
}

// policyHint says which policy to look at.
func (t attempt) policyHint(a answer, arn, action string) string {
	policy := ""
	for _, kind := range denyingPolicies {
		if strings.Contains(a.message, kind) {
			policy = kind
			break
		}
	}
	role, profile := t.step.Role(), shown(t.step.Profile)
	switch {
	case strings.Contains(a.message, "explicit deny") && policy != "":
		return "a statement of the " + policy + " denies " + action + "; often it requires MFA: " + t.wantedMFA()
	case action == "sts:TagSession" && t.step.Agent != "":
		return "the trust policy of " + role + " must allow sts:TagSession for the tag that names the agent; else set agents_named of " + profile + " to name: `vaultbar settings set --profile " + profile + " agents_named name`"
	case action == "sts:TagSession":
		return "the trust policy of " + role + " must allow sts:TagSession; else remove session_tags from " + profile
	case action == "sts:SetSourceIdentity":
		return "the trust policy of " + role + " must allow sts:SetSourceIdentity; else remove source_identity from " + profile
	case policy != "" && strings.Contains(a.message, "because no "+policy):
		return "who: the " + policy + " of " + arn + " and the trust policy of the role must both allow " + action
	case t.step.Kind == plan.Role:
		return "who: the trust policy of " + role + " must name " + arn + " or its account; AWS says the same of a role that does not exist"
	case a.Unallowed || t.hasMFA():
		return "allow " + action + " to " + arn
	default:
		return "AWS does not say why: " + arn + " must be allowed to call " + action + ", and the account may deny calls without MFA: " + t.wantedMFA()
	}
}

// hasMFA says whether AWS holds the request to be made with MFA.
func (t attempt) hasMFA() bool { return t.step.MFASerial != "" || t.step.BehindMFA }

// wantedMFA is what to do where a policy wants MFA. Of a session it is known whether
// it was made with MFA, of a long-term key it is not: a policy may deny the one and
// let the other pass.
func (t attempt) wantedMFA() string {
	switch {
	case t.hasMFA():
		return "this request had a code"
	case t.longTerm:
		return "set mfa_serial"
	default:
		return "set mfa_serial for the profile that has the key, or use --no-session if the policy denies only sessions without MFA"
	}
}

// mfaHint says whether the condition aws:MultiFactorAuthPresent can be met.
func (t attempt) mfaHint() string {
	switch {
	case t.hasMFA():
		return "MFA: the request had a code, so that is not what was missing"
	case t.longTerm:
		return "MFA: the request had no code; if the trust policy requires MFA, set mfa_serial for " + shown(t.step.Profile) + " or its source_profile"
	default:
		return "MFA: the session has none; if the trust policy requires it, set mfa_serial for the profile that has the key (MFA does not carry over from role to role)"
	}
}

func (t attempt) externalHint() string {
	if t.step.ExternalID != "" {
		return "external id: check external_id of " + shown(t.step.Profile)
	}
	return "external id: none was sent; if the trust policy requires one, set external_id for " + shown(t.step.Profile)
}
