package redirect

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// How many connections may be open at once. More of our own wait their turn,
// which comes since each has little time; of others they are closed without a
// word, so that they cannot take the room of our own.
const (
	maxOurs   = 64
	maxOthers = 8
)

// gate is a listener that looks who comes, and keeps floods out.
type gate struct {
	net.Listener
	ours      func(client, server netip.AddrPort) bool
	ourRoom   chan struct{}
	otherRoom chan struct{}
}

func newGate(inner net.Listener, ours func(client, server netip.AddrPort) bool) *gate {
	return &gate{Listener: inner, ours: ours, ourRoom: make(chan struct{}, maxOurs), otherRoom: make(chan struct{}, maxOthers)}
}

// Accept returns the next connection that there is room for.
func (g *gate) Accept() (net.Conn, error) {
	for {
		conn, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if g.look(conn) {
			g.ourRoom <- struct{}{}
			return seat(conn, true, g.ourRoom), nil
		}
		select {
		case g.otherRoom <- struct{}{}:
			return seat(conn, false, g.otherRoom), nil
		default:
			_ = conn.Close()
		}
	}
}

// look asks the kernel whether our user made the connection, on this machine. It
// is asked before anything is read, while the other end is sure to be there.
func (g *gate) look(conn net.Conn) bool {
	client, server := addrPort(conn.RemoteAddr()), addrPort(conn.LocalAddr())
	return client.Addr().IsLoopback() && server.Addr().IsLoopback() && g.ours(client, server)
}

func addrPort(addr net.Addr) netip.AddrPort {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	at := tcp.AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}

// guest is a connection that has a place in a room.
type guest struct {
	net.Conn
	ours  bool
	leave func()
}

// seat gives a connection a place, until it is closed.
func seat(conn net.Conn, ours bool, room chan struct{}) *guest {
	return &guest{Conn: conn, ours: ours, leave: sync.OnceFunc(func() { <-room })}
}

// Close gives the place back.
func (g *guest) Close() error {
	defer g.leave()
	return g.Conn.Close()
}

type guestKey struct{}

// withOwner tells the requests of a connection who made it.
func withOwner(ctx context.Context, conn net.Conn) context.Context {
	g, _ := conn.(*guest)
	return context.WithValue(ctx, guestKey{}, g)
}

// isOurs says whether our user made the request's connection; no when that is
// not known.
func isOurs(r *http.Request) bool {
	g, _ := r.Context().Value(guestKey{}).(*guest)
	return g != nil && g.ours
}
