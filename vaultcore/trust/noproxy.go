package trust

import (
	"net"
	"net/netip"
	"net/url"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

// excepted says whether NO_PROXY names the host of an https address: by its name or that
// of a domain above it, by its IP address, by a block of addresses or by "*" for all, each
// but the last two with a port where only that one is meant. A name that begins with a dot
// or with "*." means what is below it alone. This machine itself is always excepted.
//
// That is how Go's own packages read the list (golang.org/x/net/http/httpproxy, which brings
// 0.3 MB of tables of Unicode with it), and AWS's tools: there is no standard.
func excepted(list string, u *url.URL) bool {
	host, port := strings.ToLower(u.Hostname()), u.Port()
	if port == "" {
		port = "443"
	}
	if aws.Loopback(host) {
		return true
	}
	ip, _ := netip.ParseAddr(host)
	for entry := range strings.SplitSeq(strings.ToLower(list), ",") {
		if names(strings.TrimSpace(entry), host, ip.Unmap(), port) {
			return true
		}
	}
	return false
}

// names says whether one entry of NO_PROXY means a host; ip is its address where it has
// no name.
func names(entry, host string, ip netip.Addr, port string) bool {
	if block, err := netip.ParsePrefix(entry); err == nil {
		return block.Contains(ip)
	}
	name, only, err := net.SplitHostPort(entry)
	if err != nil {
		name = entry
	} else if only != "" && only != port {
		return false
	}
	if addr, err := netip.ParseAddr(name); err == nil {
		return addr.Unmap() == ip
	}
	switch {
	case entry == "*":
		return true
	case name == "" || ip.IsValid():
		return false
	}
	if strings.HasPrefix(name, "*.") {
		name = name[1:]
	}
	if name[0] == '.' {
		return strings.HasSuffix(host, name)
	}
	return host == name || strings.HasSuffix(host, "."+name)
}
