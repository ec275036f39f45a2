package aws

import "strings"

// ARN is the name that AWS gives to one thing, taken apart.
type ARN struct {
	Partition string
	Service   string
	Region    string // empty for what has none
	Account   string // twelve digits; empty for what names none, as of S3 buckets
	Resource  string
}

// maxARN is AWS's own limit.
const maxARN = 2048

// ParseARN reads an ARN; ok is false for anything else. Nothing that it takes could
// leave a query parameter. It reads by hand and not by a regular expression: a menu
// of a thousand profiles reads a few thousand ARNs each time that it is looked at.
func ParseARN(text string) (a ARN, ok bool) {
	if len(text) > maxARN {
		return ARN{}, false
	}
	var arn string
	rest := text
	for _, part := range []*string{&arn, &a.Partition, &a.Service, &a.Region, &a.Account} {
		if *part, rest, ok = strings.Cut(rest, ":"); !ok {
			return ARN{}, false
		}
	}
	a.Resource = rest
	if a.Account == "aws" { // what AWS itself owns, as managed policies
		a.Account = ""
	} else if a.Account != "" && !IsAccount(a.Account) {
		return ARN{}, false
	}
	ok = arn == "arn" && isPartition(a.Partition) &&
		made(a.Service, lowerCase+digits+"-", 1, 40) && made(a.Region, lowerCase+digits+"-", 0, 30) && visible(rest)
	if !ok {
		return ARN{}, false
	}
	return a, true
}

// ParseIAM reads an ARN of something in an account's IAM: a role, an MFA device.
func ParseIAM(text string) (a ARN, ok bool) {
	a, ok = ParseARN(text)
	if !ok || a.Service != "iam" || a.Region != "" || a.Account == "" {
		return ARN{}, false
	}
	return a, true
}

// ParseRole reads a role's ARN and its name without the path.
func ParseRole(text string) (a ARN, name string, ok bool) {
	a, ok = ParseIAM(text)
	if !ok {
		return ARN{}, "", false
	}
	name, ok = strings.CutPrefix(a.Resource, "role/")
	if slash := strings.LastIndexByte(name, '/'); slash > 0 { // a path is not empty
		name = name[slash+1:]
	}
	if !ok || !made(name, nameChars, 1, 64) {
		return ARN{}, "", false
	}
	return a, name, true
}

// Name is the last part of the resource: of a user, the name without its path.
func (a ARN) Name() string {
	return a.Resource[strings.LastIndexByte(a.Resource, '/')+1:]
}

// IsAccount says whether a text is the number of an account: twelve digits.
func IsAccount(text string) bool { return made(text, digits, 12, 12) }

// isPartition says whether a name is "aws", alone or with one or two words behind it.
func isPartition(name string) bool {
	if name == "aws" {
		return true
	}
	words := strings.Split(name, "-")
	for _, word := range words[1:] {
		if !made(word, lowerCase, 1, 8) {
			return false
		}
	}
	return words[0] == "aws" && len(words) <= 3
}

// visible says whether text is there, all ASCII, and without blanks.
func visible(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}
