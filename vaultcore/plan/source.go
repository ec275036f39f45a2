package plan

import (
	"cmp"
	"fmt"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

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
		return chain{}, fault(c.base, "it has %s, but no role_arn that the token could assume", c.base.Source).
			WithHint("set role_arn for %s", shown(c.base.Name))
	}
	if c.base.MFASerial != "" {
		c.why = append(c.why, "its mfa_serial is not used: AWS takes no code with a token")
	}
	c.roles = c.roles[1:]
	return c, nil
}

// first is the step that the plan starts with.
func (c chain) first(o Options) Step {
	s := Step{Kind: Key, Profile: c.base.Name, Reasons: c.why}
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
		s.Env = o.Env // and it asks AWS by itself
		return s
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
	s.RoleARN, s.RoleSessionName = c.base.RoleARN, cmp.Or(c.base.RoleSessionName, sessionName(o.User))
	s.Duration = cmp.Or(c.base.Duration, defaultRole)
	if s.OrLess = s.Duration > defaultRole; s.OrLess {
		s.Reasons = append(s.Reasons, "where the role may not live as long it lives "+vaultcore.Length(defaultRole)+", as with AWS's own tools, which leave duration_seconds out with a token")
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
		p.Warnings = append(p.Warnings, fmt.Sprintf("%s has no say in how long its credentials live: --duration has no effect", shown(c.base.Name)))
	}
	return p, nil
}
