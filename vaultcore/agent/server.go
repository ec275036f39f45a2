package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

// Server serves a [Service] over connections. It trusts whoever reaches it:
// its listener is the guard of who that may be.
type Server struct {
	Service Service
	// Describe says who is at the other end of a connection: PID, Program and Dir or
	// how to find them, Sandbox and Person. It is called when a request needs it. It may be nil.
	Describe func(net.Conn) vaultcore.Caller
	// Version is that of the app.
	Version string
	// Log gets what went wrong here, never what was asked. It may be nil.
	Log *slog.Logger
}

// Serve answers requests until ctx ends, then closes l, lets the requests under
// way return, and returns nil. It returns an error when l fails for good.
//
// A connection carries one request. Of 512, or of half as many as there may be
// descriptors, the one that has asked nothing for longest makes room for the next;
// when all are at work the next is refused. It makes room too when no descriptor is left for a new
// connection, which then waits. May return: net.ErrClosed.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	inner, cancel := context.WithCancel(ctx)
	v := &serving{
		Server: s, ctx: inner, rows: rows(), shape: requestShape(), log: s.Log, peers: make(map[*peer]struct{}), room: min(maxConns, descriptors()/2),
	}
	if v.log == nil {
		v.log = slog.New(slog.DiscardHandler)
	}
	stop := context.AfterFunc(ctx, func() { _ = l.Close() })
	defer stop()
	err := v.accept(l)
	cancel()
	v.dismiss()
	_ = l.Close()
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("accepting connections: %w", err)
}

// serving is one run of [Server.Serve].
type serving struct {
	*Server
	ctx   context.Context
	rows  map[string]row
	shape shape // of what peers send
	log   *slog.Logger
	room  int // for so many connections

	mu     sync.Mutex
	peers  map[*peer]struct{} // guarded by mu
	closed bool               // guarded by mu
	ended  sync.WaitGroup
}

// accept takes connections until the listener is closed. Any other failure
// (no file descriptor left, a peer gone before it was accepted) passes. For want of
// a descriptor an idle peer loses its own, and the next try comes soon.
func (v *serving) accept(l net.Listener) error {
	wait, failing := retry.Backoff{First: 5 * time.Millisecond, Most: time.Second}, false
	for {
		conn, err := l.Accept()
		if err == nil {
			wait.Reset()
			failing = false
			v.welcome(conn)
			continue
		}
		if errors.Is(err, net.ErrClosed) || v.ctx.Err() != nil {
			return err
		}
		if !failing {
			v.log.Warn("cannot accept a connection; will go on trying", "error", err)
		}
		failing = true
		if outOfDescriptors(err) && v.makeRoom() {
			wait.Reset()
		}
		_ = wait.Wait(v.ctx) // an Accept that fails after its end says so
	}
}

func outOfDescriptors(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// welcome serves a connection, or refuses it when there are too many.
func (v *serving) welcome(conn net.Conn) {
	p := newPeer(v, conn)
	if !v.enter(p) {
		p.refuse()
		return
	}
	go func() {
		defer v.leave(p)
		p.serve()
	}()
}

func (v *serving) enter(p *peer) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.closed || len(v.peers) >= v.room && !v.makeRoomLocked() {
		return false
	}
	v.peers[p] = struct{}{}
	v.ended.Add(1)
	return true
}

func (v *serving) makeRoom() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.makeRoomLocked()
}

// makeRoomLocked dismisses the peer that has been there for longest and asked nothing:
// a program that dials means to ask at once, and one that holds its connection open
// for nothing must not keep others out.
func (v *serving) makeRoomLocked() bool {
	for {
		var oldest *peer
		for p := range v.peers {
			if p.state.Load() == waiting && (oldest == nil || p.since.Before(oldest.since)) {
				oldest = p
			}
		}
		if oldest == nil {
			return false
		}
		if oldest.dismiss() {
			delete(v.peers, oldest)
			return true
		}
	}
}

func (v *serving) leave(p *peer) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.peers, p)
	v.ended.Done()
}

// dismiss ends every connection and waits for the requests under way.
func (v *serving) dismiss() {
	v.mu.Lock()
	v.closed = true
	for p := range v.peers {
		p.dismiss()
	}
	v.mu.Unlock()
	v.ended.Wait()
}
