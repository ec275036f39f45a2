package agent

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// conversation is one request at the client, from its frame to its reply.
type conversation[W any] struct {
	frames *frames
	writer writer
	caller vaultcore.Caller

	changed func() // called for each "changed" frame; nil but for a watch

	asking sync.WaitGroup             // questions put to the person
	open   map[int]context.CancelFunc // those not withdrawn; of the reading goroutine
	parts  *W                         // what came of a long reply
}

// end withdraws the questions that are still open, and returns when nobody
// uses the person's terminal any more.
func (c *conversation[W]) end() {
	for _, cancel := range c.open {
		cancel()
	}
	c.asking.Wait()
	c.frames.close()
}

// do sends the request and reads up to its reply. It may return:
// ErrUnreachable, ErrVersion, and what the server says.
func (c *conversation[W]) do(ctx context.Context, request requestFrame) (W, error) {
	if err := c.writer.send(request); err == errTooLong {
		var no W
		return no, vaultcore.Faultf(vaultcore.ErrRequest, "the request is longer than 256 KiB")
	}
	// Any other error is left to the reading: a server that refuses to serve
	// has said why before it closed.
	for {
		reply, done, err := c.read(ctx)
		if done || err != nil {
			return reply, broken(err)
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
		gone := *errGone
		gone.Cause = err
		return &gone
	}
}

// read takes one frame. It is done when that was the reply.
func (c *conversation[W]) read(ctx context.Context) (reply W, done bool, err error) {
	line, err := c.frames.next()
	if err != nil {
		return reply, false, err
	}
	if r, ok := any(&reply).(*credentialsReply); ok && r.parse(line) {
		return reply, true, nil
	}
	reply = *new(W) // what was parsed before it turned out not to be plain is void
	var frame outbound[W]
	if json.Unmarshal(line, &frame) != nil || checkNames(line, nil) != nil {
		return reply, false, errGarbled
	}
	switch {
	case frame.Error != nil:
		return reply, false, frame.Error.fault()
	case frame.V != 0 && frame.V != protocol:
		return reply, false, otherVersion(frame.V)
	case frame.Result != nil:
		c.join(frame.Result)
		return *frame.Result, true, nil
	case frame.Part != nil:
		c.join(frame.Part)
		c.parts = frame.Part
	case frame.Ask != nil:
		c.ask(ctx, frame.Ask)
	case frame.Withdraw != nil:
		c.withdraw(frame.Withdraw.ID)
	case frame.Changed && c.changed != nil:
		c.changed()
	}
	return reply, false, nil
}

// join puts what came before in front of what came now.
func (c *conversation[W]) join(now *W) {
	if j, ok := any(now).(interface{ join(*W) }); ok && c.parts != nil {
		j.join(c.parts)
	}
}

// ask puts a question to the person and sends what they say, unless nobody
// waits for it any more. Meanwhile the connection is read on.
func (c *conversation[W]) ask(ctx context.Context, w *wireQuestion) {
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
func (c *conversation[W]) answer(ctx context.Context, w *wireQuestion) *wireAnswer {
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

// withdraw ends a question that nobody waits for any more.
func (c *conversation[W]) withdraw(id int) {
	if cancel, ok := c.open[id]; ok {
		delete(c.open, id)
		cancel()
	}
}
