package plan

import (
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// How long sessions live when nothing says otherwise.
const (
	defaultSession = 8 * time.Hour
	defaultRole    = time.Hour
)

// checkDuration refuses a duration that AWS does not accept for a kind of session.
func checkDuration(kind error, what string, d, most time.Duration) error {
	if d >= aws.MinSession && d <= most && d%time.Second == 0 {
		return nil
	}
	return vaultcore.Faultf(kind, "%s %s is out of range (%s to %s)", what, vaultcore.Short(d), vaultcore.Short(aws.MinSession), vaultcore.Short(most)).
		WithHint("AWS allows %s to %s, in whole seconds; a number without a unit is seconds, so write 1h or 90m", vaultcore.Length(aws.MinSession), vaultcore.Length(most))
}

// checkOptions refuses what AWS would refuse of the options, whatever the
// profile.
func checkOptions(o Options) error {
	if o.SessionDuration != 0 {
		if err := checkDuration(vaultcore.ErrConfig, "the setting session_duration", o.SessionDuration, aws.MaxSession); err != nil {
			return err
		}
	}
	if o.Region != "" && !aws.ValidRegion(o.Region) {
		return vaultcore.Faultf(vaultcore.ErrRequest, "%q is not a region", shown(o.Region)).
			WithHint("a region is named like us-east-1")
	}
	return nil
}

// check refuses what AWS would refuse of the chain as a whole. That each of its
// profiles is good by itself is known: one that is not has an Err.
func (c chain) check() error {
	if err := checkSerial(c.serialFrom, c.serial); err != nil {
		return err
	}
	roles := c.roles
	if c.webIdentity() {
		roles = append([]vaultcore.Profile{c.base}, roles...)
	}
	for _, p := range roles {
		if err := checkSerial(p, p.MFASerial); err != nil {
			return err
		}
		a, _, _ := aws.ParseRole(p.RoleARN)
		if err := c.checkPartition(p, a.Partition); err != nil {
			return err
		}
	}
	return nil
}

// checkSerial refuses a device that STS cannot check.
func checkSerial(p vaultcore.Profile, serial string) error {
	if a, ok := aws.ParseIAM(serial); ok && strings.HasPrefix(a.Resource, "u2f/") {
		return fault(p, "the mfa_serial names a security key or passkey, but for sessions AWS accepts only six-digit codes").
			WithHint("security keys and passkeys work in the browser only: use `aws login` or Identity Center, or add an authenticator app as well (up to 8 devices) and set mfa_serial to its arn:…:mfa/… serial")
	}
	return nil
}

// checkPartition refuses a region where the role's partition has no STS.
func (c chain) checkPartition(p vaultcore.Profile, partition string) error {
	region := c.roleRegion(p)
	if region == "" {
		return fault(p, "Vaultbar does not know the partition %s of role_arn, so there is no default region for STS", partition).
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
