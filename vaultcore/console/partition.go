package console

import (
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// partition is one of AWS's separate worlds, and where its console is.
type partition struct {
	name    string
	regions string // what its region names start with; empty for aws, which has the rest
	home    string // the region whose sign-in serves those who name none

	signin  string // domain of the sign-in; empty where there is no public console
	console string // domain of the console
	// regional says that the hosts without a region in front do not exist.
	regional bool
}

// partitions lists the longer region prefixes before those they start with.
//
// Names and regions: botocore's data/partitions.json. Sign-in hosts: AWS
// General Reference, "AWS Sign-In endpoints", and the endpoint rules of the
// signin service in AWS's SDKs, which also have REGION in front of the hosts of
// the home regions. Console hosts: AWS GovCloud (US) User Guide, Amazon Web
// Services in China Getting Started, and for aws-eusc the AWS European
// Sovereign Cloud's endpoint reference.
var partitions = []partition{
	{name: "aws-us-gov", regions: "us-gov-", home: "us-gov-west-1", signin: "signin.amazonaws-us-gov.com", console: "console.amazonaws-us-gov.com"},
	{name: "aws-cn", regions: "cn-", home: "cn-north-1", signin: "signin.amazonaws.cn", console: "console.amazonaws.cn"},
	{name: "aws-eusc", regions: "eusc-", home: "eusc-de-east-1", signin: "signin.amazonaws-eusc.eu", console: "console.amazonaws-eusc.eu", regional: true},
	{name: "aws-iso", regions: "us-iso-"},
	{name: "aws-iso-b", regions: "us-isob-"},
	{name: "aws-iso-e", regions: "eu-isoe-"},
	{name: "aws-iso-f", regions: "us-isof-"},
	{name: "aws", home: "us-east-1", signin: "signin.aws.amazon.com", console: "console.aws.amazon.com"},
}

// findPartition returns a partition with a console that can be reached.
func findPartition(name string) (*partition, error) {
	if name == "" {
		return nil, vaultcore.Faultf(vaultcore.ErrRequest, "it is not known whose account to sign in to")
	}
	for i := range partitions {
		if partitions[i].name == name {
			return partitions[i].open()
		}
	}
	return nil, vaultcore.Faultf(vaultcore.ErrConfig, "AWS has no partition %q", vaultcore.Printable(name)).
		WithHint("check the ARNs of the profile: they begin with arn:aws:, arn:aws-us-gov:, arn:aws-cn: or arn:aws-eusc:")
}

// open refuses a partition without a public console.
func (p *partition) open() (*partition, error) {
	if p.signin == "" {
		return nil, vaultcore.Faultf(vaultcore.ErrConfig, "the console of %s is not on the public network", p.name).
			WithHint("sign in from within that network; its programs can use the profile all the same")
	}
	return p, nil
}

// partitionOfRegion returns the partition that a well-shaped region is in.
func partitionOfRegion(region string) *partition {
	for i := range partitions {
		if strings.HasPrefix(region, partitions[i].regions) {
			return &partitions[i]
		}
	}
	return nil
}

// check refuses a region that is none, or is of another partition. The empty
// region passes: the console then shows the one it showed last.
func (p *partition) check(region string) error {
	if region == "" {
		return nil
	}
	if !vaultcore.ValidRegion(region) {
		return vaultcore.Faultf(vaultcore.ErrConfig, "%q is not the name of a region", vaultcore.Printable(region)).
			WithHint("give one like %s", p.home)
	}
	if other := partitionOfRegion(region); other != p {
		return vaultcore.Faultf(vaultcore.ErrConfig, "region %s is of the partition %s, and the account is in %s", region, other.name, p.name).
			WithHint("give a region like %s", p.home)
	}
	return nil
}

// signinHost is where a token for this region is asked for, and used. With
// always, the region is in front even where AWS's table leaves it out.
func (p *partition) signinHost(region string, always bool) string {
	if region == "" {
		region = p.home
	}
	if region == p.home && !p.regional && !always {
		return p.signin
	}
	return region + "." + p.signin
}

// consoleHost is where the pages of a region are; of global services, and for
// those who name no region, without a region.
func (p *partition) consoleHost(region string) string {
	if region == "" && p.regional {
		region = p.home
	}
	if region == "" {
		return p.console
	}
	return region + "." + p.console
}
