package localhttp

import (
	"cmp"
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"net/textproto"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/sockowner"
)

// Options say how a server listens; the zero Options are for a random port, whose address
// is what the Host header must be. Ours is what tests replace.
type Options struct {
	Listen func() (net.Listener, error)             // opens a random port of the loopback; or a socket in a folder that is ours alone
	Ours   func(client, server netip.AddrPort) bool // says whether our own user made a connection
	Host   string                                   // what the Host header must be; empty for the address that it listens on
}

// Peer is the connection that a request came by.
type Peer struct {
	Client, Server netip.AddrPort
}

// Handler answers a request that the server has let through.
type Handler func(w http.ResponseWriter, r *http.Request, from Peer)

// Server is a port of this machine for our own user.
type Server struct {
	address  string // that it listens on
	host     string // exactly what the Host header must be
	listener net.Listener
	server   *http.Server
}

// Listen opens a server. Nobody is answered before [Server.Serve]. It returns what the
// system says when no port can be opened.
func Listen(o Options) (*Server, error) {
	if o.Listen == nil {
		o.Listen = func() (net.Listener, error) { return net.Listen("tcp4", "127.0.0.1:0") }
	}
	if o.Ours == nil {
		o.Ours = sockowner.Ours
	}
	inner, err := o.Listen()
	if err != nil {
		return nil, err
	}
	return &Server{
		address: inner.Addr().String(), host: cmp.Or(o.Host, inner.Addr().String()), listener: newListener(inner, o.Ours),
		server: &http.Server{
			ReadHeaderTimeout: 2 * time.Second,
			ReadTimeout:       5 * time.Second,
			WriteTimeout:      5 * time.Second,
			MaxHeaderBytes:    16 << 10,                   // a browser sends the cookies of all ports
			ErrorLog:          log.New(io.Discard, "", 0), // it would quote what is sent
			ConnContext:       withPeer,
		},
	}, nil
}

// Host is the address and port that it listens on.
func (s *Server) Host() string { return s.address }

// Serve answers until the server is closed.
func (s *Server) Serve(answer Handler) {
	s.server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Cache-Control", "no-store")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("X-Frame-Options", "DENY")
		header.Set("Connection", "close")
		from := peerOf(r)
		if r.Host != s.host || !from.ours || tampered(r.Header) || prefetch(r.Header) {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		answer(w, r, Peer{from.client, from.server})
	})
	_ = s.server.Serve(s.listener)
}

// Close ends the server at once. It may be called more than once.
func (s *Server) Close() {
	_ = s.server.Close()
	_ = s.listener.Close() // which the server knows only once it serves
}

// Finish ends the server once what was begun to be answered has been.
func (s *Server) Finish() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = s.server.Shutdown(ctx)
	s.Close()
}

// tampered says whether a page's script had a hand in the request, or a proxy.
func tampered(header http.Header) bool {
	for name := range header {
		switch canonical := textproto.CanonicalMIMEHeaderKey(name); {
		case canonical == "Origin", canonical == "Forwarded", canonical == "Via", strings.HasPrefix(canonical, "X-Forwarded"):
			return true
		}
	}
	return false
}

// prefetch says whether the browser asks ahead of its person, who may never
// come: that must not use an address up.
func prefetch(header http.Header) bool {
	for _, name := range []string{"Sec-Purpose", "Purpose", "X-Purpose", "X-Moz"} {
		for _, value := range header.Values(name) {
			low := strings.ToLower(value)
			if strings.Contains(low, "prefetch") || strings.Contains(low, "prerender") || strings.Contains(low, "preview") {
				return true
			}
		}
	}
	return false
}
