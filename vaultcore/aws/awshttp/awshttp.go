// Package awshttp carries requests to AWS: TLS 1.2 or better, by the way that each
// request is given ([vaultcore.Via]) and by nothing that the process's own
// environment says.
//
// A connection to this machine itself is used only when its listener is our own
// user's or the system's: the loopback is shared by everybody who is logged in,
// and plain http goes there. It is looked at as the connection is made, whoever
// asked for it and whatever name led there, a proxy's included.
//
// It says too what it means for a person when a request got no answer ([Host.Fault]).
//
// Start with [New] and [Carriers.For].
package awshttp

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/sockowner"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// maxWays bounds the ways that connections are kept for.
const maxWays = 16

// Carriers carry requests, each by its way. It may be used by many goroutines.
type Carriers struct {
	limit time.Duration

	mu       sync.Mutex // guards what follows
	ways     map[vaultcore.Via]*carrier
	accounts map[string]trust.Account // by proxy
}

// carrier is the connections of one way.
type carrier struct {
	transport *http.Transport
	bundle    stamp
	used      time.Time
}

// New makes carriers. Limit is how long making a connection may take.
func New(limit time.Duration) *Carriers {
	return &Carriers{limit: limit, ways: make(map[vaultcore.Via]*carrier), accounts: make(map[string]trust.Account)}
}

// Know takes in how a proxy knows its user, for all requests by it from now on.
func (c *Carriers) Know(a trust.Account) {
	if a.User == "" && a.Password.IsZero() {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, known := c.accounts[a.Proxy]; known || len(c.accounts) < maxWays {
		c.accounts[a.Proxy] = a
	}
}

// For returns what carries requests by a way. It may return: ErrConfig for
// certificates that cannot be read or that anybody could have written.
func (c *Carriers) For(via vaultcore.Via) (http.RoundTripper, error) {
	bundle := stampOf(via.Bundle)
	c.mu.Lock()
	defer c.mu.Unlock()
	if known := c.ways[via]; known != nil && known.bundle == bundle {
		known.used = time.Now()
		return known.transport, nil
	}
	roots, err := read(via.Bundle)
	if err != nil {
		return nil, err
	}
	c.makeRoomLocked(via)
	c.ways[via] = &carrier{transport: c.transport(via, roots), bundle: bundle, used: time.Now()}
	return c.ways[via].transport, nil
}

// makeRoomLocked drops the old connections of a way, or those of the way that was
// used least lately.
func (c *Carriers) makeRoomLocked(via vaultcore.Via) {
	drop, have := via, c.ways[via] != nil
	if !have && len(c.ways) < maxWays {
		return
	}
	if !have {
		for other, carrier := range c.ways {
			if c.ways[drop] == nil || carrier.used.Before(c.ways[drop].used) {
				drop = other
			}
		}
	}
	c.ways[drop].transport.CloseIdleConnections()
	delete(c.ways, drop)
}

func (c *Carriers) transport(via vaultcore.Via, roots *x509.CertPool) *http.Transport {
	return &http.Transport{
		Proxy:               func(r *http.Request) (*url.URL, error) { return c.proxy(via, r.URL) },
		DialContext:         dialer{net.Dialer{Timeout: c.limit}}.dial,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots},
		TLSHandshakeTimeout: c.limit,
		// Long enough for the roles of a chain, and for the questions of
		// Identify. A connection kept longer may be dead after a suspend, and a
		// request that breaks off on it has cost an MFA code.
		IdleConnTimeout:        5 * time.Second,
		MaxIdleConnsPerHost:    4,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// proxy is the proxy for an address, with its user where it has one.
func (c *Carriers) proxy(via vaultcore.Via, address *url.URL) (*url.URL, error) {
	proxy := trust.ProxyFor(via, address.String())
	if proxy == "" {
		return nil, nil
	}
	u, err := url.Parse(proxy)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if a, ok := c.accounts[proxy]; ok {
		u.User = url.UserPassword(a.User, a.Password.Reveal())
	}
	return u, nil
}

// dialer connects, on this machine only to our own user's listeners.
type dialer struct{ net.Dialer }

func (d dialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if at, ok := conn.RemoteAddr().(*net.TCPAddr); ok && at.IP.IsLoopback() {
		if err := sockowner.Serves(at.AddrPort()); err != nil {
			_ = conn.Close()
			return nil, err
		}
	}
	return conn, nil
}
