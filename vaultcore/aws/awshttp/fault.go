package awshttp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/sockowner"
)

// Client is a client that follows no redirect: signatures and credentials would
// follow it too, and AWS redirects none.
func Client(transport http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Ways say what carries requests by a way: a [Carriers].
type Ways interface {
	// For may return: ErrConfig for a way that cannot be used.
	For(vaultcore.Via) (http.RoundTripper, error)
}

// ClientBy is the [Client] of a way, at which one request may take so long.
func ClientBy(ways Ways, via vaultcore.Via, attempt time.Duration) (*http.Client, error) {
	carrier, err := ways.For(via)
	if err != nil {
		return nil, err
	}
	client := Client(carrier)
	client.Timeout = attempt
	return client, nil
}

// PortalHint is the next step where something else answers in AWS's place.
const PortalHint = "sign in to the network (hotel, train, VPN) in a browser, or check the proxy, then try again"

// Host is who was asked, for the words of a failure.
type Host struct {
	Name    string
	Region  string            // that the name of AWS's own host comes from; empty for an endpoint that is set
	Variant vaultcore.Variant // of AWS's own host
	Setting string            // what sets an endpoint, such as endpoint_url
}

// Windows has numbers of its own for what the network says.
const (
	wsaNetUnreach  = syscall.Errno(10051)
	wsaConnReset   = syscall.Errno(10054)
	wsaConnRefused = syscall.Errno(10061)
	wsaHostUnreach = syscall.Errno(10065)
)

// Fault is the failure of a request that got no whole answer. Each cause has a
// sentence of its own, since each has another remedy. Nothing of err is quoted,
// which may hold the address and bytes of the other side.
func (h Host) Fault(err error) *vaultcore.Fault {
	var unusable *vaultcore.Fault
	var op *net.OpError
	var dns *net.DNSError
	const again = "check the network or the proxy, then try again"
	switch {
	case errors.As(err, &unusable): // the way itself, before anything was sent
		return unusable.WithHint("%s", unusable.Hint)
	case errors.Is(err, sockowner.ErrOthers):
		return h.fault("nothing was sent to %s: the program that listens there on this machine is not yours",
			"start the local endpoint or proxy as yourself, or remove it from the config and the environment")
	case errors.As(err, &op) && op.Op == "proxyconnect":
		return h.fault("the proxy on the way to %s cannot be reached", "check HTTPS_PROXY and NO_PROXY, and the setting trusted_proxies")
	case errors.As(err, &dns) && dns.IsNotFound && h.Region != "" && h.Variant != (vaultcore.Variant{}): // not every region has one
		return h.fault("no address is known for %s: no network, or AWS has no "+h.Variant.String()+" endpoint in region "+vaultcore.Printable(h.Region),
			"check the network, then use_fips_endpoint and use_dualstack_endpoint of the profile, AWS_USE_FIPS_ENDPOINT and AWS_USE_DUALSTACK_ENDPOINT")
	case errors.As(err, &dns) && dns.IsNotFound && h.Region != "": // a region that does not exist looks just like that
		return h.fault("no address is known for %s: no network, or region "+vaultcore.Printable(h.Region)+" does not exist",
			"check the network, then the profile's region")
	case errors.As(err, &dns):
		return h.fault("the address of %s cannot be looked up (DNS)", "check the network, then try again")
	case untrusted(err):
		return h.untrusted(err)
	case errors.Is(err, context.DeadlineExceeded) || timedOut(err):
		return h.fault("%s did not answer in time", again)
	case isOne(err, syscall.ECONNREFUSED, wsaConnRefused):
		return h.fault("%s refuses connections", "check "+h.Setting+", the proxy or the firewall, then try again")
	case isOne(err, syscall.ENETUNREACH, syscall.EHOSTUNREACH, wsaNetUnreach, wsaHostUnreach):
		return h.fault("no network: %s cannot be reached", "connect to a network, then try again")
	case isOne(err, io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE, wsaConnReset):
		return h.fault("the connection to %s was lost", "try again")
	default:
		return h.fault("no connection to %s", again)
	}
}

// Hopeless says of a request without an answer whether asking again would end the
// same way.
func Hopeless(err error) bool {
	var unusable *vaultcore.Fault
	return untrusted(err) || errors.As(err, &unusable) || errors.Is(err, sockowner.ErrOthers)
}

func (h Host) fault(message, hint string) *vaultcore.Fault {
	return vaultcore.Faultf(vaultcore.ErrNoAnswer, message, vaultcore.Printable(h.Name)).WithHint("%s", hint)
}

// untrusted says whether a TLS handshake failed.
func untrusted(err error) bool {
	var certificate *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var wrongName x509.HostnameError
	var noTLS tls.RecordHeaderError
	var alert tls.AlertError
	return errors.As(err, &certificate) || errors.As(err, &unknown) || errors.As(err, &invalid) ||
		errors.As(err, &wrongName) || errors.As(err, &noTLS) || errors.As(err, &alert)
}

func (h Host) untrusted(err error) *vaultcore.Fault {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var noTLS tls.RecordHeaderError
	var alert tls.AlertError
	switch {
	case errors.As(err, &unknown):
		return h.fault("the certificate of %s is signed by an authority that this machine does not trust (TLS)",
			"if your company's proxy inspects traffic, install its certificate in the system's store, or set it: `vaultbar settings set ca_bundle FILE`")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return h.fault("the certificate of %s has expired, or this machine's clock is wrong (TLS)", "check the clock, then the network")
	case errors.As(err, &noTLS):
		return h.fault("something between here and AWS answers instead: %s does not speak TLS", PortalHint)
	case errors.As(err, &alert):
		return h.fault("%s refuses the encrypted connection (TLS)", "check "+h.Setting+" and the proxy")
	default:
		return h.fault("something between here and AWS answers instead: the certificate of %s is for another host (TLS)", PortalHint)
	}
}

func timedOut(err error) bool {
	var slow interface{ Timeout() bool }
	return errors.As(err, &slow) && slow.Timeout()
}

func isOne(err error, causes ...error) bool {
	for _, cause := range causes {
		if errors.Is(err, cause) {
			return true
		}
	}
	return false
}
