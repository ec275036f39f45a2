package ui

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/notify"
	"github.com/vaultbar/vaultbar/tray/menu"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/broadcast"
)

// unseen is how long a question may be open before the person is told that a
// program waits.
const unseen = 20 * time.Second

const (
	// longestWait bounds the timer: those of a suspended machine stand still while
	// sessions go on ending.
	longestWait = 5 * time.Minute
	// lookTime is how long a look may take.
	lookTime = 15 * time.Second
	// lookAgain is when a look that failed is tried again.
	lookAgain = 30 * time.Second
	// onTime is how late a notice may come and still be called on time.
	onTime = 30 * time.Second
)

// notifier shows notices and takes them back.
type notifier interface {
	Notify(ctx context.Context, notice notify.Notice, chosen func(action string)) error
	Withdraw(ctx context.Context, key string) error
	Close()
}

// Reminders tell the person what they would otherwise find out too late: that a
// session or a sign-in ends and needs them, that a session could not be renewed, that
// a program waits for an answer, that a key is old.
type Reminders struct {
	vault    agent.Service
	notifier notifier
	do       func(context.Context, menu.Action, func(string) error) // carries out a click
	focused  func(context.Context) bool                             // whether the open question has the keyboard
	visible  func(context.Context) error                            // waits until a person can see the screen
	log      *slog.Logger

	quiet   quiet                // notices that are not urgent and were shown
	seen    bool                 // the open question has the keyboard
	asked   map[string]time.Time // by question: when it was first seen
	failed  map[string]time.Time // by profile: when its renewal was first seen to fail
	shown   map[string]bool      // the keys of the notices that are out
	unshown bool                 // notices cannot be shown, which has been logged
}

// NewReminders makes the reminders of this desktop. In the state folder they remember what
// is not to be told again soon.
func (a *Actions) NewReminders(state string) *Reminders {
	return &Reminders{
		quiet: quiet(state),
		vault: a.vault, notifier: a.notifier, do: a.Do, focused: a.dialogs.Focused, visible: a.watcher.Wait, log: a.log,
		asked: make(map[string]time.Time), failed: make(map[string]time.Time), shown: make(map[string]bool),
	}
}

// Run follows the app until ctx ends. It sleeps until something changes, or
// until the next moment at which there will be something to tell. On a locked screen
// nothing is told: what is still so when it is unlocked is told then.
func (r *Reminders) Run(ctx context.Context) {
	wake := broadcast.NewWake()
	go func() { _ = r.vault.Watch(ctx, wake.Notify) }()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-wake:
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		if r.visible(ctx) != nil {
			return
		}
		timer.Reset(r.look(ctx, time.Now()))
	}
}

// look tells what is to be told now, takes back what is over, and returns how
// long there will be nothing to see.
func (r *Reminders) look(ctx context.Context, now time.Time) (wait time.Duration) {
	looking, done := context.WithTimeout(ctx, lookTime)
	defer done()
	snapshot, err := r.vault.Snapshot(looking)
	switch {
	case errors.Is(err, vaultcore.ErrLocked): // nothing is to be told, and the unlock wakes us
		return longestWait
	case err != nil:
		return lookAgain
	}
	r.seen = len(snapshot.Asking) > 0 && r.focused(looking)
	a := r.due(snapshot, now)
	keys := make(map[string]bool, len(a.due))
	for _, d := range a.due {
		keys[d.notice.Key] = true
		if !r.shown[d.notice.Key] {
			r.tell(ctx, d)
		}
	}
	for key := range r.shown {
		if !keys[key] {
			delete(r.shown, key)
			_ = r.notifier.Withdraw(ctx, key)
		}
	}
	if a.next.IsZero() {
		return longestWait
	}
	return min(max(a.next.Round(0).Sub(now.Round(0)), time.Second), longestWait)
}

// tell shows one notice. That none can be shown is logged once.
func (r *Reminders) tell(ctx context.Context, d reminder) {
	err := r.notifier.Notify(ctx, d.notice, func(action string) { r.chosen(ctx, action, d.does) })
	switch {
	case err == nil:
		r.shown[d.notice.Key], r.unshown = true, false
		if d.quiet {
			r.quiet.shown(d.notice.Key)
		}
	case !r.unshown && ctx.Err() == nil:
		r.unshown = true
		r.log.Warn("notifications cannot be shown", "error", err)
	}
}

// chosen does what the person pressed.
func (r *Reminders) chosen(ctx context.Context, pressed string, does menu.Action) {
	if pressed != notify.ActionLater {
		r.do(ctx, does, nil)
	}
}
