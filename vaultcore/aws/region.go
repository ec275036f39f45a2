package aws

import "strings"

// ValidRegion says whether a text has the shape of a region's name, such as
// us-east-1 or us-gov-west-1: two to four letters, one to three words, a number. It
// does not know which regions exist. The name becomes part of a host's name, so
// nothing else may pass.
func ValidRegion(region string) bool {
	words := strings.Split(region, "-")
	last := len(words) - 1
	if last < 2 || last > 4 {
		return false
	}
	for _, word := range words[1:last] {
		if !made(word, lowerCase, 1, 12) {
			return false
		}
	}
	return made(words[0], lowerCase, 2, 4) && made(words[last], digits, 1, 2)
}

// Partition is one of AWS's separate worlds: a key of one is unknown in every other.
type Partition struct {
	Name string
	Home string // the region that answers those who name none

	SignIn     string // domain of the sign-in; empty where there is no public console
	SignInFIPS string // the same with cryptography validated by FIPS 140; empty where there is none
	Console    string // domain of the console
	// Regional says that the hosts of sign-in and console without a region in front
	// do not exist.
	Regional bool

	// Regions are for lists to choose from: a region that is newer than this table is
	// good all the same.
	Regions []string

	prefix string // what its region names start with; empty for aws, which has the rest
}

// Partitions are all partitions, the longer region prefixes before those they start
// with.
//
// Names and regions: botocore's data/partitions.json. Sign-in hosts: AWS
// General Reference, "AWS Sign-In endpoints", and the endpoint rules of the
// signin service in AWS's SDKs, which also have REGION in front of the hosts of
// the home regions. Console hosts: AWS GovCloud (US) User Guide, Amazon Web
// Services in China Getting Started, and for aws-eusc the AWS European
// Sovereign Cloud's endpoint reference.
var Partitions = []*Partition{
	{
		Name: "aws-us-gov", prefix: "us-gov-", Home: "us-gov-west-1",
		SignIn: "signin.amazonaws-us-gov.com", SignInFIPS: "signin-fips.amazonaws-us-gov.com", Console: "console.amazonaws-us-gov.com",
		Regions: []string{"us-gov-east-1", "us-gov-west-1"},
	},
	{
		Name: "aws-cn", prefix: "cn-", Home: "cn-north-1",
		SignIn: "signin.amazonaws.cn", Console: "console.amazonaws.cn",
		Regions: []string{"cn-north-1", "cn-northwest-1"},
	},
	{
		Name: "aws-eusc", prefix: "eusc-", Home: "eusc-de-east-1",
		SignIn: "signin.amazonaws-eusc.eu", Console: "console.amazonaws-eusc.eu", Regional: true,
		Regions: []string{"eusc-de-east-1"},
	},
	{Name: "aws-iso", prefix: "us-iso-", Home: "us-iso-east-1"},
	{Name: "aws-iso-b", prefix: "us-isob-", Home: "us-isob-east-1"},
	{Name: "aws-iso-e", prefix: "eu-isoe-", Home: "eu-isoe-west-1"},
	{Name: "aws-iso-f", prefix: "us-isof-", Home: "us-isof-south-1"},
	{
		Name: "aws", Home: "us-east-1",
		SignIn: "signin.aws.amazon.com", Console: "console.aws.amazon.com",
		Regions: []string{
			"af-south-1", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3", "ap-south-1", "ap-south-2",
			"ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6", "ap-southeast-7",
			"ca-central-1", "ca-west-1", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2",
			"eu-west-1", "eu-west-2", "eu-west-3", "il-central-1", "me-central-1", "me-south-1", "mx-central-1", "sa-east-1",
			"us-east-1", "us-east-2", "us-west-1", "us-west-2",
		},
	},
}

// PartitionOf returns the partition of a region; aws for one that is in no other.
func PartitionOf(region string) *Partition {
	for _, p := range Partitions {
		if strings.HasPrefix(region, p.prefix) {
			return p
		}
	}
	return nil // not reached: the prefix of the last one is empty
}

// PartitionNamed returns the partition of a name, or nil.
func PartitionNamed(name string) *Partition {
	for _, p := range Partitions {
		if p.Name == name {
			return p
		}
	}
	return nil
}

// HomeRegion is the home region of the partition of a name; empty for a partition
// that is not known.
func HomeRegion(partition string) string {
	if p := PartitionNamed(partition); p != nil {
		return p.Home
	}
	return ""
}

// SignInAddress is where a sign-in token for this region is asked for, and used. With
// always, the region is in front even where AWS's table leaves it out; with fips, it is
// the FIPS host where the partition has one.
func (p *Partition) SignInAddress(region string, always, fips bool) string {
	host := p.SignIn
	if fips && p.SignInFIPS != "" {
		host = p.SignInFIPS
	}
	if region == "" {
		region = p.Home
	}
	if region == p.Home && !p.Regional && !always {
		return "https://" + host
	}
	return "https://" + region + "." + host
}

// ConsoleHost is where the pages of a region are; of global services, and for
// those who name no region, without a region.
func (p *Partition) ConsoleHost(region string) string {
	if region == "" && p.Regional {
		region = p.Home
	}
	if region == "" {
		return p.Console
	}
	return region + "." + p.Console
}
