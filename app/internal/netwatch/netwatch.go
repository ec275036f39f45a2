// Package netwatch notices when the network may lead to AWS again: the machine has a new
// way out, by cable, Wi-Fi, phone or VPN.
//
// The systems say so themselves: Linux by its routing socket, macOS by a note of its
// network configuration, Windows by a callback. Nothing is polled, and nothing is asked
// of the network. That there is a way says not that it leads anywhere: whoever is told
// just tries.
//
// Start with [Watch].
package netwatch

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

const (
	// settling is about how long a change takes: names can be resolved a moment after
	// the route is there. Each machine of an office waits for half to one and a half of
	// it, so that they do not all ask AWS in the same moment.
	settling = time.Second
	// rest is how long no change is told after one: a network that comes and goes is
	// told six times a minute at most.
	rest = 10 * time.Second
)

// Watch calls changed after there is a new way out of the machine, once for all that
// changes in one go, until ctx ends or the system tells no more. It returns the cause of
// ctx or that failure.
func Watch(ctx context.Context, changed func()) error {
	ctx, stop := context.WithCancelCause(ctx)
	news := make(chan struct{}, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		stop(watch(ctx, func() {
			select {
			case news <- struct{}{}:
			default: // it is told with the one that waits
			}
		}))
	}()
	calm(ctx, news, changed)
	<-ended
	return context.Cause(ctx)
}

// calm calls changed for what is new, now and then, until ctx ends.
func calm(ctx context.Context, news <-chan struct{}, changed func()) {
	for {
		select {
		case <-news:
		case <-ctx.Done():
			return
		}
		if retry.Sleep(ctx, settling/2+rand.N(settling)) != nil {
			return
		}
		select {
		case <-news: // of the same go
		default:
		}
		changed()
		if retry.Sleep(ctx, rest) != nil {
			return
		}
	}
}
