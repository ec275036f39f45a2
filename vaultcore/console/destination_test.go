package console

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// describe writes a failure as a person sees it.
func describe(err error) string {
	text := "error: " + err.Error()
	if hint := vaultcore.Hint(err); hint != "" {
		text += "\n    hint: " + hint
	}
	return text
}

func (t Target) describe() string {
	text := t.Partition + " " + t.Region
	for _, given := range [][2]string{{"service", t.Service}, {"path", t.Path}, {"address", t.Address}} {
		if given[1] != "" {
			text += fmt.Sprintf(" %s=%q", given[0], given[1])
		}
	}
	return text
}

const arnOfLambda = "arn:aws:lambda:eu-west-1:111111111111:function:hello"

var targets = []Target{
	{Partition: "aws", Region: "eu-west-1", Path: "ec2/home#Instances:"},
	{Address: "eu-west-1.console.aws.amazon.com/ec2/home"},
	{Address: "https://console.aws.amazon.com:443/ec2/home"},
	{Partition: "aws"},
	{Partition: "aws", Region: "eu-west-1"},
	{Partition: "aws", Region: "eu-west-1", Service: "ec2"},
	{Partition: "aws", Region: "us-east-1", Service: "ec2"},
	{Partition: "aws", Service: "ec2"},
	{Partition: "aws", Region: "eu-west-1", Service: "IAM"},
	{Partition: "aws", Region: "eu-west-1", Service: "r53"},
	{Partition: "aws", Region: "eu-west-1", Service: "billing"},
	{Partition: "aws", Region: "eu-west-1", Service: "logs"},
	{Partition: "aws", Region: "ap-northeast-1", Service: "cfn"},
	{Partition: "aws", Region: "eu-west-1", Service: "dynamo"},
	{Partition: "aws", Region: "eu-west-1", Service: "../evil"},
	{Partition: "aws", Region: "eu-west-1", Path: "/ec2/home#Instances:"},
	{Partition: "aws", Region: "eu-west-1", Path: "/ec2/home?region=us-west-2&v=3#Instances:search=i-1"},
	{Partition: "aws", Region: "eu-west-1", Path: "/s3/object/bucket?prefix=a%2Fb"},
	{Partition: "aws", Path: "/lambda/home#/functions/f?tab=code"},
	{Partition: "aws-us-gov"},
	{Partition: "aws-us-gov", Region: "us-gov-west-1", Service: "s3"},
	{Partition: "aws-us-gov", Region: "us-gov-east-1", Service: "s3"},
	{Partition: "aws-us-gov", Region: "us-gov-east-1", Service: "iam"},
	{Partition: "aws-us-gov", Region: "us-east-1", Service: "s3"},
	{Partition: "aws-cn"},
	{Partition: "aws-cn", Region: "cn-north-1", Service: "rds"},
	{Partition: "aws-cn", Region: "cn-northwest-1", Path: "/ec2/home"},
	{Partition: "aws-eusc"},
	{Partition: "aws-eusc", Region: "eusc-de-east-1", Service: "ec2"},
	{Partition: "aws-eusc", Region: "eusc-de-east-1", Service: "iam"},
	{Partition: "aws-iso", Region: "us-iso-east-1", Service: "ec2"},
	{Partition: "aws-iso-b"}, {Partition: "aws-iso-e"}, {Partition: "aws-iso-f"},
	{Partition: "aws-moon"}, {},
	{Partition: "aws", Region: "us-iso-east-1"},
	{Partition: "aws", Region: "cn-north-1", Service: "ec2"},
	{Partition: "aws", Region: "eu-west-1", Service: "ec2", Path: "/ec2/home"},

	{Address: "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#Instances:"},
	{Partition: "aws", Region: "us-east-1", Address: "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1#Instances:"},
	{Address: "https://console.aws.amazon.com/iam/home#/users"},
	{Partition: "aws", Region: "eu-west-1", Address: "https://console.aws.amazon.com/iam/home#/users"},
	{Address: "https://us-east-1.console.aws.amazon.com/costmanagement/home?region=sa-east-1#/home"},
	{Address: "https://111111111111-abcd1234.us-west-2.console.aws.amazon.com/vpcconsole/home?region=us-west-2#vpcs:"},
	{Address: "https://s3.console.aws.amazon.com/s3/buckets?region=eu-west-1"},
	{Address: "HTTPS://console.aws.amazon.com/"},
	{Address: "https://Console.AWS.amazon.com?region=eu-west-1"},
	{Address: "https://console.aws.amazon.com"},
	{Address: "https://us-gov-east-1.console.amazonaws-us-gov.com/ec2/home"},
	{Address: "https://console.amazonaws.cn/ec2/home?region=cn-north-1"},
	{Address: "https://eusc-de-east-1.console.amazonaws-eusc.eu/ec2/home"},
	{Partition: "aws", Address: "https://console.amazonaws.cn/ec2/home"},
	{Address: arnOfLambda},
	{Partition: "aws", Region: "us-east-1", Address: arnOfLambda},
	{Partition: "aws", Region: "eu-west-1", Address: "arn:aws:iam::111111111111:role/admin"},
	{Address: "arn:aws:s3:::bucket/a&b=c#d"},
	{Address: "arn:aws-cn:ec2:cn-north-1:111111111111:instance/i-1"},
	{Address: "arn:aws-iso:ec2:us-iso-east-1:111111111111:instance/i-1"},
	{Address: "arn:aws:ec2:cn-north-1:111111111111:instance/i-1"},
	{Address: "arn:aws:ec2:evil:111111111111:instance/i-1"},
	{Address: "arn:aws:ec2"},
}

func TestDestinations(t *testing.T) {
	var b strings.Builder
	for _, target := range targets {
		fmt.Fprintln(&b, target.describe())
		d, err := target.Resolve()
		if err != nil {
			fmt.Fprintln(&b, "   ", describe(err))
			continue
		}
		checkHost(t, d.String())
		fmt.Fprintf(&b, "    %s\n    signs in in %s %q, account %q\n", d, d.partition.Name, d.region, d.Account())
	}
	golden.Check(t, "destinations.golden", b.String())
}

// allowed says whether a host is one of the table.
func allowed(host string, domain func(*aws.Partition) string) bool {
	for _, p := range aws.Partitions {
		base := domain(p)
		region, ok := strings.CutSuffix(host, "."+base)
		switch {
		case base == "":
		case host == base:
			return true
		case ok && aws.ValidRegion(region) && aws.PartitionOf(region) == p:
			return true
		}
	}
	return false
}

func consoleDomain(p *aws.Partition) string { return p.Console }
func signinDomain(p *aws.Partition) string  { return p.SignIn }

// hostOf reads an address as browsers do, who take a backslash for a slash and
// skip tabs and line breaks; it must not matter.
func hostOf(address string) string {
	clean := strings.NewReplacer(`\`, "/", "\t", "", "\n", "", "\r", "").Replace(address)
	rest, ok := strings.CutPrefix(clean, "https://")
	if !ok {
		return "not https: " + address
	}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest = rest[:end]
	}
	return rest
}

// checkHost holds that both kinds of readers see a host of the table.
func checkHost(t *testing.T, address string) {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Errorf("%q: %v", address, err)
		return
	}
	if u.Host != hostOf(address) || u.User != nil || !allowed(u.Host, consoleDomain) {
		t.Errorf("%q leads to %q", address, hostOf(address))
	}
	if strings.HasPrefix(u.Path, "//") || strings.Contains(u.Path, `\`) {
		t.Errorf("%q has the path %q", address, u.Path)
	}
}

// hostile is what must never be let through.
var hostile = []string{
	"//evil.com", "/\\evil.com", "\\\\evil.com", "evil.com", "https://evil.com/", "/%2f/evil.com", "/%2F%2Fevil.com", "/%5cevil.com",
	"/a/../..//evil.com", "/../x", "/./x", "/%2e%2e/x", "/%252f", "/a//b", "/a b", "/a\tb", "/a\nb", "/\x00", "/ä", "/%", "/%zz", "/%0d%0aLocation:x",
	"/x?region=x.evil.com/", "/x?region=x.evil.com%2F%23", "/x?region=eu-west-1&region=us-east-1", "/x?%72egion=evil", "/x?a=%", "@evil.com/", ":443/", "/" + strings.Repeat("a", maxAddress),
}

var hostileAddresses = []string{
	"http://console.aws.amazon.com/", "https://evil.com/console.aws.amazon.com", "https://console.aws.amazon.com.evil.com/",
	"https://evilconsole.aws.amazon.com/", "https://user@console.aws.amazon.com/", "https://console.aws.amazon.com@evil.com/",
	"https://console.aws.amazon.com:444/", "https://console.aws.amazon.com:443:443/", "console.aws.amazon.com.evil.com/ec2", "user:443@console.aws.amazon.com",
	"https://console.aws.amazon.com\\@evil.com/", "https:\\\\console.aws.amazon.com/",
	"https:///console.aws.amazon.com/", "https:console.aws.amazon.com/", "https://x.evil.com/#.console.aws.amazon.com/",
	"https://evil.com#.console.aws.amazon.com", "https://evil.com?.console.aws.amazon.com", "https://evil.com%2f.console.aws.amazon.com/",
	"https://a.b.c.console.aws.amazon.com/", "https://evil.console.aws.amazon.com/", "https://cn-north-1.console.aws.amazon.com/",
	"https://12345-abcd1234.us-west-2.console.aws.amazon.com/", "https://signin.aws.amazon.com/oauth?Action=logout",
	"https://console.aws.amazon.com./", "https://console.aws.amazon.com//evil.com", "https://console.aws.amazon.com/\\evil.com",
	"javascript:alert(1)//console.aws.amazon.com/", "data:text/html,x", "https://", "https:///", " https://console.aws.amazon.com/",
	"https://console.aws.amazon.com/\r\nX: y", "https://eu-west-1.console.aws.amazon.com/x?region=cn-north-1",
	"https://us-iso-east-1.console.c2shome.ic.gov/",
}

func TestHostileTargetsAreRefused(t *testing.T) {
	var all []Target
	for _, text := range hostile {
		all = append(all, Target{Partition: "aws", Region: "eu-west-1", Path: text}, Target{Address: text})
		if strings.HasPrefix(text, "/") {
			all = append(all, Target{Address: "https://console.aws.amazon.com" + text})
		}
	}
	for _, text := range hostileAddresses {
		all = append(all, Target{Address: text}, Target{Partition: "aws", Path: text})
	}
	for _, region := range []string{"x.evil.com/#", "evil", "eu-west-1.evil.com", "eu-west-1/", "eu-west-1#", "eu-west-1\n", "EU-WEST-1", "-1", "eu--1", "us-east-1@evil.com", "eu-west-111"} {
		all = append(all, Target{Partition: "aws", Region: region}, Target{Partition: "aws", Region: region, Service: "iam"},
			Target{Partition: "aws", Region: region, Address: "https://console.aws.amazon.com/iam/home"})
	}
	for _, target := range all {
		d, err := target.Resolve()
		if err == nil {
			t.Errorf("%s is let through to %s", target.describe(), d)
			continue
		}
		if !errors.Is(err, vaultcore.ErrRequest) && !errors.Is(err, vaultcore.ErrConfig) || !d.IsZero() {
			t.Errorf("%s: %v", target.describe(), err)
		}
	}
}

func TestServices(t *testing.T) {
	all := Services()
	if len(all) < 60 {
		t.Errorf("%d services are too few", len(all))
	}
	if !slices.IsSortedFunc(all, func(a, b Service) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the services are not sorted, so some are not found")
	}
	seen := map[string]bool{}
	for _, s := range all {
		if seen[s.Name] || seen[s.Title] || s.Title == "" || nicknames[s.Name] != "" {
			t.Errorf("service %q (%q) is there twice or has no title", s.Name, s.Title)
		}
		seen[s.Name], seen[s.Title] = true, true
		if _, err := readPage(s.path); err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
		d, err := Target{Partition: "aws", Region: "eu-west-1", Service: s.Name}.Resolve()
		if err != nil {
			t.Errorf("%s: %v", s.Name, err)
		}
		if strings.Contains(d.String(), "eu-west-1") == s.Global {
			t.Errorf("%s (global: %v) leads to %s", s.Name, s.Global, d)
		}
	}
	for nickname, name := range nicknames {
		if s, err := LookupService(nickname); err != nil || s.Name != name {
			t.Errorf("%s is %v, %v", nickname, s, err)
		}
	}
	for _, name := range strings.Fields("ec2 s3 iam lambda cloudwatch logs rds ecs eks dynamodb cloudformation route53 billing") {
		if _, err := LookupService(name); err != nil {
			t.Error(err)
		}
	}
}

func TestZeroDestination(t *testing.T) {
	var d Destination
	if !d.IsZero() || d.String() != "" {
		t.Errorf("%+v", d)
	}
}

// A slip of the hand is understood, and what is far from every name is not.
func TestServicesLike(t *testing.T) {
	for name, want := range map[string]string{
		"lamdba": "lambda", "lamba": "lambda", "clouwdatch": "cloudwatch", "dynamo": "dynamodb", "kittens": "", "x": "", "zzz": "",
	} {
		if got := strings.Join(servicesLike(name), " "); got != want {
			t.Errorf("%s is like %q, want %q", name, got, want)
		}
	}
}
