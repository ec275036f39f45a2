package plan

import (
	"regexp"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// How long sessions live when nothing says otherwise.
const (
	DefaultSessionDuration = 8 * time.Hour
	DefaultRoleDuration    = time.Hour
)

// limits are the durations that AWS accepts for a kind of session.
type limits struct {
	what     string
	min, max time.Duration
}

var (
	sessionLimits = limits{"a session", aws.MinSession, aws.MaxSession}
	roleLimits    = limits{"a role", aws.MinSession, aws.MaxRole}
)

func (l limits) hold(d time.Duration) bool {
	return d >= l.min && d <= l.max && d%time.Second == 0
}

// request is the failure for a duration asked for by flag.
func (l limits) request(d time.Duration) error {
	if l.hold(d) {
		return nil
	}
	return vaultcore.Faultf(vaultcore.ErrRequest, "%s cannot be asked to live %s", l.what, spelled(d)).
		WithHint("AWS allows %s to %s, in whole seconds", span(l.min), span(l.max))
}

// spelled is a duration in words where it has any.
func spelled(d time.Duration) string {
	if d%time.Minute != 0 {
		return d.String()
	}
	return span(d)
}

// checkOptions refuses what AWS would refuse of the options, whatever the
// profile.
func checkOptions(o Options) error {
	if o.SessionDuration != 0 && !sessionLimits.hold(o.SessionDuration) {
		return vaultcore.Faultf(vaultcore.ErrConfig, "the setting session_duration is %s, which AWS does not allow", o.SessionDuration).
			WithHint("set it to something from %s to %s, in whole seconds", span(sessionLimits.min), span(sessionLimits.max))
	}
	if o.Region != "" && !aws.ValidRegion(o.Region) {
		return vaultcore.Faultf(vaultcore.ErrRequest, "%q is not the name of a region", shown(o.Region)).
			WithHint("a region is named like us-east-1")
	}
	return nil
}

// The shapes that STS demands of its parameters.
var (
	nameShape     = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
	externalShape = regexp.MustCompile(`^[\w+=,.@:/-]+$`)
	serialShape   = regexp.MustCompile(`^[\w+=/:,.@-]{9,256}$`)
)

// check refuses what AWS would refuse of the profiles in the chain.
func (c chain) check() error {
	for _, p := range append([]vaultcore.Profile{c.top, c.base}, c.roles...) {
		if err := checkProfile(p); err != nil {
			return err
		}
	}
	if c.serial != "" {
		if err := checkSerial(c.serialFrom, c.serial); err != nil {
			return err
		}
	}
	for _, p := range c.roles {
		if err := c.checkRole(p); err != nil {
			return err
		}
	}
	return nil
}

func checkProfile(p vaultcore.Profile) error {
	if p.Region != "" && !aws.ValidRegion(p.Region) {
		return fault(p, "the region %q is not the name of a region", shown(p.Region)).WithHint("a region is named like us-east-1")
	}
	return nil
}

// checkSerial refuses a device that STS cannot check.
func checkSerial(p vaultcore.Profile, serial string) error {
	if !serialShape.MatchString(serial) {
		return fault(p, "the mfa_serial %q is not the serial of an MFA device", shown(serial)).
			WithHint("`aws iam list-mfa-devices` shows it; it looks like arn:aws:iam::111111111111:mfa/ann")
	}
	if a, ok := aws.ParseIAM(serial); ok && strings.HasPrefix(a.Resource, "u2f/") {
		return fault(p, "the mfa_serial names a security key or passkey, and AWS takes six-digit codes only for sessions").
			WithHint("register an authenticator app beside it and set mfa_serial to its arn:…:mfa/… serial")
	}
	return nil
}

// checkRole refuses parameters that AssumeRole would refuse.
func (c chain) checkRole(p vaultcore.Profile) error {
	a, _, ok := aws.ParseRole(p.RoleARN)
	if !ok {
		return fault(p, "the role_arn %q is not the ARN of a role", shown(p.RoleARN)).
			WithHint("it looks like arn:aws:iam::222222222222:role/admin")
	}
	if p.MFASerial != "" {
		if err := checkSerial(p, p.MFASerial); err != nil {
			return err
		}
	}
	if p.Duration != 0 && !roleLimits.hold(p.Duration) {
		return fault(p, "the duration_seconds %d is more or less than AWS allows for a role", int64(p.Duration/time.Second)).
			WithHint("set duration_seconds to something from %d to %d", int(roleLimits.min.Seconds()), int(roleLimits.max.Seconds()))
	}
	if err := checkNames(p); err != nil {
		return err
	}
	if err := checkTags(p); err != nil {
		return err
	}
	return c.checkPartition(p, a.Partition)
}

func checkNames(p vaultcore.Profile) error {
	if p.RoleSessionName != "" && !nameShape.MatchString(p.RoleSessionName) {
		return fault(p, "the role_session_name %q is not one that AWS accepts", shown(p.RoleSessionName)).
			WithHint("use 2 to 64 letters, digits and characters of +=,.@-_ or leave it out")
	}
	if p.SourceIdentity != "" && !nameShape.MatchString(p.SourceIdentity) {
		return fault(p, "the source_identity %q is not one that AWS accepts", shown(p.SourceIdentity)).
			WithHint("use 2 to 64 letters, digits and characters of +=,.@-_")
	}
	if n := len(p.ExternalID); n != 0 && (n < 2 || n > 1224 || !externalShape.MatchString(p.ExternalID)) {
		return fault(p, "the external_id is not one that AWS accepts").
			WithHint("use 2 to 1224 letters, digits and characters of +=,.@:/-_")
	}
	return nil
}

// checkTags refuses session tags that contradict themselves. To AWS a key in
// capitals is the same key.
func checkTags(p vaultcore.Profile) error {
	given := map[string]bool{}
	for _, tag := range p.SessionTags {
		key := strings.ToLower(tag.Key)
		if given[key] {
			return fault(p, "the setting session_tags has %q twice", shown(tag.Key)).WithHint("give each key once; capitals make no difference")
		}
		given[key] = true
	}
	for _, key := range p.TransitiveSessionTags {
		if !given[strings.ToLower(key)] {
			return fault(p, "the setting transitive_session_tags has %q, which session_tags has not", shown(key)).WithHint("add it to session_tags, or take it out")
		}
	}
	return nil
}

// checkPartition refuses a region where the role's partition has no STS.
func (c chain) checkPartition(p vaultcore.Profile, partition string) error {
	region := c.roleRegion(p)
	if region == "" {
		return fault(p, "the partition %s of role_arn is not known to Vaultbar, so STS has no default region there", partition).
			WithHint("set region for %s and %s", shown(p.Name), shown(c.base.Name))
	}
	found := aws.PartitionOf(region).Name
	if found == partition || aws.HomeRegion(partition) == "" {
		return nil
	}
	if p.Region == "" {
		return fault(p, "the role is in partition %s, but the key of %q is used in %s (partition %s)", partition, shown(c.base.Name), region, found).
			WithHint("a key works in one partition only: set source_profile of %s to a profile of partition %s, or correct region of %s", shown(p.Name), partition, shown(c.base.Name))
	}
	return fault(p, "the role is in partition %s, but region %s is in %s", partition, region, found).
		WithHint("set region of %s to one of partition %s, such as %s", shown(p.Name), partition, aws.HomeRegion(partition))
}
