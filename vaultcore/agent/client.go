package agent

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Client is a [Service] at the other end of a socket. Each call has a
// connection of its own, so that calls do not wait for each other and leaving
// one is closing it. It may be used by many goroutines.
type Client struct {
	carry
	ClientOptions
}

// ClientOptions set up a [Client].
type ClientOptions struct {
	// Dial connects to the app. Its errors are ErrUnreachable where they are
	// no kind of their own.
	Dial func(context.Context) (net.Conn, error)
	// Environment is sent with every request.
	Environment vaultcore.Environment
	// Keys is the environment with the program's keys in it, which is sent to an app
	// that asks for them only. It is called at most once a request; it may be nil.
	Keys func() vaultcore.Environment
	// Slow is called when a call is not answered in a moment; it may be nil.
	Slow func()
	// Patience is how long a call may take that a person may have to answer; 0 for as
	// long as ctx allows.
	Patience time.Duration
}

// NewClient makes a client. It does not connect yet.
func NewClient(o ClientOptions) *Client {
	c := &Client{ClientOptions: o}
	c.out = c.call
	return c
}

// quickTime is how long the app may take for a quick operation.
const quickTime = 30 * time.Second

// call makes a request of the app and takes its reply.
func (c *Client) call(ctx context.Context, t task) error {
	bounded, cancel := ctx, context.CancelFunc(func() {})
	if t.operation().Quick {
		bounded, cancel = context.WithTimeout(ctx, quickTime)
	}
	defer cancel()
	err := c.send(bounded, t)
	if t.operation().Quick && errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		return errSlow
	}
	return err
}

// send sends a request and takes its reply, putting the questions that come
// before it to the caller's person. It waits as long as ctx allows, a person may
// take their time, and the app is there. It may return: [ErrSilent].
func (c *Client) send(ctx context.Context, t task) error {
	err := c.sendWith(ctx, c.Environment, t)
	if errors.Is(err, vaultcore.ErrWantsKeys) && c.Keys != nil {
		return c.sendWith(ctx, c.Keys(), t)
	}
	return err
}

func (c *Client) sendWith(ctx context.Context, env vaultcore.Environment, t task) error {
	conn, err := c.dial(ctx)
	if err != nil {
		return err
	}
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	oversight := func() {}
	defer func() { oversight() }()
	whenQuiet(conn, func(waited time.Duration) { oversight = c.oversee(ctx, end, t.operation().Lasting, moment-waited) })
	err = converse(ctx, conn, env, t.operation().Name, t.asked(), t)
	if cause := context.Cause(ctx); err != nil && (cause == error(ErrSilent) || cause == context.DeadlineExceeded) {
		err = cause
	}
	return err
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
func converse(ctx context.Context, conn net.Conn, env vaultcore.Environment, op string, request any, into receiver) error {
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	caller := subjectOf(request).caller
	if caller == nil {
		caller = new(vaultcore.Caller)
	}
	frame, err := newRequest(op, request, senderOf(caller, env))
	if err != nil {
		return err
	}
	conversation := &conversation{
		frames: newFrames(conn, func() {}),
		writer: writer{conn: conn},
		caller: caller,
	}
	if watch, ok := request.(*watchRequest); ok {
		conversation.changed = watch.changed
	}
	defer conversation.end()
	err = conversation.do(ctx, frame, into)
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}
