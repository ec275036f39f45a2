package sts

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws/awshttp"
)

// maxReply is far more than AWS ever sends, and keeps an endless reply from
// filling the memory.
const maxReply = 1 << 20

// httpClient is the client under the SDK's.
func (c *Client) httpClient(via vaultcore.Via) *http.Client {
	return awshttp.Client(boundedTransport{base: carried{c.options.Carriers, via}, limit: c.options.Attempt})
}

// carried is a way, whose carrier is looked up for each request: its certificates
// may have changed.
type carried struct {
	carriers awshttp.Ways
	via      vaultcore.Via
}

// RoundTrip sends a request by its way.
func (c carried) RoundTrip(r *http.Request) (*http.Response, error) {
	carrier, err := c.carriers.For(c.via)
	if err != nil {
		return nil, err
	}
	return carrier.RoundTrip(r)
}

// boundedTransport bounds each attempt in time and in what it reads, and notes whether
// it was sent at all when it fails.
type boundedTransport struct {
	base  http.RoundTripper
	limit time.Duration
}

// RoundTrip makes one attempt.
func (t boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(r.Context(), t.limit)
	var sent atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{WroteHeaders: func() { sent.Store(true) }})
	r, err := inMemory(r.WithContext(ctx))
	if err != nil {
		cancel()
		return nil, err
	}
	reply, err := t.base.RoundTrip(r)
	if err != nil {
		cancel()
		return nil, &sendError{host: r.URL.Hostname(), sent: sent.Load(), err: err}
	}
	reply.Body = &boundedBody{
		Reader: io.LimitReader(reply.Body, maxReply), Closer: reply.Body, cancel: cancel, host: r.URL.Hostname(),
	}
	return reply, nil
}

// inMemory gives a request a body that nobody else closes. The SDK closes its
// own as soon as the head of a reply is here, and when net/http has not quite
// finished with it by then, it drops the connection and the rest of the reply.
func inMemory(r *http.Request) (*http.Request, error) {
	if r.Body == nil {
		return r, nil
	}
	defer func() { _ = r.Body.Close() }()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	copied := *r
	copied.Body = io.NopCloser(bytes.NewReader(body))
	return &copied, nil
}

// boundedBody ends with its attempt.
type boundedBody struct {
	io.Reader
	io.Closer
	cancel context.CancelFunc
	host   string
}

// Read names the host when the connection breaks off.
func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err != nil && err != io.EOF {
		err = &sendError{host: b.host, sent: true, err: err}
	}
	return n, err
}

// Close ends the attempt.
func (b *boundedBody) Close() error {
	defer b.cancel()
	return b.Closer.Close()
}

// sendError is a request that got no whole answer. Its text may quote an
// address and is for this package only.
type sendError struct {
	host string
	sent bool // AWS may have seen the request
	err  error
}

// Error is never shown.
func (e *sendError) Error() string { return fmt.Sprintf("%s: %v", e.host, e.err) }

// Unwrap gives the cause.
func (e *sendError) Unwrap() error { return e.err }
