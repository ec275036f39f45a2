package agent

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Client is a [Service] at the other end of a socket. Each call has a
// connection of its own, so that calls do not wait for each other and leaving
// one is closing it. It may be used by many goroutines.
type Client struct {
	// Dial connects to the app. Its errors are ErrUnreachable where they are
	// no kind of their own.
	Dial func(context.Context) (net.Conn, error)
	// Environment is sent with every request.
	Environment vaultcore.Environment
}

var _ Service = (*Client)(nil)

// quickTime is how long the app may take over what is quick.
const quickTime = 30 * time.Second

// call makes a request of the app and returns its result.
func call[Q, R, W any](ctx context.Context, c *Client, o *op[Q, R, W], q Q) (R, error) {
	bounded, cancel := ctx, context.CancelFunc(func() {})
	if o.Quick {
		bounded, cancel = context.WithTimeout(ctx, quickTime)
	}
	defer cancel()
	reply, err := send[W](bounded, c, &o.Operation, &q)
	if o.Quick && errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		err = errSlow
	}
	return o.fromWire(reply), err
}

// tell is call for an operation that returns nothing but an error.
func tell[Q any](ctx context.Context, c *Client, o *op[Q, none, none], q Q) error {
	_, err := call(ctx, c, o, q)
	return err
}

// The methods of [Service], each by its row.

func (c *Client) Credentials(ctx context.Context, r CredentialsRequest) (CredentialsResult, error) {
	return call(ctx, c, opCredentials, r)
}
func (c *Client) Profiles(ctx context.Context) ([]string, error) {
	return call(ctx, c, opProfiles, none{})
}
func (c *Client) Explain(ctx context.Context, r CredentialsRequest) (vaultcore.Explanation, error) {
	return call(ctx, c, opExplain, r)
}
func (c *Client) Snapshot(ctx context.Context) (vaultcore.Snapshot, error) {
	return call(ctx, c, opSnapshot, none{})
}
func (c *Client) Identify(ctx context.Context, r IdentifyRequest) (vaultcore.Identity, error) {
	return call(ctx, c, opIdentify, r)
}
func (c *Client) Add(ctx context.Context, r AddRequest) error { return tell(ctx, c, opAdd, r) }
func (c *Client) Remove(ctx context.Context, r RemoveRequest) (RemoveResult, error) {
	return call(ctx, c, opRemove, r)
}
func (c *Client) Clear(ctx context.Context, r ClearRequest) (RemoveResult, error) {
	return call(ctx, c, opClear, r)
}
func (c *Client) Setup(ctx context.Context, r SetupRequest) (SetupResult, error) {
	return call(ctx, c, opSetup, r)
}
func (c *Client) Login(ctx context.Context, r LoginRequest) (LoginResult, error) {
	return call(ctx, c, opLogin, r)
}
func (c *Client) Reaches(ctx context.Context, address string) ([]string, error) {
	return call(ctx, c, opReaches, addressRequest{address})
}
func (c *Client) Services(ctx context.Context) ([]ConsoleService, error) {
	return call(ctx, c, opServices, none{})
}
func (c *Client) Browsers(ctx context.Context) (BrowsersResult, error) {
	return call(ctx, c, opBrowsers, none{})
}
func (c *Client) Forget(ctx context.Context, r ForgetRequest) error { return tell(ctx, c, opForget, r) }
func (c *Client) Renew(ctx context.Context, r CredentialsRequest) error {
	return tell(ctx, c, opRenew, r)
}
func (c *Client) Lock(ctx context.Context) error                    { return tell(ctx, c, opLock, none{}) }
func (c *Client) Unlock(ctx context.Context, r UnlockRequest) error { return tell(ctx, c, opUnlock, r) }
func (c *Client) Watch(ctx context.Context, changed func()) error {
	return tell(ctx, c, opWatch, watchRequest{changed})
}
func (c *Client) Settings(ctx context.Context) ([]Setting, error) {
	return call(ctx, c, opSettings, none{})
}
func (c *Client) Set(ctx context.Context, r SetRequest) error { return tell(ctx, c, opSet, r) }
func (c *Client) Status(ctx context.Context) (Status, error)  { return call(ctx, c, opStatus, none{}) }
func (c *Client) Stop(ctx context.Context) error              { return tell(ctx, c, opStop, none{}) }

// send sends a request and returns its reply, putting the questions that come
// before it to the caller's person. It waits as long as ctx allows, a person may
// take their time, and the app is there. It may return: [ErrSilent].
func send[W any](ctx context.Context, c *Client, o *Operation, request any) (W, error) {
	conn, err := c.dial(ctx)
	if err != nil {
		var no W
		return no, err
	}
	ctx, end := c.oversee(ctx, o.Lasting)
	defer end()
	reply, err := converse[W](ctx, conn, c.Environment, o.Name, request)
	if err != nil && context.Cause(ctx) == error(ErrSilent) {
		err = ErrSilent
	}
	return reply, err
}

// dial connects to the app.
func (c *Client) dial(ctx context.Context) (net.Conn, error) {
	conn, err := c.Dial(ctx)
	var fault *vaultcore.Fault
	switch {
	case err == nil:
		return conn, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.As(err, &fault):
		return nil, err
	default:
		return nil, &vaultcore.Fault{Kind: vaultcore.ErrUnreachable, Message: "Vaultbar cannot be reached: " + err.Error(), Cause: err}
	}
}

// converse makes a request on a connection of its own.
func converse[W any](ctx context.Context, conn net.Conn, env vaultcore.Environment, op string, request any) (W, error) {
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	var caller vaultcore.Caller
	if who := subjectOf(request).caller; who != nil {
		caller = *who
	}
	frame, err := newRequest(op, request, senderOf(caller, env))
	if err != nil {
		var no W
		return no, err
	}
	conversation := &conversation[W]{
		frames: newFrames(conn, func() {}),
		writer: writer{conn: conn},
		caller: caller,
	}
	if watch, ok := request.(*watchRequest); ok {
		conversation.changed = watch.changed
	}
	defer conversation.end()
	reply, err := conversation.do(ctx, frame)
	if err != nil && ctx.Err() != nil {
		var no W
		return no, ctx.Err()
	}
	return reply, err
}

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
