package plan

import "strings"

// partition is one of AWS's separate worlds: a key of one is unknown in every
// other.
type partition struct {
	name    string
	regions string // what its region names start with; empty for aws, which has the rest
	region  string // where STS is asked when the config names no region
}

// partitions lists the longer region prefixes before those they start with.
var partitions = []partition{
	{"aws-us-gov", "us-gov-", "us-gov-west-1"},
	{"aws-cn", "cn-", "cn-north-1"},
	{"aws-eusc", "eusc-", "eusc-de-east-1"},
	{"aws-iso", "us-iso-", "us-iso-east-1"},
	{"aws-iso-b", "us-isob-", "us-isob-east-1"},
	{"aws-iso-e", "eu-isoe-", "eu-isoe-west-1"},
	{"aws-iso-f", "us-isof-", "us-isof-south-1"},
	{"aws", "", "us-east-1"},
}

// partitionOf returns the partition of a region.
func partitionOf(region string) string {
	for _, p := range partitions {
		if strings.HasPrefix(region, p.regions) {
			return p.name
		}
	}
	return ""
}

// defaultRegion returns where STS is asked in a partition, or "" when the
// partition is not known.
func defaultRegion(name string) string {
	for _, p := range partitions {
		if p.name == name {
			return p.region
		}
	}
	return ""
}

// arn is the parts of an IAM ARN that a plan speaks of.
type arn struct {
	partition, account, resource string
}

// An ARN is read by hand and not by a regular expression: a menu of a thousand
// profiles reads a few thousand of them each time that it is looked at.

const (
	lowercase = "abcdefghijklmnopqrstuvwxyz"
	digits    = "0123456789"
	nameRunes = lowercase + "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + digits + "_+=,.@-"
)

// parseARN reads an ARN of IAM; ok is false for anything else.
func parseARN(text string) (a arn, ok bool) {
	rest, ok := strings.CutPrefix(text, "arn:")
	if !ok {
		return arn{}, false
	}
	a.partition, rest, ok = strings.Cut(rest, ":iam::")
	if !ok || !partitionShaped(a.partition) {
		return arn{}, false
	}
	a.account, a.resource, ok = strings.Cut(rest, ":")
	if !ok || len(a.account) != 12 || !only(a.account, digits) || !visible(a.resource) {
		return arn{}, false
	}
	return a, true
}

// partitionShaped says whether name is "aws", alone or with words behind it.
func partitionShaped(name string) bool {
	words := strings.Split(name, "-")
	for _, word := range words[1:] {
		if !only(word, lowercase) {
			return false
		}
	}
	return words[0] == "aws"
}

// only says whether text is there and of these characters.
func only(text, characters string) bool { return text != "" && strings.Trim(text, characters) == "" }

// visible says whether text is there, all ASCII, and without blanks.
func visible(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// parseRole reads a role's ARN and its name without the path.
func parseRole(text string) (a arn, name string, ok bool) {
	a, ok = parseARN(text)
	if !ok {
		return arn{}, "", false
	}
	name, ok = strings.CutPrefix(a.resource, "role/")
	if slash := strings.LastIndexByte(name, '/'); slash > 0 { // a path is not empty
		name = name[slash+1:]
	}
	if !ok || len(name) > 64 || !only(name, nameRunes) {
		return arn{}, "", false
	}
	return a, name, true
}
