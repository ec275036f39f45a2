package console

import (
	"cmp"
	"net/url"
	"regexp"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// maxAddress is far more than the console's longest addresses, of metric
// graphs and log queries, and less than what a sign-in URL can carry.
const maxAddress = 4096

// resolveAddress reads an ARN or a console address from a browser.
func (t Target) resolveAddress() (Destination, error) {
	read := readAddress
	if strings.HasPrefix(t.Address, "arn:") {
		read = readARN
	}
	d, err := read(t.Address)
	if err != nil {
		return Destination{}, err
	}
	if t.Partition != "" && t.Partition != d.partition.Name {
		return Destination{}, vaultcore.Faultf(vaultcore.ErrRequest, "that page is in the partition %s, but the account is in %s",
			d.partition.Name, vaultcore.Printable(t.Partition)).WithHint("choose a profile of an account in %s", d.partition.Name)
	}
	return t.withRegion(d)
}

// withRegion checks the regions that d names, and fills in where to sign in when
// it names none. The page stays as it is.
func (t Target) withRegion(d Destination) (Destination, error) {
	named := cmp.Or(d.front, d.page.region())
	for _, region := range []string{d.front, d.page.region()} {
		if err := checkRegion(d.partition, region); err != nil {
			return Destination{}, err
		}
	}
	if named == "" && t.Partition != "" {
		named = t.Region
	}
	if err := checkRegion(d.partition, named); err != nil {
		return Destination{}, err
	}
	d.region = named
	return d, nil
}

// readARN gives the page that the console shows for an ARN.
func readARN(text string) (Destination, error) {
	a, ok := aws.ParseARN(text)
	if !ok {
		return Destination{}, vaultcore.Faultf(vaultcore.ErrRequest, "that is not an AWS ARN").
			WithHint("an ARN has six parts: arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE")
	}
	p, err := findPartition(a.Partition)
	if err != nil {
		return Destination{}, err
	}
	show := page{path: "/go/view", query: "arn=" + url.QueryEscape(text)}
	return Destination{partition: p, account: a.Account, front: a.Region, page: show}, nil
}

// fronts is what may stand in front of a console's domain: nothing, a region
// (or s3, where the console of S3 used to be), and before it the account and
// session of AWS's multi-session console. The session is dropped: it belongs to
// the browser that the address was copied from.
var fronts = regexp.MustCompile(`^(?:(?:(\d{12})-[a-z0-9]{8}\.)?([a-z0-9-]+)\.)?$`)

// readAddress reads the address of a console's page. Its host is taken to
// choose a row of the table, and then forgotten.
func readAddress(text string) (Destination, error) {
	host, rest, err := splitAddress(text)
	if err != nil {
		return Destination{}, err
	}
	for _, p := range aws.Partitions {
		if p.Console == "" || !strings.HasSuffix(host, p.Console) {
			continue
		}
		m := fronts.FindStringSubmatch(strings.TrimSuffix(host, p.Console))
		if m == nil {
			break
		}
		d := Destination{partition: p, account: m[1], front: m[2]}
		if d.front == "s3" {
			d.front = ""
		}
		if checkRegion(p, d.front) != nil {
			break
		}
		d.page, err = readPage(rest)
		return d, err
	}
	return Destination{}, notConsole()
}

// scheme is what an address begins with that comes out of a browser whole; copied
// by hand it may be missing.
const scheme = "https://"

// splitAddress cuts an https address behind its host. It does so itself, since
// programs differ in what they take for a host, and what it lets pass leaves
// them nothing to differ about: no user, no port but that of https, no backslash.
func splitAddress(text string) (host, rest string, err error) {
	if len(text) >= len(scheme) && strings.EqualFold(text[:len(scheme)], scheme) {
		text = text[len(scheme):]
	}
	end := strings.IndexAny(text, "/?#")
	if end < 0 {
		end = len(text)
	}
	host, rest = strings.ToLower(strings.TrimSuffix(text[:end], ":443")), text[end:]
	if strings.ContainsAny(host, ":@") {
		return "", "", notConsole()
	}
	if rest == "" || rest[0] != '/' {
		rest = "/" + rest
	}
	return host, rest, nil
}

func notConsole() *vaultcore.Fault {
	return vaultcore.Faultf(vaultcore.ErrRequest, "that is not an AWS console address").
		WithHint("addresses begin like https://console.aws.amazon.com/ or https://eu-west-1.console.aws.amazon.com/, and have no user name and no port other than 443")
}

// Paths are refused in which two readers may see different ones: an empty
// segment, dots that lead upwards, and such characters in disguise.
var (
	plainText   = regexp.MustCompile(`^[\x21-\x5b\x5d-\x7e]*$`) // printable ASCII but the backslash
	cleanPath   = regexp.MustCompile(`^/(?:[^/]+/)*[^/]*$`)
	dotSegment  = regexp.MustCompile(`/\.\.?(?:/|$)`)
	disguised   = regexp.MustCompile(`(?i)%(?:2f|5c|2e|25|[01][0-9a-f]|7f)`)
	brokenCodes = regexp.MustCompile(`%(?:[^0-9A-Fa-f]|.[^0-9A-Fa-f]|.?$)`)
)

// readPage checks a path of the console, with or without query and fragment.
func readPage(text string) (page, error) {
	p := pageOf(text)
	switch {
	case len(text) > maxAddress:
		return page{}, notPath("it is too long")
	case !plainText.MatchString(text):
		return page{}, notPath("it has a backslash, a space or a character that is invalid in an address")
	case !cleanPath.MatchString(p.path) || dotSegment.MatchString(p.path):
		return page{}, notPath("it must begin with one slash, and have no // and no ..")
	case disguised.MatchString(p.path) || brokenCodes.MatchString(p.path):
		return page{}, notPath("it has an encoded slash, dot or control character")
	case brokenCodes.MatchString(p.query):
		return page{}, notPath("its query cannot be read")
	case brokenCodes.MatchString(p.fragment):
		return page{}, notPath("what follows its # cannot be read")
	case len(p.values()["region"]) > 1:
		return page{}, notPath("it names more than one region")
	}
	return p, nil
}

func notPath(why string) *vaultcore.Fault {
	return vaultcore.Faultf(vaultcore.ErrRequest, "that path is not a page of the console: %s", why).
		WithHint("a path looks like /ec2/home#Instances: and is what follows the host in the browser's address bar")
}
