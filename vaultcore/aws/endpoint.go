package aws

import (
	"net"
	"net/url"
	"strings"
)

// Endpoint returns the address of an endpoint in its one form, or why it is none.
// Keys' signatures and MFA codes go there: in clear to this very machine only.
func Endpoint(text string) (key, reason string) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", "is not a URL such as https://sts.eu-west-1.amazonaws.com"
	}
	switch u.Scheme {
	case "https":
	case "http":
		if !Loopback(u.Hostname()) {
			return "", "is plain http to another machine; use https"
		}
	default:
		return "", "is neither https nor http"
	}
	return Origin(u) + strings.TrimRight(u.EscapedPath(), "/"), ""
}

// portOf is what an address of a scheme means that has no port.
func portOf(scheme string) string {
	switch scheme {
	case "http":
		return "80"
	case "https":
		return "443"
	default: // socks5, socks5h
		return "1080"
	}
}

// Origin is scheme, host and port: without the port where it is the scheme's own.
func Origin(u *url.URL) string {
	host := strings.ToLower(u.Hostname())
	if port := u.Port(); port != "" && port != portOf(u.Scheme) {
		host = net.JoinHostPort(host, port)
	} else if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return u.Scheme + "://" + host
}

// Loopback says whether a host is this machine. Names other than localhost are
// for a resolver to say, and it may lie.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
