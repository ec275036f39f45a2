package sessionwatch

import (
	"context"
	"time"

	"github.com/vaultbar/vaultbar/app/internal/cocoa"
)

// sleepPatience is how long falling asleep waits for a handler. macOS waits for 30 s.
const sleepPatience = 10 * time.Second

// heard is a note that waits for its handler.
type heard struct {
	note string
	done chan struct{} // closed when it was handled
}

// watch listens to the notes of the session and the machine.
func (s *Watcher) watch(ctx context.Context, handle func(Event), follows func()) error {
	notes := make(chan heard, 16)
	stop, err := cocoa.Listen(func(note string) {
		h := heard{note, make(chan struct{})}
		select {
		case notes <- h:
		default:
			return // the handler hangs, and the thread of the menu must not
		}
		if note == cocoa.WillSleep {
			wait(ctx, h.done)
		}
	})
	if err != nil {
		return err
	}
	defer stop()
	if now, ok := cocoa.CurrentSession(); ok {
		s.set(&s.locked, now.Locked || !now.OnScreen)
	}
	follows()
	for {
		select {
		case h := <-notes:
			s.heard(h.note, handle)
			close(h.done)
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// wait waits until a note was handled, for as long as the machine waits.
func wait(ctx context.Context, done <-chan struct{}) {
	limit, cancel := context.WithTimeout(ctx, sleepPatience)
	defer cancel()
	select {
	case <-done:
	case <-limit.Done():
	}
}

// heard takes in one note. That another user has the screen is a lock like any other.
func (s *Watcher) heard(note string, handle func(Event)) {
	switch note {
	case cocoa.ScreenIsLocked, cocoa.SwitchedAway:
		s.note(&s.locked, true, ScreenLocked, handle)
	case cocoa.ScreenIsUnlocked, cocoa.SwitchedBack:
		now, ok := cocoa.CurrentSession() // who switched back may have locked before
		s.note(&s.locked, ok && now.Locked, ScreenUnlocked, handle)
	case cocoa.WillSleep:
		s.note(&s.asleep, true, FallingAsleep, handle)
	case cocoa.DidWake:
		s.note(&s.asleep, false, WokenUp, handle)
	}
}
