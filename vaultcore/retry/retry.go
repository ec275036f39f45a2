// Package retry waits between two attempts, longer each time. What is worth another
// attempt, and when to give up, its callers decide.
package retry

import (
	"context"
	"math/rand/v2"
	"time"
)

// Backoff is a wait that doubles from First to Most.
type Backoff struct {
	First, Most time.Duration
	Jitter      bool // wait for half to all of it, so that many callers spread out

	last time.Duration
}

// Next returns the wait before the next attempt.
func (b *Backoff) Next() time.Duration {
	b.last = min(max(2*b.last, b.First), b.Most)
	if b.Jitter {
		return b.last/2 + rand.N(b.last/2+1)
	}
	return b.last
}

// Reset begins again with First, after an attempt that worked.
func (b *Backoff) Reset() { b.last = 0 }

// Wait waits for the next attempt. It returns the cause of ctx when that ends first.
func (b *Backoff) Wait(ctx context.Context) error { return Sleep(ctx, b.Next()) }

// Sleep waits for d. It returns the cause of ctx when that ends first.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Forever calls do again whenever it returns, with back-off, until ctx ends. A call
// that lasted longer than the longest wait has worked: the waits begin anew. failed
// hears of the first failure, and of the first after a call that worked.
func Forever(ctx context.Context, wait Backoff, do func(context.Context) error, failed func(error)) {
	for {
		began := time.Now()
		err := do(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > wait.Most {
			wait.Reset()
		}
		if wait.last == 0 {
			failed(err)
		}
		if wait.Wait(ctx) != nil {
			return
		}
	}
}
