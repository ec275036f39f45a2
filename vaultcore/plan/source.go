package plan

import (
	"cmp"
	"fmt"
	"path/filepath"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// Token is what the environment of whoever asks says of a web identity token. Which role
// it assumes is never taken from there: a profile whose role another program's
// environment chose would be another account's under a name that a person knows.
type Token struct {
	File        string // AWS_WEB_IDENTITY_TOKEN_FILE: a whole path; empty for none
	SessionName string // AWS_ROLE_SESSION_NAME: of a role that a token assumes, where the profile names none
}

// tokenVariable is the setting of a step whose token the environment names.
const tokenVariable = "AWS_WEB_IDENTITY_TOKEN_FILE"

// TokenOf reads what the environment of whoever asks says.
func TokenOf(env vaultcore.Environment) Token {
	return Token{File: env.Get(tokenVariable), SessionName: env.Get("AWS_ROLE_SESSION_NAME")}
}

// fromToken ends a chain at a role of which the config does not say what assumes it: the
// token of whoever asks does.
func (c chain) fromToken(o Options) (chain, error) {
	if !filepath.IsAbs(o.Token.File) {
		return chain{}, vaultcore.Faultf(vaultcore.ErrConfig, "%s is not an absolute path", tokenVariable).WithHint("correct it, or unset it")
	}
	c.base.Source = vaultcore.Source{Kind: vaultcore.WebIdentitySource, Key: tokenVariable, Value: o.Token.File}
	c.why = append(c.why, fmt.Sprintf("%q does not say what assumes its role: the calling command has a token in its environment", shown(c.base.Name)))
	return c.fromSource(o)
}

// webIdentity says whether the base's own role is assumed with a token: that role is
// then what the plan starts with.
func (c chain) webIdentity() bool {
	return c.keyless && c.base.Source.Kind == vaultcore.WebIdentitySource
}

// fromSource ends a chain at what its base says in place of a key.
func (c chain) fromSource(o Options) (chain, error) {
	if key := c.base.Source.Lacks(); key != "" {
		return chain{}, fault(c.base, "it signs in to IAM Identity Center, but has no %s", key).
			WithHint("set %s for %s, or in its [sso-session]", key, shown(c.base.Name))
	}
	c.keyless, c.serial, c.serialFrom = true, "", vaultcore.Profile{} // what ends cannot answer for an MFA device
	if c.base.Source.Kind == vaultcore.MachineSource {
		return c, c.ofMachine(o.Machine)
	}
	if !c.webIdentity() {
		return c, nil
	}
	if c.base.RoleARN == "" {
		return chain{}, fault(c.base, "it has %s, but no role_arn to assume with the token", c.base.Source).
			WithHint("set role_arn for %s", shown(c.base.Name))
	}
	if c.base.MFASerial != "" {
		c.why = append(c.why, "its mfa_serial is not used: AWS accepts no MFA code with a token")
	}
	c.roles = c.roles[1:]
	return c, nil
}

// first is the step that the plan starts with.
func (c chain) first(o Options) Step {
	s := Step{Kind: Key, Profile: c.base.Name, Starts: c.account(), Reasons: c.why}
	if !c.keyless {
		s.KeyName = c.base.Name
		return s
	}
	s.Kind, s.Source = Kind(c.base.Source.Kind), c.base.Source
	s.Region = c.baseRegion()
	switch e := c.endpoints(o, c.base); c.base.Source.Kind {
	case vaultcore.SSOSource:
		s.Endpoint, s.Authority = e.SSO, e.OIDC
	case vaultcore.LoginSource:
		s.Endpoint, s.Cache = e.SignIn, o.LoginCache
	case vaultcore.WebIdentitySource:
		s.Endpoint = e.STS
		s = c.withToken(s, o)
	case vaultcore.ProcessSource:
		s.Env = o.Env
		if s.Starts.Account == "" {
			return s // it asks AWS by itself, and nobody else does
		}
		s.Endpoint = e.STS
	case vaultcore.MachineSource:
		s.Via = s.reached(c, o).Via
		return s.withMachine(o.Machine)
	}
	return s.reached(c, o)
}

// withToken is the step that assumes the base's own role with a web identity token.
// AWS's tools do not send duration_seconds with one: where the role may not live as
// long, what they get will do.
func (c chain) withToken(s Step, o Options) Step {
	s.RoleARN, s.RoleSessionName = c.base.RoleARN, cmp.Or(c.base.RoleSessionName, aws.SessionName(o.Token.SessionName), sessionName(o.User))
	s.Duration = cmp.Or(c.base.Duration, defaultRole)
	if s.OrLess = s.Duration > defaultRole; s.OrLess {
		s.Reasons = append(s.Reasons, "if the role's maximum is shorter, it lasts "+vaultcore.Length(defaultRole)+", as with AWS's own tools, which do not send duration_seconds with a token")
	}
	if s.Source.Key == "web_identity_token_process" {
		s.Env = o.Env
	}
	return withRegionReason(s, c.base)
}

// planSource ends a plan that is its source alone.
func planSource(c chain, o Options, p Plan) (Plan, error) {
	first := &p.Steps[0]
	switch {
	case o.Duration == 0:
	case c.webIdentity():
		if err := checkDuration(vaultcore.ErrRequest, "role duration", o.Duration, aws.MaxRole); err != nil {
			return Plan{}, err
		}
		first.Duration, first.OrLess, first.Reasons = o.Duration, false, c.why
	default:
		p.Warnings = append(p.Warnings, fmt.Sprintf("%s does not decide how long its credentials last: --duration has no effect", shown(c.base.Name)))
	}
	return p, nil
}
