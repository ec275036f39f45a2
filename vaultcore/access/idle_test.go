package access

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/broadcast"
)

// away is a person, their machine and what locks it, in a bubble of synctest.
type away struct {
	*Idle
	began   time.Time
	changed broadcast.Changed

	mu     sync.Mutex    // guards what follows
	slept  time.Duration // that the machine has slept so far
	input  time.Time     // when a key was pressed last
	tells  bool          // the desktop does, of that
	limit  time.Duration
	locked time.Time // when it was locked; zero while it is not
	looks  int       // how often the desktop was asked
}

func newAway(t *testing.T, limit time.Duration, tells bool) *away {
	a := &away{began: time.Now(), input: time.Now(), tells: tells, limit: limit}
	a.Idle = NewIdle(IdleOptions{
		Limit: func() time.Duration { return with(a, func() time.Duration { return a.limit }) },
		Input: func(context.Context) (time.Duration, error) {
			defer a.mu.Unlock()
			a.mu.Lock()
			a.looks++
			if !a.tells {
				return 0, errors.ErrUnsupported
			}
			return time.Since(a.input), nil
		},
		Clock: func() time.Duration { return with(a, func() time.Duration { return time.Since(a.began) + a.slept }) },
		Lock: func() error {
			a.set(func() { a.locked = time.Now() })
			return nil
		},
		Locked:  func() bool { return with(a, func() bool { return !a.locked.IsZero() }) },
		Changed: &a.changed, Log: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		a.Run(ctx)
		close(done)
	}()
	t.Cleanup(func() { cancel(); <-done })
	return a
}

// with reads something of it.
func with[T any](a *away, read func() T) T {
	a.mu.Lock()
	defer a.mu.Unlock()
	return read()
}

// set changes something of it, which is told.
func (a *away) set(change func()) {
	a.mu.Lock()
	change()
	a.mu.Unlock()
	a.changed.Notify()
}

// presses is a key that is pressed.
func (a *away) presses() { a.set(func() { a.input = time.Now() }) }

// after lets time pass and returns when it was locked, 0 for not yet.
func (a *away) after(d time.Duration) time.Duration {
	time.Sleep(d)
	synctest.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.locked.IsZero() {
		return 0
	}
	return a.locked.Sub(a.began)
}

func (a *away) uses(name string, caller vaultcore.Caller) {
	_ = a.Around(context.Background(), agent.Use{Operation: agent.Operation{Name: name, Harmless: name == "status"}, Caller: func() vaultcore.Caller { return caller }},
		func(context.Context) error { return nil })
}

// TestIdle: it is locked once the person was away for long enough, by all signs of them,
// and not a moment sooner.
func TestIdle(t *testing.T) {
	const limit = 10 * time.Minute
	click, command, program := vaultcore.Click("prod"), vaultcore.Caller{Terminal: vaultcore.TerminalAttended}, vaultcore.Caller{Program: "terraform", Terminal: vaultcore.TerminalReachable}
	for _, c := range []struct {
		name  string
		tells bool
		does  func(*away)
		want  time.Duration // after the beginning; 0 for never
	}{
		{"nobody is there", true, func(*away) {}, limit},
		{"nobody is there, and the desktop does not tell", false, func(*away) {}, limit},
		{"a key is pressed", true, func(a *away) { a.after(9 * time.Minute); a.presses() }, 19 * time.Minute},
		{"a click", false, func(a *away) { a.after(9 * time.Minute); a.uses("login", click) }, 19 * time.Minute},
		{"a command", false, func(a *away) { a.after(9 * time.Minute); a.uses("credentials", command) }, 19 * time.Minute},
		{"a command over ssh, nobody at the desktop", true, func(a *away) { a.after(9 * time.Minute); a.uses("credentials", command) }, 19 * time.Minute},
		{"a program", true, func(a *away) { a.after(9 * time.Minute); a.uses("credentials", program) }, limit},
		{"a look", false, func(a *away) { a.after(9 * time.Minute); a.uses("status", command) }, limit},
		{"keys for hours", true, func(a *away) {
			for range 100 {
				a.after(9 * time.Minute)
				a.presses()
			}
		}, 910 * time.Minute},
		{"the limit is taken away", true, func(a *away) { a.after(9 * time.Minute); a.set(func() { a.limit = 0 }) }, 0},
		{"the limit is shortened", true, func(a *away) { a.after(5 * time.Minute); a.set(func() { a.limit = 6 * time.Minute }) }, 6 * time.Minute},
		{"there was none", true, func(a *away) {
			a.set(func() { a.limit = 0 })
			a.after(time.Hour)
			a.set(func() { a.limit, a.input = limit, time.Now() })
		}, 70 * time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a := newAway(t, limit, c.tells)
				c.does(a)
				if got := a.after(24 * time.Hour); got != c.want {
					t.Errorf("locked after %v, want %v", got, c.want)
				}
			})
		})
	}
}

// TestIdleThroughSleep: the time in which the machine sleeps counts, whether somebody
// tells of the sleep or not.
func TestIdleThroughSleep(t *testing.T) {
	const limit = 10 * time.Minute
	synctest.Test(t, func(t *testing.T) { // the next request finds out
		a := newAway(t, limit, true)
		a.after(time.Minute)
		a.mu.Lock() // nobody tells of it
		a.slept += 2 * time.Hour
		a.input = time.Now() // who wakes the machine presses a key
		a.mu.Unlock()
		a.uses("credentials", vaultcore.Caller{Terminal: vaultcore.TerminalAttended})
		if a.after(0) == 0 {
			t.Error("a sleep of two hours does not count")
		}
	})
	for slept, want := range map[time.Duration]bool{4 * time.Minute: false, 6 * time.Minute: true} {
		synctest.Test(t, func(t *testing.T) { // five minutes before, and the sleep
			a := newAway(t, limit, true)
			a.after(5 * time.Minute)
			a.Look(t.Context())
			a.set(func() { a.slept += slept })
			a.Check(t.Context())
			if locked := a.after(0) != 0; locked != want {
				t.Errorf("away for 5 minutes and asleep for %v: locked %v", slept, locked)
			}
		})
	}
}

// TestIdleAsksSeldom: the desktop is asked when it matters, not all the time, and not at
// all without a limit.
func TestIdleAsksSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAway(t, time.Hour, true)
		for range 24 * 60 {
			a.presses()
			for range 10 {
				a.uses("credentials", vaultcore.Caller{})
			}
			a.after(time.Minute)
		}
		looks := func() int { return with(a, func() int { return a.looks }) }
		if n, locked := looks(), a.after(0); n > 30 || locked != 0 {
			t.Errorf("asked %d times in a day; locked after %v", n, locked)
		}
		a.set(func() { a.limit, a.looks = 0, 0 })
		locked := a.after(100 * time.Hour)
		a.Look(t.Context())
		if n := looks(); n > 0 || locked != 0 {
			t.Errorf("without a limit asked %d times; locked after %v", n, locked)
		}
	})
}

// TestIdleEndsWithAnUnlock: who unlocks is there, and has as long as before.
func TestIdleEndsWithAnUnlock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAway(t, 10*time.Minute, false)
		if got := a.after(time.Hour); got != 10*time.Minute {
			t.Fatalf("locked after %v", got)
		}
		a.uses("unlock", vaultcore.Caller{})
		a.set(func() { a.locked = time.Time{} })
		if got := a.after(9 * time.Minute); got != 0 {
			t.Errorf("locked again after %v", got)
		}
		if got := a.after(2 * time.Minute); got != 70*time.Minute {
			t.Errorf("locked again after %v", got)
		}
	})
}
