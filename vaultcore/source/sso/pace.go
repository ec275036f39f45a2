package sso

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

// listGap is the time between two requests that list: ten a second. AWS refuses some
// from about twenty a second on.
const listGap = time.Second / 10

// pace keeps requests of a kind apart, whoever makes them.
type pace struct {
	gap time.Duration // between two; 0 for none

	mu   sync.Mutex
	next time.Time // guarded by mu: when the next request may be made
}

// wait returns when it is a request's time. It returns the cause of ctx when that ends
// first.
func (p *pace) wait(ctx context.Context) error {
	p.mu.Lock()
	now := time.Now()
	at := p.next
	if at.Before(now) {
		at = now
	}
	p.next = at.Add(p.gap)
	p.mu.Unlock()
	return retry.Sleep(ctx, at.Sub(now))
}

// hold makes no request for a while: AWS has refused one.
func (p *pace) hold(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if at := time.Now().Add(d); at.After(p.next) {
		p.next = at
	}
}

// How often a request is made before it has failed: one that AWS throttles,
// which is over after a minute or two, and one that it does not answer.
const (
	throttledTries  = 12
	unansweredTries = 3
)

// maxHold is the longest wait that is taken from AWS's Retry-After.
const maxHold = time.Minute

// paced makes a request, again after a while where AWS throttles it or does not answer,
// but not more often than attempts says; 0 is as often as is usual.
func (p *pace) paced(ctx context.Context, attempts int, request func() error) error {
	wait := retry.Backoff{First: 500 * time.Millisecond, Most: 20 * time.Second, Jitter: true}
	for tries := 1; ; tries++ {
		if err := p.wait(ctx); err != nil {
			return &vaultcore.Fault{Kind: vaultcore.ErrCanceled, Message: "the request was canceled", Cause: err}
		}
		err := request()
		if !errors.Is(err, vaultcore.ErrNoAnswer) {
			return err
		}
		most, hold := unansweredTries, wait.Next()
		var reply *Reply
		if errors.As(err, &reply) && reply.Status == http.StatusTooManyRequests {
			most, hold = throttledTries, min(max(hold, reply.RetryAfter), maxHold)
		}
		if tries >= cmp.Or(attempts, most) {
			return err
		}
		p.hold(hold)
	}
}
