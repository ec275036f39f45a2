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
	// Dial connects to the app. Its errors are ErrUnreachable where they are
	// no kind of their own.
	Dial func(context.Context) (net.Conn, error)
	// Environment is sent with every request.
	Environment vaultcore.Environment
}

var _ Service = (*Client)(nil)

// patience is how long the app may take over what asks no person and waits for
// no network.
const patience = 30 * time.Second

// Credentials is part of [Service].
func (c *Client) Credentials(ctx context.Context, r CredentialsRequest) (CredentialsResult, error) {
	reply, err := request[credentialsReply](ctx, c, r.frame(opCredentials), r.Caller)
	return reply.result(), err
}

// Profiles is part of [Service].
func (c *Client) Profiles(ctx context.Context) ([]string, error) {
	reply, err := inquire[profilesReply](ctx, c, &inbound{Op: opProfiles}, vaultcore.Caller{})
	return reply.Profiles, err
}

// Explain is part of [Service].
func (c *Client) Explain(ctx context.Context, r CredentialsRequest) (vaultcore.Explanation, error) {
	reply, err := inquire[explanationReply](ctx, c, r.frame(opExplain), r.Caller)
	return reply.explanation(), err
}

// Snapshot is part of [Service].
func (c *Client) Snapshot(ctx context.Context) (vaultcore.Snapshot, error) {
	reply, err := inquire[snapshotReply](ctx, c, &inbound{Op: opSnapshot}, vaultcore.Caller{})
	return reply.snapshot(), err
}

// Identify is part of [Service].
func (c *Client) Identify(ctx context.Context, r IdentifyRequest) (vaultcore.Identity, error) {
	frame := &inbound{Op: opIdentify, Profile: r.Profile, Key: keyOf(r.Key)}
	reply, err := request[identityReply](ctx, c, frame, r.Caller)
	return vaultcore.Identity(reply), err
}

// Add is part of [Service].
func (c *Client) Add(ctx context.Context, r AddRequest) error {
	frame := &inbound{
		Op: opAdd, Profile: r.Profile, Key: keyOf(r.Key),
		EditConfig: r.EditConfig, MFASerial: r.MFASerial, Region: r.Region,
	}
	_, err := request[emptyReply](ctx, c, frame, r.Caller)
	return err
}

// Remove is part of [Service].
func (c *Client) Remove(ctx context.Context, r RemoveRequest) (RemoveResult, error) {
	reply, err := request[removeReply](ctx, c, &inbound{Op: opRemove, Profile: r.Profile}, r.Caller)
	return RemoveResult(reply), err
}

// Clear is part of [Service].
func (c *Client) Clear(ctx context.Context, r ClearRequest) (RemoveResult, error) {
	reply, err := request[removeReply](ctx, c, &inbound{Op: opClear, Profile: r.Profile}, r.Caller)
	return RemoveResult(reply), err
}

// Setup is part of [Service].
func (c *Client) Setup(ctx context.Context, r SetupRequest) (SetupResult, error) {
	frame := &inbound{Op: opSetup, Profiles: r.Profiles, Command: r.Command, Undo: r.Undo, Agreed: r.Agreed}
	reply, err := request[setupReply](ctx, c, frame, vaultcore.Caller{})
	return SetupResult(reply), err
}

// Renew is part of [Service].
func (c *Client) Renew(ctx context.Context, r CredentialsRequest) error {
	_, err := request[emptyReply](ctx, c, r.frame(opRenew), r.Caller)
	return err
}

// Lock is part of [Service].
func (c *Client) Lock(ctx context.Context) error {
	_, err := inquire[emptyReply](ctx, c, &inbound{Op: opLock}, vaultcore.Caller{})
	return err
}

// Unlock is part of [Service].
func (c *Client) Unlock(ctx context.Context, r UnlockRequest) error {
	_, err := request[emptyReply](ctx, c, &inbound{Op: opUnlock}, r.Caller)
	return err
}

// Watch is part of [Service].
func (c *Client) Watch(ctx context.Context, changed func()) error {
	_, err := request[emptyReply](ctx, c, &inbound{Op: opWatch, changed: changed}, vaultcore.Caller{})
	return err
}

// Settings is part of [Service].
func (c *Client) Settings(ctx context.Context) ([]Setting, error) {
	reply, err := inquire[settingsReply](ctx, c, &inbound{Op: opSettings}, vaultcore.Caller{})
	return reply.settings(), err
}

// Set is part of [Service].
func (c *Client) Set(ctx context.Context, r SetRequest) error {
	frame := &inbound{Op: opSet, Profile: r.Profile, Setting: r.Key, Value: r.Value}
	_, err := request[emptyReply](ctx, c, frame, r.Caller)
	return err
}

// Status is part of [Service].
func (c *Client) Status(ctx context.Context) (Status, error) {
	reply, err := inquire[statusReply](ctx, c, &inbound{Op: opStatus}, vaultcore.Caller{})
	return Status(reply), err
}

// Stop is part of [Service].
func (c *Client) Stop(ctx context.Context) error {
	_, err := inquire[emptyReply](ctx, c, &inbound{Op: opStop}, vaultcore.Caller{})
	return err
}

func (r CredentialsRequest) frame(op string) *inbound {
	return &inbound{
		Op: op, Profile: r.Profile, MinTTL: span(r.MinTTL), NoSession: r.NoSession,
		Duration: span(r.Duration), Region: r.Region,
	}
}

// inquire makes a request that asks nobody and so has an end.
func inquire[R any](ctx context.Context, c *Client, frame *inbound, caller vaultcore.Caller) (R, error) {
	bounded, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	reply, err := request[R](bounded, c, frame, caller)
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
		err = errSlow
	}
	return reply, err
}

// request sends a request and returns its reply, putting the questions that
// come before it to the caller's person. It waits as long as ctx allows, a
// person may take their time, and the app is there. It may return: [ErrSilent].
func request[R any](ctx context.Context, c *Client, frame *inbound, caller vaultcore.Caller) (R, error) {
	conn, err := c.dial(ctx)
	if err != nil {
		var none R
		return none, err
	}
	frame.Env = c.Environment.Values()
	o := c.oversee(ctx, conn, frame.Op == opWatch)
	defer o.end()
	reply, err := converse[R](ctx, conn, frame, caller)
	if err != nil && ctx.Err() == nil && o.dead.Load() {
		err = ErrSilent
	}
	return reply, err
}

// dial connects to the app.
func (c *Client) dial(ctx context.Context) (net.Conn, error) {
	conn, err := c.Dial(ctx)
	if err != nil {
		return nil, notReached(ctx, err)
	}
	return conn, nil
}

// converse makes a request on a connection of its own.
func converse[R any](ctx context.Context, conn net.Conn, frame *inbound, caller vaultcore.Caller) (R, error) {
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	frame.V = protocol
	frame.setCaller(caller)
	call := newCall[R](conn, caller)
	call.changed = frame.changed
	defer call.end()
	reply, err := call.do(ctx, frame.fast())
	if err != nil && ctx.Err() != nil {
		var none R
		return none, ctx.Err()
	}
	return reply, err
}

// notReached gives a failed dial its kind.
func notReached(ctx context.Context, err error) error {
	var fault *vaultcore.Fault
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &fault):
		return err
	default:
		return &vaultcore.Fault{Kind: vaultcore.ErrUnreachable, Message: "Vaultbar cannot be reached: " + err.Error(), Cause: err}
	}
}
