// Package sessionwatch knows when nobody can see the screen: while it is locked or
// another user's, or the machine sleeps.
//
// Each system tells of that in its own way: logind on Linux, notifications on macOS, the
// messages to a window on Windows. Nothing is polled: where there is nobody yet who
// tells, it waits for them to appear.
//
// Start with [Watcher.Watch].
package sessionwatch

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/broadcast"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

// Event is something that happened to the person's session.
type Event string

// The events.
const (
	ScreenLocked   Event = "screen locked"
	ScreenUnlocked Event = "screen unlocked"
	FallingAsleep  Event = "falling asleep" // the machine waits for the handler, for a few seconds
	WokenUp        Event = "woken up"
)

// Watcher knows whether a person can see the screen: not while it is locked or
// another user's, or the machine sleeps. The zero value sees an open screen until
// [Watcher.Watch] tells otherwise.
type Watcher struct {
	mu      sync.Mutex // guards what follows
	locked  bool
	asleep  bool
	changed broadcast.Changed
}

// Watch follows the session until ctx ends, and calls handle for each event, one
// at a time. Before the machine falls asleep it waits for handle to return, so
// that what must not be in memory during the sleep can be dropped.
//
// A session that cannot be followed, because there is none yet or the system's bus went
// away, is looked for again when there is a sign of it, and at growing intervals; tell is
// called once with the reason, and with nil when the session is followed again. It may return: errors.ErrUnsupported
// where there is nothing to follow at all, or the error of ctx.
func (s *Watcher) Watch(ctx context.Context, handle func(Event), tell func(error)) error {
	reported, wait := false, retry.Backoff{First: 30 * time.Second, Most: 10 * time.Minute}
	follows := func() {
		if reported {
			tell(nil)
		}
		reported = false
		wait.Reset()
	}
	for {
		err := s.watch(ctx, handle, follows)
		s.set(&s.locked, false) // better a dialog too many than none ever
		s.set(&s.asleep, false)
		if errors.Is(err, errors.ErrUnsupported) {
			return err
		}
		if ctx.Err() == nil && !reported {
			tell(err)
			reported = true
		}
		waitToRetry(ctx, err, wait.Next())
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// absent is the failure to follow what is not there now, and how to wait for a sign that
// it is there, or for the end of ctx. That is done once, in any case.
type absent struct {
	error
	await func(ctx context.Context)
}

func (a absent) Unwrap() error { return a.error }

// waitToRetry waits until another go is worth it, at most for a while.
func waitToRetry(ctx context.Context, err error, most time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	var a absent
	if errors.As(err, &a) {
		a.await(ctx)
		return
	}
	<-ctx.Done()
}

// note notes a state, and has it handled where that is news.
func (s *Watcher) note(state *bool, now bool, event Event, handle func(Event)) {
	if s.set(state, now) {
		handle(event)
	}
}

// Locked says whether nobody can see the screen.
func (s *Watcher) Locked() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.locked || s.asleep
}

// Wait waits until a person can see the screen. It may return: the error of ctx.
func (s *Watcher) Wait(ctx context.Context) error {
	for {
		changed := s.changed.Next()
		if !s.Locked() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// set notes whether the screen is locked or the machine asleep, and says whether that is
// new.
func (s *Watcher) set(state *bool, now bool) (news bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	news = *state != now
	*state = now
	s.changed.Notify()
	return news
}
