package console

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/sockowner"
)

// newClient is a client that follows no redirect: the credentials would follow
// it too.
func newClient(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// checkEndpoint refuses an endpoint that credentials must not be sent to, and
// takes the slash off its end.
func checkEndpoint(endpoint string) (string, error) {
	if endpoint == "" {
		return "", nil
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.User != nil || u.Opaque != "" || strings.Trim(u.Path, "/") != "" ||
		u.RawQuery != "" || u.ForceQuery || strings.Contains(endpoint, "#") || u.Scheme != "https" && u.Scheme != "http" {
		return "", vaultcore.Faultf(vaultcore.ErrConfig, "an endpoint for AWS's sign-in is set that is not an https address of a host").
			WithHint("check AWS_ENDPOINT_URL_SIGNIN")
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return "", vaultcore.Faultf(vaultcore.ErrConfig, "the sign-in on %s would be asked without encryption", vaultcore.Printable(u.Hostname())).
			WithHint("use https in AWS_ENDPOINT_URL_SIGNIN; plain http is for this machine only")
	}
	return u.Scheme + "://" + u.Host, nil
}

func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

const portalHint = "something between here and AWS may answer in its place: sign in to the network in a browser, or check the proxy, then try again"

// unsent is the fault of a request that got no whole answer. It quotes nothing
// of err, which may hold the address and bytes of the other side.
func unsent(err error, host string) *vaultcore.Fault {
	var op *net.OpError
	var dns *net.DNSError
	var unusable *vaultcore.Fault
	host = vaultcore.Printable(host)
	switch {
	case errors.As(err, &unusable): // the way itself, before anything was sent
		return unusable
	case errors.Is(err, sockowner.ErrOthers):
		return noAnswer("nothing was sent to %s: what listens there on this machine is not yours", host).
			WithHint("start the local endpoint or proxy as yourself, or take it out of the config and the environment")
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return noAnswer("the proxy on the way to %s cannot be reached", host).
			WithHint("check HTTPS_PROXY and NO_PROXY, and the setting trusted_proxies")
	case errors.As(err, &dns) && dns.IsNotFound:
		return noAnswer("no address is known for %s: no network, or that region does not exist", host).
			WithHint("check the network, then the region")
	case errors.As(err, &dns):
		return noAnswer("the address of %s cannot be looked up (DNS)", host).WithHint("check the network, then try again")
	case insecure(err):
		return noAnswer("the encrypted connection to %s cannot be trusted (TLS)", host).
			WithHint("check the clock; %s; the certificate of a proxy that inspects traffic must be in the system's store or in the setting ca_bundle", portalHint)
	case errors.Is(err, context.DeadlineExceeded) || timedOut(err):
		return noAnswer("%s did not answer in time", host).WithHint("check the network or the proxy, then try again")
	case errors.Is(err, syscall.ECONNREFUSED):
		return noAnswer("%s refuses connections", host).WithHint("check AWS_ENDPOINT_URL_SIGNIN, the proxy or the firewall, then try again")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return noAnswer("the connection to %s broke off", host).WithHint("try again")
	default:
		return noAnswer("no connection to %s", host).WithHint("check the network or the proxy, then try again")
	}
}

// hopeless says whether asking again would end the same way.
func hopeless(err error) bool {
	var unusable *vaultcore.Fault
	return insecure(err) || errors.As(err, &unusable) || errors.Is(err, sockowner.ErrOthers)
}

// insecure says whether TLS was the cause.
func insecure(err error) bool {
	var verification *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var wrongName x509.HostnameError
	var noTLS tls.RecordHeaderError
	var alert tls.AlertError
	return errors.As(err, &verification) || errors.As(err, &unknown) || errors.As(err, &invalid) ||
		errors.As(err, &wrongName) || errors.As(err, &noTLS) || errors.As(err, &alert)
}

func timedOut(err error) bool {
	var slow interface{ Timeout() bool }
	return errors.As(err, &slow) && slow.Timeout()
}

func noAnswer(format string, args ...any) *vaultcore.Fault {
	return vaultcore.Faultf(vaultcore.ErrNoAnswer, format, args...)
}
