package sts

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"syscall"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/sockowner"
)

// Windows has numbers of its own for what the network says.
const (
	wsaNetUnreach  = syscall.Errno(10051)
	wsaConnReset   = syscall.Errno(10054)
	wsaConnRefused = syscall.Errno(10061)
	wsaHostUnreach = syscall.Errno(10065)
)

// unsent is the fault of a request that got no whole answer. Each cause has a
// sentence of its own, since each has another remedy.
func (t told) unsent(broken *sendError) *vaultcore.Fault {
	var unusable *vaultcore.Fault
	if errors.As(broken.err, &unusable) { // the way itself, before anything was sent
		return vaultcore.Faultf(unusable.Kind, "%s", unusable.Message).WithHint("%s", unusable.Hint)
	}
	f := t.cause(broken.err, shown(broken.host))
	if broken.sent && t.step.MFASerial != "" {
		f = f.WithHint("%s; the code may be used up: give the next one", f.Hint)
	}
	return f
}

func (t told) cause(err error, host string) *vaultcore.Fault {
	var proxy *net.OpError
	var dns *net.DNSError
	switch {
	case errors.Is(err, sockowner.ErrOthers):
		return noAnswer("nothing was sent to %s: what listens there on this machine is not yours", host).
			WithHint("start the local endpoint or proxy as yourself, or take it out of the config and the environment")
	case errors.As(err, &proxy) && proxy.Op == "proxyconnect":
		return noAnswer("the proxy on the way to %s cannot be reached", host).
			WithHint("check HTTPS_PROXY and NO_PROXY, and the setting trusted_proxies")
	case errors.As(err, &dns):
		return t.nameless(dns, host)
	case untrusted(err) != nil:
		return untrusted(err)(host)
	case isOne(err, context.DeadlineExceeded) || timedOut(err):
		return noAnswer("%s did not answer in time", host).WithHint("check the network or the proxy, then try again")
	case isOne(err, syscall.ECONNREFUSED, wsaConnRefused):
		return noAnswer("%s refuses connections", host).WithHint("check endpoint_url, the proxy or the firewall, then try again")
	case isOne(err, syscall.ENETUNREACH, syscall.EHOSTUNREACH, wsaNetUnreach, wsaHostUnreach):
		return noAnswer("no network: %s cannot be reached", host).WithHint("connect to a network, then try again")
	case isOne(err, io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE, wsaConnReset):
		return noAnswer("the connection to %s broke off", host).WithHint("try again")
	default:
		return noAnswer("no connection to %s", host).WithHint("check the network or the proxy, then try again")
	}
}

// nameless is the fault of a host whose address was not found. A region that
// does not exist looks just like that.
func (t told) nameless(dns *net.DNSError, host string) *vaultcore.Fault {
	if dns.IsNotFound && t.at.Endpoint == "" {
		return noAnswer("no address is known for %s: no network, or region %s does not exist", host, t.at.Region).
			WithHint("check the network, then region of the profile")
	}
	return noAnswer("the address of %s cannot be looked up (DNS)", host).WithHint("check the network, then try again")
}

// untrusted returns the fault of a TLS handshake that failed, or nil.
func untrusted(err error) func(host string) *vaultcore.Fault {
	var unknown x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var wrongName x509.HostnameError
	var noTLS tls.RecordHeaderError
	var alert tls.AlertError
	say := func(message, hint string) func(string) *vaultcore.Fault {
		return func(host string) *vaultcore.Fault { return noAnswer(message, host).WithHint("%s", hint) }
	}
	const portal = "sign in to the network in a browser, or check the proxy, then try again"
	switch {
	case errors.As(err, &unknown):
		return say("the certificate of %s is of nobody that this machine trusts (TLS)",
			"if a proxy of your company inspects traffic, install its certificate in the system's store, or name it: `vaultbar settings set ca_bundle FILE`")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return say("the certificate of %s is out of date, or this machine's clock is wrong (TLS)", "check the clock, then the network")
	case errors.As(err, &wrongName), errors.As(err, &invalid):
		return say("something between here and AWS answers in its place: the certificate of %s is not its own (TLS)", portal)
	case errors.As(err, &noTLS):
		return say("something between here and AWS answers in its place: %s does not speak TLS", portal)
	case errors.As(err, &alert):
		return say("%s refuses the encrypted connection (TLS)", "check endpoint_url and the proxy")
	default:
		return nil
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
