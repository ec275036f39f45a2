package agent

import (
	"context"
	"errors"
	"net"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

// This file is about an app that no longer answers: one that was stopped with
// a signal, or hangs. A request may wait for long, for a person or for AWS, so
// there is no limit to its time. Instead, when the app has been quiet for a moment,
// it is asked on another connection whether it is there.

const (
	quietTime = 2 * time.Second  // without a word, until the app is asked for a sign of life
	signTime  = 3 * time.Second  // for that sign
	lookPause = 30 * time.Second // until it is asked again
)

// opHello is answered by the server itself, whatever the app is busy with.
const opHello = "hello"

type helloReply struct {
	Version string `json:"version,omitempty"`
}

// Hello returns the version of the app that runs, or "" when that is too old to
// say. It may return: ErrUnreachable, [ErrSilent].
func (c *Client) Hello(ctx context.Context) (version string, err error) {
	bounded, cancel := context.WithTimeout(ctx, signTime)
	defer cancel()
	var into receipt[helloReply]
	conn, err := c.dial(bounded)
	if err == nil {
		err = converse(bounded, conn, vaultcore.Environment{}, opHello, &none{}, &into)
	}
	switch {
	case errors.Is(err, vaultcore.ErrVersion):
		return "", nil
	case errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil:
		return "", ErrSilent
	default:
		return into.result.Version, err
	}
}

// moment is how long an immediate answer may take. Until then no timer runs:
// the first of a process starts Go's network poller, whose thread costs a command that
// asks one question more than the question.
const moment = 50 * time.Millisecond

// whenQuiet calls slow when a connection says nothing for a moment, with how long it was
// waited for: not at all where a connection cannot be waited for without a timer.
func whenQuiet(conn net.Conn, slow func(waited time.Duration)) {
	if c, ok := conn.(interface{ WhenQuiet(time.Duration, func()) }); ok {
		c.WhenQuiet(moment, func() { slow(moment) })
		return
	}
	slow(0)
}

// oversee ends a call, by [ErrSilent], when the app gives no sign of life, or when it takes
// longer than c.Patience. What is slow is told after a while. A lasting call is never silent
// for good reason but at its start. It returns what ends the looking.
func (c *Client) oversee(ctx context.Context, end context.CancelCauseFunc, lasting bool, while time.Duration) (stop func()) {
	timers := []*time.Timer{time.AfterFunc(quietTime, func() {
		for c.alive(ctx) {
			if lasting || retry.Sleep(ctx, lookPause) != nil {
				return
			}
		}
		end(ErrSilent)
	})}
	if c.Slow != nil {
		timers = append(timers, time.AfterFunc(while, c.Slow))
	}
	if c.Patience != 0 && !lasting {
		timers = append(timers, time.AfterFunc(c.Patience, func() { end(context.DeadlineExceeded) }))
	}
	return func() {
		for _, timer := range timers {
			timer.Stop()
		}
	}
}

// alive says whether the app gives a sign of life. That it cannot be connected to
// any more is for the call itself to notice.
func (c *Client) alive(ctx context.Context) bool {
	_, err := c.Hello(ctx)
	return !errors.Is(err, ErrSilent)
}
