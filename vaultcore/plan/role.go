package plan

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// roleStep is the step of the i-th role of a chain.
func roleStep(c chain, o Options, first entry, i int) (Step, error) {
	p := c.roles[i]
	s := Step{
		Kind:            Role,
		Profile:         p.Name,
		Duration:        wanted(c, o, i),
		RoleARN:         p.RoleARN,
		RoleSessionName: cmp.Or(p.RoleSessionName, sessionName(o.User)),
		ExternalID:      p.ExternalID,
		SourceIdentity:  p.SourceIdentity,
		Tags:            slices.Clone(p.SessionTags),
		TransitiveTags:  slices.Clone(p.TransitiveSessionTags),
		Region:          c.roleRegion(p),
		Endpoint:        c.endpoints(o, p).STS,
	}.reached(c, o)
	direct := i == 0 && first.direct
	if direct {
		s.MFASerial, s.Reasons = first.serial, slices.Clone(first.why)
		s = s.withCodes(p, c.serialFrom, c.base)
	}
	s.BehindMFA = i == 0 && !first.direct && c.serial != ""
	why, err := coveredMFA(c, first, i)
	if err != nil {
		return Step{}, err
	}
	if why != "" {
		s.Reasons = append(s.Reasons, why)
	}
	if !direct && s.Duration > aws.MaxChained {
		s.CappedFrom, s.Duration = s.Duration, aws.MaxChained
	}
	return withRegionReason(s, p), nil
}

// coveredMFA says why the i-th role asks for no code of its mfa_serial, or that
// nothing could answer for it.
func coveredMFA(c chain, first entry, i int) (why string, err error) {
	p := c.roles[i]
	asked, from := c.serial, c.serialFrom.Name
	if first.direct && c.roles[0].MFASerial != "" {
		asked, from = c.roles[0].MFASerial, c.roles[0].Name
	}
	switch {
	case p.MFASerial == "" || i == 0 && first.direct:
		return "", nil
	case c.keyless:
		return "", fault(p, "its mfa_serial cannot be used: the role is assumed with the credentials of %s, and only a user's key can be combined with an MFA device", shown(c.base.Name)).
			WithHint("remove mfa_serial from %s", shown(p.Name))
	case p.MFASerial != asked:
		return "", fault(p, "its mfa_serial cannot be used: the role is assumed with the credentials of another role, and only a user's key can be combined with an MFA device").
			WithHint("set mfa_serial on %s, whose key starts the chain, and remove it from %s", shown(c.base.Name), shown(p.Name))
	case i == 0 && from == p.Name:
		return "its MFA code is asked for by the session", nil
	case i == 0:
		return fmt.Sprintf("its mfa_serial is that of %q, whose session has MFA already", shown(from)), nil
	default:
		return fmt.Sprintf("its MFA code is asked for at the start of the chain, by %q", shown(from)), nil
	}
}

// withCodes says how a step that needs a code has it without a person who types it:
// as the first of these profiles says that says anything.
func (s Step) withCodes(profiles ...vaultcore.Profile) Step {
	for _, p := range profiles {
		if s.MFASerial == "" || p.MFAProcess == "" && p.MFAPrompt == "" {
			continue
		}
		s.MFAProcess, s.MFAPrompt, s.MFAProfile = p.MFAProcess, p.MFAPrompt, p.Name
		reason := fmt.Sprintf("its code comes from a YubiKey, through ykman: the mfa_prompt of %q", shown(p.Name))
		if p.MFAProcess != "" {
			reason = fmt.Sprintf("its code is what the mfa_process of %q prints: %s", shown(p.Name), vaultcore.PrintableUpTo(p.MFAProcess, maxCommand))
		}
		s.Reasons = append(s.Reasons, reason)
		break
	}
	return s
}

// maxCommand is how much of a command a reason shows.
const maxCommand = 300

// withRegionReason says what is not done about sts_regional_endpoints: current
// AWS SDKs always ask the regional endpoint, and the global one's tokens are not
// valid everywhere.
func withRegionReason(s Step, p vaultcore.Profile) Step {
	if strings.EqualFold(p.STSRegionalEndpoints, "legacy") {
		s.Reasons = append(s.Reasons, fmt.Sprintf(
			"sts_regional_endpoints = legacy has no effect: STS is called in %s, as by AWS's current SDKs", s.Region))
	}
	return s
}

// baseRegion is where STS is asked about the base's key: in the profile's
// region, else in the default one of the partition that the key belongs to, as
// far as an ARN tells.
func (c chain) baseRegion() string {
	if c.base.Region != "" {
		return c.base.Region
	}
	known := []string{c.serial, c.base.RoleARN}
	for _, role := range c.roles {
		known = append(known, role.RoleARN)
	}
	for _, text := range known {
		if a, ok := aws.ParseIAM(text); ok {
			return aws.HomeRegion(a.Partition)
		}
	}
	return aws.HomeRegion("aws")
}

// roleRegion is where STS is asked for a role.
func (c chain) roleRegion(p vaultcore.Profile) string {
	return cmp.Or(p.Region, c.baseRegion())
}

// namePrefix starts the derived role session names, so that CloudTrail shows
// which program signed in.
const namePrefix = "vaultbar"

// sessionName makes a role session name that says in CloudTrail who and what
// made the session.
func sessionName(user string) string {
	if user = strings.Trim(aws.SessionName(user), "-"); user == "" {
		return namePrefix
	}
	name := namePrefix + "-" + user
	return name[:min(len(name), 64)]
}
