// Package sessionwatch knows when nobody can see the screen: while it is locked, or
// the machine sleeps.
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
// the machine sleeps. The zero value sees an open screen until [Watcher.Watch]
// tells otherwise.
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
// A session that cannot be followed, because there is none yet or the system's
// bus went away, is looked for again, less and less often; tell is called once
// with why, and with nil when it is followed again. It may return: errors.ErrUnsupported
// where there is nothing to follow at all, or the error of ctx.
func (s *Watcher) Watch(ctx context.Context, handle func(Event), tell func(error)) error {
	reported, wait := false, retry.Backoff{First: 2 * time.Second, Most: 5 * time.Minute}
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
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, errors.ErrUnsupported) {
			return err
		}
		if !reported {
			tell(err)
		}
		reported = true
		if wait.Wait(ctx) != nil {
			return ctx.Err()
		}
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
