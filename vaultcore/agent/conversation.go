package agent

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// conversation is one request at the client, from its frame to its reply.
type conversation struct {
	frames *frames
	writer writer
	caller *vaultcore.Caller

	changed func() // called for each "changed" frame; nil but for a watch

	asking sync.WaitGroup             // questions put to the person
	open   map[int]context.CancelFunc // those not withdrawn; of the reading goroutine
}

// receiver is where a reply goes.
type receiver interface {
	// receive takes a frame. It is done when that was the reply, or the last part of
	// it; else it returns what the frame holds instead.
	receive(line []byte) (held *notice, done bool, err error)
}

// receipt is a receiver of a result that is W on the wire.
type receipt[W any] struct {
	result W
	parts  *W             // what came of a long one
	heard  func(part any) // called for each part that is of use before the rest; nil for others
}

// end withdraws the questions that are still open, and returns when nobody
// uses the person's terminal any more.
func (c *conversation) end() {
	for _, cancel := range c.open {
		cancel()
	}
	c.asking.Wait()
	c.frames.close()
}

// do sends the request and reads up to its reply. It may return:
// ErrUnreachable, ErrVersion, and what the server says.
func (c *conversation) do(ctx context.Context, request *requestFrame, into receiver) error {
	if err := c.writer.send(request); err == errTooLong {
		return vaultcore.Faultf(vaultcore.ErrRequest, "the request is longer than 256 KiB")
	}
	// Any other error is left to the reading: a server that refuses to serve
	// has said why before it closed.
	for {
		done, err := c.read(ctx, into)
		if done || err != nil {
			return broken(err)
		}
	}
}

// broken turns the end of a connection into a fault for a person.
func broken(err error) error {
	var fault *vaultcore.Fault
	switch {
	case err == nil:
		return nil
	case errors.As(err, &fault):
		return err
	case errors.Is(err, errFrameTooLong):
		return errGarbled
	default:
		return errGone.WithCause(err)
	}
}

// read takes one frame. It is done when that was the reply.
func (c *conversation) read(ctx context.Context, into receiver) (done bool, err error) {
	line, err := c.frames.next()
	if err != nil {
		return false, err
	}
	held, done, err := into.receive(line)
	switch {
	case done || err != nil:
		return done, err
	case held.Error != nil:
		return false, held.Error.fault()
	case held.V != 0 && held.V != protocol:
		return false, otherVersion(held.V)
	case held.Ask != nil:
		c.ask(ctx, held.Ask)
	case held.Withdraw != nil:
		c.withdraw(held.Withdraw.ID)
	case held.Changed && c.changed != nil:
		c.changed()
	}
	return false, nil
}

func (r *receipt[W]) receive(line []byte) (held *notice, done bool, err error) {
	if r, ok := any(&r.result).(*credentialsReply); ok && r.parse(line) {
		return nil, true, nil
	}
	r.result = *new(W) // what was parsed before it turned out not to be plain is void
	frame := new(outbound[W])
	if err := parse(line, frame); err != nil || frame.refuses() {
		return &frame.notice, false, err
	}
	switch {
	case frame.Result != nil:
		r.join(frame.Result)
		r.result, done = *frame.Result, true
	case frame.Part != nil && r.heard != nil:
		r.heard(frame.Part)
	case frame.Part != nil:
		r.join(frame.Part)
		r.parts = frame.Part
	}
	return &frame.notice, done, nil
}

// join puts what came before in front of what came now.
func (r *receipt[W]) join(now *W) {
	if j, ok := any(now).(interface{ join(before any) }); ok && r.parts != nil {
		j.join(r.parts)
	}
}

// parse reads a frame of a server.
func parse(line []byte, frame any) error {
	if json.Unmarshal(line, frame) != nil || checkNames(line, nil) != nil {
		return errGarbled
	}
	return nil
}

// refuses says whether a frame has nothing else to say.
func (n *notice) refuses() bool { return n.Error != nil || n.V != 0 && n.V != protocol }

// ask puts a question to the person and sends what they say, unless nobody
// waits for it any more. Meanwhile the connection is read on.
func (c *conversation) ask(ctx context.Context, w *wireQuestion) {
	asking, cancel := context.WithCancel(ctx)
	if c.open == nil {
		c.open = make(map[int]context.CancelFunc)
	}
	c.open[w.ID] = cancel
	c.asking.Go(func() {
		defer cancel()
		answer := c.answer(asking, w)
		if asking.Err() == nil {
			_ = c.writer.send(&inbound{Answer: answer})
		}
	})
}

// answer is what the person says to a question.
func (c *conversation) answer(ctx context.Context, w *wireQuestion) *wireAnswer {
	if c.caller.Ask == nil {
		return &wireAnswer{ID: w.ID, Error: errorToWire(errNoTerminal)}
	}
	text, err := c.caller.Ask(ctx, w.question())
	switch {
	case err == nil:
		return &wireAnswer{ID: w.ID, Text: revealed(text.Reveal())}
	case errors.Is(err, vaultcore.ErrCanceled):
		return &wireAnswer{ID: w.ID, Canceled: true}
	default:
		return &wireAnswer{ID: w.ID, Error: errorToWire(err)}
	}
}

// withdraw ends a question for which nobody waits any longer.
func (c *conversation) withdraw(id int) {
	if cancel, ok := c.open[id]; ok {
		delete(c.open, id)
		cancel()
	}
}
