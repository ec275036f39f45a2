package plan

import (
	"cmp"
	"fmt"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// Resolve decides which steps turn the named profile into credentials. It may
// return: ErrNoProfile, ErrNoCredentials, ErrConfig, ErrRequest.
func Resolve(ps vaultcore.Profiles, name string, o Options) (Plan, error) {
	if err := checkOptions(o); err != nil {
		return Plan{}, err
	}
	c, err := follow(ps, name, o)
	if err != nil {
		return Plan{}, err
	}
	c = c.withSaid(o.Said)
	if err := c.check(); err != nil {
		return Plan{}, err
	}
	o.NoSession, o.Duration = o.NoSession || c.aliased, cmp.Or(o.Duration, c.duration)
	p := Plan{
		Profile: name,
		Region:  cmp.Or(o.Region, c.region),
		Reach:   o.Reach.Or(c.reach),
		Steps:   []Step{c.first(o)},
	}
	switch {
	case len(c.roles) > 0:
		p, err = planRoles(c, o, p)
	case c.keyless:
		p, err = planSource(c, o, p)
	default:
		p, err = planKey(c, o, p)
	}
	if err != nil {
		return Plan{}, err
	}
	return p.forAgent(o.Agent)
}

// OfSignIn is the plan of a sign-in to IAM Identity Center that no profile uses yet: one
// step, which leads to no credentials.
func OfSignIn(in vaultcore.SignIn, o Options) Plan {
	base := vaultcore.Profile{Source: vaultcore.Source{Kind: vaultcore.SSOSource, SignIn: in}}
	return Plan{Steps: []Step{chain{base: base, keyless: true}.first(o)}}
}

// planKey ends a plan that has no roles: with a session of the key, or with
// the key itself.
func planKey(c chain, o Options, p Plan) (Plan, error) {
	if o.NoSession {
		if p.Steps[0].Starts.Account != "" { // AWS may be asked whether it is of that
			p.Steps[0].Region, p.Steps[0].Endpoint = c.baseRegion(), c.endpoints(o, c.base).STS
			p.Steps[0] = p.Steps[0].reached(c, o)
		}
		p.Warnings = append(p.Warnings, fmt.Sprintf("long-term key of %s is handed out; it does not expire", shown(c.base.Name)))
		return p, nil
	}
	s := sessionStep(c, o)
	if o.Duration != 0 {
		if err := checkDuration(vaultcore.ErrRequest, "session duration", o.Duration, aws.MaxSession); err != nil {
			return Plan{}, err
		}
		s.Duration = o.Duration
	}
	if s.MFASerial == "" {
		p.Warnings = append(p.Warnings, fmt.Sprintf(
			"this session has no MFA: AWS will refuse IAM calls (iam:*) with it; set mfa_serial for %s or use --no-session", shown(c.base.Name)))
	}
	p.Steps = append(p.Steps, s)
	return p, nil
}

// planRoles ends a plan with its roles, with a session below them where one
// can serve.
func planRoles(c chain, o Options, p Plan) (Plan, error) {
	if o.Duration != 0 {
		if err := checkDuration(vaultcore.ErrRequest, "role duration", o.Duration, aws.MaxRole); err != nil {
			return Plan{}, err
		}
	}
	first := entryOf(c, o)
	if !first.direct && !c.keyless {
		p.Steps = append(p.Steps, sessionStep(c, o))
	}
	for i := range c.roles {
		s, err := roleStep(c, o, first, i)
		if err != nil {
			return Plan{}, err
		}
		p.Steps = append(p.Steps, s)
	}
	return p, nil
}

// sessionStep is the one session of the base's key. Nothing in it may depend on
// the roles above it but their partition, or they could not share it.
func sessionStep(c chain, o Options) Step {
	s := Step{
		Kind:      Session,
		Profile:   c.base.Name,
		MFASerial: c.serial,
		Duration:  cmp.Or(o.Said.session(c), o.SessionDuration, defaultSession),
		Region:    c.baseRegion(),
		Endpoint:  c.endpoints(o, c.base).STS,
	}.reached(c, o)
	if c.serial != "" && c.serialFrom.Name != c.base.Name {
		s.Reasons = append(s.Reasons, fmt.Sprintf("the device is the mfa_serial of %q", shown(c.serialFrom.Name)))
	}
	if c.serial == "" {
		s.Reasons = append(s.Reasons, fmt.Sprintf("no code is asked for: %q has no mfa_serial", shown(c.base.Name)))
	}
	s = s.withCodes(c.serialFrom, c.base)
	if len(c.roles) > 0 {
		s.Reasons = append(s.Reasons, fmt.Sprintf("one session of %q serves every role that starts from it", shown(c.base.Name)))
	}
	return withRegionReason(s, c.base)
}

// entry is how the first role is assumed: from a session of the key, or
// directly with the key.
type entry struct {
	direct bool
	serial string // the device asked for when the role is assumed directly
	why    []string
}

// entryOf decides between the two. A session answers for its own MFA device
// only, and what is assumed with it lives an hour at most.
func entryOf(c chain, o Options) entry {
	role := c.roles[0]
	serial := cmp.Or(role.MFASerial, c.serial)
	switch {
	case c.lasting(o.Machine):
		return entry{true, role.MFASerial, []string{"assumed directly with the keys of the environment, as AWS's own tools do"}}
	case c.keyless:
		return entry{}
	case o.NoSession:
		return entry{true, serial, []string{"assumed directly with the long-term key: no session was asked for"}}
	case role.MFASerial != "" && role.MFASerial != c.serial:
		return entry{true, serial, []string{
			"assumed directly with the long-term key: it has its own mfa_serial, and a session without a code from that device would not satisfy it",
			fmt.Sprintf("to be asked once for all roles, set mfa_serial on %s", shown(c.base.Name)),
		}}
	case len(c.roles) == 1 && wanted(c, o, 0) > aws.MaxChained && !(o.Agent.ReadOnly && serial != ""): // who has a session of the key is not asked again for an agent's
		return entry{true, serial, []string{fmt.Sprintf(
			"assumed directly with the long-term key to last %s: a role assumed with session credentials lasts 1 h at most", vaultcore.Length(wanted(c, o, 0)))}}
	default:
		return entry{}
	}
}

// wanted is how long the i-th role is to live before any cap.
func wanted(c chain, o Options, i int) time.Duration {
	if o.Duration != 0 && i == len(c.roles)-1 {
		return o.Duration
	}
	return cmp.Or(c.roles[i].Duration, defaultRole)
}
