package localhttp

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// How many connections may be open at once. More of our own wait, and not for long
// since each has little time; of others they are closed without a word, so that they
// cannot take the room of our own.
const (
	MaxOurs   = 64
	MaxOthers = 8
)

// listener looks who connects, and keeps floods out.
type listener struct {
	net.Listener
	ours              func(client, server netip.AddrPort) bool
	forOurs, forOther chan struct{} // semaphores
}

func newListener(inner net.Listener, ours func(client, server netip.AddrPort) bool) *listener {
	return &listener{Listener: inner, ours: ours, forOurs: make(chan struct{}, MaxOurs), forOther: make(chan struct{}, MaxOthers)}
}

// Accept returns the next connection that there is room for. Whose it is is asked of the
// kernel before anything is read, while the other end is sure to be there.
func (l *listener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		p := peer{Conn: conn, client: addrPort(conn.RemoteAddr()), server: addrPort(conn.LocalAddr())}
		if l.isOurs(p) {
			l.forOurs <- struct{}{}
			p.ours, p.leave = true, sync.OnceFunc(func() { <-l.forOurs })
			return p, nil
		}
		select {
		case l.forOther <- struct{}{}:
			p.leave = sync.OnceFunc(func() { <-l.forOther })
			return p, nil
		default:
			_ = conn.Close()
		}
	}
}

// isOurs says whether our own user made a connection.
func (l *listener) isOurs(p peer) bool {
	if _, ok := p.LocalAddr().(*net.UnixAddr); ok {
		return true // nobody else gets into its folder
	}
	return p.client.Addr().IsLoopback() && p.server.Addr().IsLoopback() && l.ours(p.client, p.server)
}

func addrPort(addr net.Addr) netip.AddrPort {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	at := tcp.AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}

// peer is a connection that there is room for.
type peer struct {
	net.Conn
	client, server netip.AddrPort
	ours           bool // our user made it, on this machine
	leave          func()
}

// Close makes room for another.
func (p peer) Close() error {
	defer p.leave()
	return p.Conn.Close()
}

type peerKey struct{}

// withPeer tells the requests of a connection who made it.
func withPeer(ctx context.Context, conn net.Conn) context.Context {
	return context.WithValue(ctx, peerKey{}, conn)
}

// peerOf is who made a request's connection; nobody of ours when that is not known.
func peerOf(r *http.Request) peer {
	p, _ := r.Context().Value(peerKey{}).(peer)
	return p
}
