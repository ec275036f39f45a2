package console

import (
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// findPartition returns a partition with a console that can be reached.
func findPartition(name string) (*aws.Partition, error) {
	if name == "" {
		return nil, vaultcore.Faultf(vaultcore.ErrRequest, "the account to sign in to is not known")
	}
	p := aws.PartitionNamed(name)
	if p == nil {
		return nil, vaultcore.Faultf(vaultcore.ErrConfig, "AWS has no partition %q", vaultcore.Printable(name)).
			WithHint("check the ARNs of the profile: they begin with arn:aws:, arn:aws-us-gov:, arn:aws-cn: or arn:aws-eusc:")
	}
	if p.SignIn == "" {
		return nil, vaultcore.Faultf(vaultcore.ErrConfig, "the console of %s is not on the public network", p.Name).
			WithHint("sign in from within that network; programs there can use the profile all the same")
	}
	return p, nil
}

// checkRegion refuses a region that is none, or is of another partition. The empty
// region passes: the console then shows the one it showed last.
func checkRegion(p *aws.Partition, region string) error {
	if region == "" {
		return nil
	}
	if !aws.ValidRegion(region) {
		return vaultcore.Faultf(vaultcore.ErrConfig, "%q is not a region", vaultcore.Printable(region)).
			WithHint("use one such as %s", p.Home)
	}
	if other := aws.PartitionOf(region); other != p {
		return vaultcore.Faultf(vaultcore.ErrConfig, "region %s is in the partition %s, but the account is in %s", region, other.Name, p.Name).
			WithHint("use a region such as %s", p.Home)
	}
	return nil
}

// Hosts are the addresses of AWS's own hosts that sign in for a region.
func Hosts(region string, fips bool) []string {
	p := aws.PartitionOf(region)
	if p.SignIn == "" {
		return nil
	}
	return []string{p.SignInAddress(region, false, fips), p.SignInAddress(region, true, fips)}
}

// ExplainFIPS says which hosts sign in for a region where FIPS ones are wanted.
func ExplainFIPS(region string) string {
	p := aws.PartitionOf(region)
	if p.SignInFIPS == "" {
		return "AWS has no FIPS endpoint for the console's sign-in in " + p.Name + ": its usual one is used"
	}
	return "requests go to AWS's FIPS endpoint"
}
