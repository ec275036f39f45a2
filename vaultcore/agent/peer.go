package agent

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// watchDelay is how long a request may be under way before its connection is
// watched. What is at hand is answered sooner, without a second goroutine.
const watchDelay = 10 * time.Millisecond

// peer is one connection at the server. One goroutine reads it and carries out
// what it read. When that takes time, or a question must be asked, another
// takes over the reading, so that a caller who leaves is noticed and an answer
// finds its question; the first one ends with its request.
type peer struct {
	*serving
	conn   net.Conn
	frames *frames // of the goroutine that reads
	writer writer

	left  context.Context // ends when the peer is gone
	leave context.CancelFunc
	loops sync.WaitGroup // goroutines beyond the first
	timer *time.Timer    // calls lookAfter

	mu        sync.Mutex
	busy      bool                     // guarded by mu: a request is under way
	watched   bool                     // guarded by mu: and another goroutine reads
	turn      int                      // guarded by mu: counts requests
	awaited   int                      // guarded by mu: the turn when the timer was started; 0 when it is not
	dismissed bool                     // guarded by mu: the server wants it gone
	resting   time.Time                // guarded by mu: since when there is no request
	deadline  time.Time                // guarded by mu: of the reading; zero for none
	questions map[int]chan *wireAnswer // guarded by mu: open questions
	lastID    int                      // guarded by mu

	described bool // of the goroutine that carries out a request
	caller    vaultcore.Caller
}

func newPeer(v *serving, conn net.Conn) *peer {
	p := &peer{serving: v, conn: conn, resting: time.Now()}
	p.frames = newFrames(conn, p.hurry)
	p.writer = writer{conn: conn, limit: writeTime, broken: func() { _ = conn.Close() }} // which ends the reading too
	return p
}

// refuse ends a connection that cannot be served.
func (p *peer) refuse() {
	_ = p.conn.SetWriteDeadline(time.Now().Add(farewellTime))
	_ = json.NewEncoder(p.conn).Encode(outbound[none]{Error: errorToWire(errTooMany)})
	_ = p.conn.Close()
	p.frames.close()
}

// serve answers the peer until it leaves, breaks the rules or is dismissed,
// and its request has returned.
func (p *peer) serve() {
	p.left, p.leave = context.WithCancel(p.ctx)
	p.timer = time.AfterFunc(watchDelay, p.lookAfter)
	defer func() {
		p.loops.Wait()
		p.timer.Stop()
		_ = p.conn.Close()
		p.frames.close()
	}()
	p.rest()
	p.loop()
}

// loop reads and carries out requests until the peer has left or another
// goroutine has taken over the reading.
func (p *peer) loop() {
	replaced := false
	defer func() {
		if !replaced {
			p.leave()
		}
	}()
	for !replaced {
		in, task, err := p.read()
		if err != nil {
			p.complain(err)
			return
		}
		if in.Answer != nil {
			p.deliver(in.Answer)
			continue
		}
		replaced = p.carryOut(in, task)
	}
}

// read returns the next frame that keeps to the rules, and the task of a request
// whose operation is known.
func (p *peer) read() (*inbound, *task, error) {
	frame, err := p.frames.next()
	if err != nil {
		return nil, nil, err
	}
	in := new(inbound)
	if err := json.Unmarshal(frame, in); err != nil {
		return nil, nil, errNotUnderstood(err)
	}
	if in.Answer == nil {
		if err := in.checkVersion(); err != nil {
			return nil, nil, err
		}
	}
	if err := checkNames(frame, p.shape); err != nil {
		return nil, nil, err
	}
	if in.Answer != nil {
		p.rest()
		return in, nil, nil
	}
	var task *task
	if row := p.rows[in.Op]; row != nil {
		if task, err = row.read(frame); err != nil {
			return nil, nil, errNotUnderstood(err)
		}
	}
	if !p.begin() {
		return nil, nil, errOneAtATime
	}
	return in, task, nil
}

// complain tells the peer why its connection ends, unless it has left or is
// merely idle.
func (p *peer) complain(err error) {
	var fault *vaultcore.Fault
	switch {
	case errors.As(err, &fault):
		p.writer.fail(fault)
	case errors.Is(err, errFrameTooLong):
		p.writer.fail(vaultcore.Faultf(vaultcore.ErrRequest, "%v", err))
	case errors.Is(err, os.ErrDeadlineExceeded) && p.frames.pending() && !p.isDismissed():
		p.writer.fail(errTooSlow)
	}
}
