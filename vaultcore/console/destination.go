package console

import (
	"cmp"
	"net/url"
	"regexp"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// Target is what a person asks to see. At most one of Service, Path and Address
// is given; with none it is the console's home.
type Target struct {
	// Partition is that of the account, from [aws.ParseARN] of the role's or the
	// caller's ARN. Empty is allowed with an Address alone, which then says it.
	Partition string
	// Region is the region to show; empty leaves it to the console. A Path or
	// an Address that names a region itself stays with that.
	Region string

	Service string // a short name of [Services]
	Path    string // a path of the console, "/ec2/home#Instances:"; the slash may be missing
	Address string // a console address from a browser, or an ARN
}

// Destination is a page of the console, checked: it leads to a host of the
// table of partitions. [Target.Resolve] makes one; the zero Destination is none.
type Destination struct {
	partition *aws.Partition
	account   string
	region    string // where to sign in
	front     string // the region in front of the console's domain; often the same, empty for global services
	page      page
}

// homePage is where the console starts.
var homePage = page{path: "/console/home"}

// Resolve checks what is asked for. It may return: ErrRequest for what is no
// page of AWS's consoles, ErrConfig for a region or partition that cannot be.
func (t Target) Resolve() (Destination, error) {
	given := 0
	for _, text := range []string{t.Service, t.Path, t.Address} {
		if text != "" {
			given++
		}
	}
	if given > 1 {
		return Destination{}, vaultcore.Faultf(vaultcore.ErrRequest, "a service, a path and an address cannot be combined").
			WithHint("give one of them")
	}
	if t.Address != "" {
		return t.resolveAddress()
	}
	p, err := findPartition(t.Partition)
	if err != nil {
		return Destination{}, err
	}
	if err := checkRegion(p, t.Region); err != nil {
		return Destination{}, err
	}
	d := Destination{partition: p, region: t.Region, front: t.Region, page: homePage}
	switch {
	case t.Path != "":
		return d.withPath(t.Path)
	case t.Service != "":
		return d.withService(t.Service)
	}
	d.page = homePage.in(d.region)
	return d, nil
}

func (d Destination) withService(name string) (Destination, error) {
	s, err := LookupService(name)
	if err != nil {
		return Destination{}, err
	}
	d.page = pageOf(s.path)
	if s.Global {
		d.front = ""
		return d, nil
	}
	d.page = d.page.in(d.region)
	return d, nil
}

// bare is a path without its slash, whose first word is a service's.
var bare = regexp.MustCompile(`^[a-z0-9-]+(?:/|$)`)

// withPath takes a path with or without the slash that it begins with.
func (d Destination) withPath(path string) (Destination, error) {
	if bare.MatchString(path) {
		path = "/" + path
	}
	p, err := readPage(path)
	if err != nil {
		return Destination{}, err
	}
	if err := checkRegion(d.partition, p.region()); err != nil {
		return Destination{}, err
	}
	d.region = cmp.Or(p.region(), d.region)
	d.front, d.page = d.region, p.in(d.region)
	return d, nil
}

// IsZero says whether this is no destination.
func (d Destination) IsZero() bool { return d.partition == nil }

// Account is the account that an address or ARN named; empty for none.
func (d Destination) Account() string { return d.account }

// String is the address of the page; empty for the zero Destination.
func (d Destination) String() string {
	if d.partition == nil {
		return ""
	}
	return "https://" + d.partition.ConsoleHost(d.front) + d.page.String()
}

// page is all of a console address that follows the host.
type page struct {
	path     string // as it is sent, starting with one slash
	query    string // as it is sent, without the question mark
	fragment string // without the number sign
}

// pageOf takes an address apart behind its host.
func pageOf(text string) page {
	text, fragment, _ := strings.Cut(text, "#")
	path, query, _ := strings.Cut(text, "?")
	return page{path, query, fragment}
}

// String is what follows the host.
func (p page) String() string {
	text := p.path
	if p.query != "" {
		text += "?" + p.query
	}
	if p.fragment != "" {
		text += "#" + p.fragment
	}
	return text
}

// region is the region that the query names.
func (p page) region() string { return p.values().Get("region") }

// values is the query read as leniently as browsers do.
func (p page) values() url.Values {
	values, _ := url.ParseQuery(strings.ReplaceAll(p.query, ";", "%3B"))
	return values
}

// in names the region in the query where it does not yet.
func (p page) in(region string) page {
	switch {
	case region == "" || p.region() != "":
	case p.query == "":
		p.query = "region=" + region
	default:
		p.query += "&region=" + region
	}
	return p
}
