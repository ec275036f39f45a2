package trust

import (
	"net/url"
	"path/filepath"
	"slices"

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

// Use is what requests touch on their way.
type Use struct {
	Endpoints []string // asked in place of AWS's own, of STS and IAM
	SignIns   []string // asked in place of AWS's own, and handed what signs in
	Hosts     []string // addresses of AWS's own hosts
	Via       vaultcore.Via
}

// Direct leaves the proxy out of the way when no host of a use is reached by it.
func (u Use) Direct() vaultcore.Via {
	via := u.Via
	if via.Proxy != "" && !slices.ContainsFunc(u.hosts(), func(address string) bool { return ProxyFor(via, address) != "" }) {
		via.Proxy, via.NoProxy = "", ""
	}
	return via
}

// Needs are the items of a use that the lists do not hold. System says whether a file
// of certificates is the system's own.
func (u Use) Needs(lists Lists, system func(string) bool) []Item {
	if len(u.hosts()) == 0 {
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
	need(OfProxy, u.Direct().Proxy, lists.Proxies)
	if bundle := u.Via.Bundle; bundle != lists.Bundle && !all(filepath.SplitList(bundle), system) {
		need(OfBundle, bundle, nil)
	}
	return needs
}

func all(paths []string, ok func(string) bool) bool {
	return !slices.ContainsFunc(paths, func(path string) bool { return path != "" && !ok(path) })
}

func (u Use) hosts() []string { return slices.Concat(u.Hosts, u.Endpoints, u.SignIns) }

// ProxyFor is the proxy that an address is reached by; "" for none. This machine
// itself is reached by none.
func ProxyFor(v vaultcore.Via, address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || excepted(v.NoProxy, u) {
		return ""
	}
	return v.Proxy
}
