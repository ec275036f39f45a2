package trust

import (
	"net/url"
	"path/filepath"
	"slices"

	"golang.org/x/net/http/httpproxy"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

const listSeparator = string(filepath.ListSeparator)

// Kind is what a person trusts.
type Kind string

// The kinds of items, each the setting whose list it belongs to.
const (
	OfEndpoint Kind = "trusted_endpoints"
	OfSignIn   Kind = "trusted_sign_in_endpoints"
	OfProxy    Kind = "trusted_proxies"
	OfBundle   Kind = "ca_bundle"
	OfCommand  Kind = "trusted_commands" // of the config file; no route has one
)

// Item is one part of a route that a person has to allow.
type Item struct {
	Kind  Kind
	Value string // as its list has it
}

// Use is what a route is used for.
type Use struct {
	Endpoints []string // that requests of STS and IAM go to; "" is AWS's own
	Others    []string // addresses of more of AWS's own hosts
	SignIns   []string // that people sign in at, and sessions are signed in; "" is AWS's own
	Region    string   // of AWS's own hosts
}

// Direct leaves the proxy out of a route when no host of a use is reached by it.
func (r Route) Direct(u Use) Route {
	if r.Via.Proxy != "" && !slices.ContainsFunc(r.hosts(u), func(address string) bool { return ProxyFor(r.Via, address) != "" }) {
		r.Via.Proxy, r.Via.NoProxy = "", ""
	}
	return r
}

// Needs are the items of a route that a use touches and that the lists do not
// hold. System says whether a file of certificates is the system's own.
func (r Route) Needs(u Use, lists Lists, system func(string) bool) []Item {
	if len(r.hosts(u)) == 0 {
		return nil
	}
	var needs []Item
	need := func(kind Kind, value string, list []string) {
		item := Item{kind, value}
		if value != "" && !slices.Contains(list, value) && !slices.Contains(needs, item) {
			needs = append(needs, item)
		}
	}
	for _, endpoint := range u.Endpoints {
		key, _ := aws.Endpoint(endpoint)
		need(OfEndpoint, key, lists.Endpoints)
	}
	for _, endpoint := range u.SignIns {
		key, _ := aws.Endpoint(endpoint)
		need(OfSignIn, key, lists.SignIns)
	}
	need(OfProxy, r.Direct(u).Via.Proxy, lists.Proxies)
	if bundle := r.Via.Bundle; bundle != lists.Bundle && !all(filepath.SplitList(bundle), system) {
		need(OfBundle, bundle, nil)
	}
	return needs
}

func all(paths []string, ok func(string) bool) bool {
	return !slices.ContainsFunc(paths, func(path string) bool { return path != "" && !ok(path) })
}

// hosts are addresses of the hosts that a use reaches.
func (r Route) hosts(u Use) []string {
	hosts := slices.Clone(u.Others)
	for _, endpoint := range u.Endpoints {
		if endpoint == "" {
			domain := aws.PartitionOf(u.Region).Domain
			endpoint = "https://sts." + u.Region + "." + domain
			hosts = append(hosts, "https://iam."+domain)
		}
		hosts = append(hosts, endpoint)
	}
	for _, endpoint := range u.SignIns {
		if endpoint == "" {
			hosts = append(hosts, "https://signin.aws.amazon.com")
			endpoint = "https://" + u.Region + ".signin.aws.amazon.com"
		}
		hosts = append(hosts, endpoint)
	}
	return hosts
}

// ProxyFor is the proxy that an address is reached by; "" for none. This machine
// itself is reached by none.
func ProxyFor(v vaultcore.Via, address string) string {
	u, err := url.Parse(address)
	if v.Proxy == "" || err != nil {
		return ""
	}
	config := httpproxy.Config{HTTPSProxy: v.Proxy, NoProxy: v.NoProxy}
	proxy, err := config.ProxyFunc()(u)
	if proxy == nil || err != nil {
		return ""
	}
	return v.Proxy
}
