package agent

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// watchDelay is how long a request may be under way before its connection is
// watched. What is at hand is answered sooner, without a second goroutine.
const watchDelay = 10 * time.Millisecond

// peer is one connection at the server: a request and its reply. One goroutine reads
// the request, carries it out and replies. When that takes time, or a question must
// be asked, another reads on meanwhile, so that a caller who leaves is noticed and an
// answer finds its question.
type peer struct {
	*serving
	conn   net.Conn
	frames *frames // of the goroutine that reads
	writer writer
	since  time.Time // it is there

	left  context.Context // ends when the peer is gone
	leave context.CancelFunc

	state     atomic.Int32  // waiting, until it has asked or is dismissed
	listening atomic.Bool   // somebody reads on, or nobody will any more
	heard     chan struct{} // closed when whoever read on has ended

	mu        sync.Mutex
	questions map[int]chan *wireAnswer // guarded by mu: open questions
	lastID    int                      // guarded by mu
}

// The states of a peer.
const (
	waiting int32 = iota
	asked
	dismissed
)

func newPeer(v *serving, conn net.Conn) *peer {
	p := &peer{serving: v, conn: conn, since: time.Now(), heard: make(chan struct{})}
	p.frames = newFrames(conn, func() { p.allow(frameTime) })
	p.writer = writer{conn: conn, limit: writeTime, broken: func() { _ = conn.Close() }} // which ends the reading too
	return p
}

// refuse ends a connection that cannot be served.
func (p *peer) refuse() {
	p.writer.limit = refuseTime
	p.writer.fail(errTooMany)
	p.close()
}

// dismiss ends a connection on which nothing was asked yet, and says whether it was
// one.
func (p *peer) dismiss() bool {
	ended := p.state.CompareAndSwap(waiting, dismissed)
	if ended {
		_ = p.conn.Close()
	}
	return ended
}

// serve answers the peer's request.
func (p *peer) serve() {
	vaultcore.GrowStack()
	p.left, p.leave = context.WithCancel(p.ctx)
	defer p.leave()
	defer p.close()
	in, task, err := p.request()
	if err != nil {
		p.complain(err)
		return
	}
	if !p.state.CompareAndSwap(waiting, asked) {
		return
	}
	timer := time.AfterFunc(watchDelay, p.listen)
	defer timer.Stop()
	reply, err := p.run(p.left, in, task)
	if err != nil {
		p.writer.fail(p.forPeer(err))
		return
	}
	p.writer.result(reply)
}

// close ends the connection, and returns when nobody reads it any more.
func (p *peer) close() {
	_ = p.conn.Close()
	if !p.listening.CompareAndSwap(false, true) {
		<-p.heard
	}
	p.frames.close()
}

// allow gives the reading so much time from now; 0 is no limit.
func (p *peer) allow(d time.Duration) {
	var deadline time.Time
	if d != 0 {
		deadline = time.Now().Add(d)
	}
	_ = p.conn.SetReadDeadline(deadline)
}

// request reads the peer's request. An answer to no question is ignored.
func (p *peer) request() (*inbound, task, error) {
	for {
		p.allow(idleTime)
		in, task, err := p.read()
		if err != nil || in.Answer == nil {
			return in, task, err
		}
	}
}

// listen reads on while a request is in progress, until the peer leaves or breaks the
// rules. It does so once.
func (p *peer) listen() {
	if !p.listening.CompareAndSwap(false, true) {
		return
	}
	defer close(p.heard)
	defer p.leave()
	for {
		p.allow(0)
		in, _, err := p.read()
		switch {
		case err != nil:
			p.complain(err)
			return
		case in.Answer == nil:
			p.complain(errOneRequest)
			return
		}
		p.deliver(in.Answer)
	}
}

// read returns the next frame that keeps to the rules, and the task of a request
// whose operation is known.
func (p *peer) read() (*inbound, task, error) {
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
	row := p.rows[in.Op]
	if in.Answer != nil || row == nil {
		return in, nil, nil
	}
	task, err := row.read(frame)
	if err != nil {
		return nil, nil, errNotUnderstood(err)
	}
	return in, task, nil
}

// complain tells the peer why its connection ends, unless it has left or has asked
// nothing.
func (p *peer) complain(err error) {
	var fault *vaultcore.Fault
	switch {
	case errors.As(err, &fault):
		p.writer.fail(fault)
	case errors.Is(err, errFrameTooLong):
		p.writer.fail(vaultcore.Faultf(vaultcore.ErrRequest, "%v", err))
	case errors.Is(err, os.ErrDeadlineExceeded) && p.frames.pending():
		p.writer.fail(errTooSlow)
	}
}

// run carries out the request. Its context ends with it.
func (p *peer) run(ctx context.Context, in *inbound, task task) (reply any, err error) {
	if in.Op == opHello {
		return helloReply{p.Version}, nil
	}
	if task == nil {
		return nil, unknownOperation(in.Op)
	}
	if err := in.checkPrompt(); err != nil {
		return nil, err
	}
	env, err := vaultcore.NewEnvironment(in.Env)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(vaultcore.WithEnvironment(ctx, env))
	defer cancel()
	defer func() {
		if fault := recover(); fault != nil {
			p.log.Error("a request failed inside", "op", in.Op, "panic", fmt.Sprintf("%T", fault), "at", vaultcore.PanicSite())
			reply, err = nil, vaultcore.Internal()
		}
	}()
	if caller := subjectOf(task.asked()).caller; caller != nil {
		*caller = p.callerOf(ctx, in)
	} else {
		ctx = withCaller(ctx, sync.OnceValue(func() vaultcore.Caller { return p.callerOf(ctx, in) }))
	}
	if r, ok := task.asked().(reporter); ok {
		r.report(func(frame any) { _ = p.writer.send(frame) }) // whoever has left hears nothing
	}
	if err := task.do(ctx, p.Service); err != nil {
		return nil, err
	}
	return task.reply(), nil
}

// forPeer is the error as the peer should hear it: a request that was cut short
// because the app ends was not abandoned by its caller.
func (p *peer) forPeer(err error) error {
	if errors.Is(err, context.Canceled) && p.ctx.Err() != nil {
		return errStopping
	}
	return err
}

// callerOf says who asks.
func (p *peer) callerOf(ctx context.Context, in *inbound) vaultcore.Caller {
	var caller vaultcore.Caller
	if p.Describe != nil {
		caller = p.Describe(p.conn)
	}
	in.describe(&caller)
	caller.Env = vaultcore.EnvironmentOf(ctx)
	if in.askable() {
		caller.Ask = func(asking context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
			return p.ask(ctx, asking, q)
		}
	}
	if !in.Approves {
		caller.Person = nil
	}
	return caller
}
