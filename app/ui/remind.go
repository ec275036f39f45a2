package ui

import (
	"context"
	"errors"
	"log/slog"
	"slices"
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
// session ends and needs a code, that one could not be renewed, that a program
// waits for an answer.
type Reminders struct {
	vault    agent.Service
	notifier notifier
	do       func(context.Context, menu.Action, func(string) error) // carries out a click
	focused  func(context.Context) bool                             // whether the open question has the keyboard
	log      *slog.Logger

	seen    bool                 // the open question has the keyboard
	asked   map[string]time.Time // by question: when it was first seen
	failed  map[string]time.Time // by profile: when its renewal was first seen to fail
	shown   map[string]bool      // the keys of the notices that are out
	unshown bool                 // notices cannot be shown, which has been logged
}

// NewReminders makes the reminders of this screen.
func (a *Actions) NewReminders() *Reminders {
	return &Reminders{
		vault: a.vault, notifier: a.notifier, do: a.Do, focused: a.dialogs.Focused, log: a.log,
		asked: make(map[string]time.Time), failed: make(map[string]time.Time), shown: make(map[string]bool),
	}
}

// Run follows the app until ctx ends. It sleeps until something changes, or
// until the next moment at which there will be something to tell.
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
	due, next := r.due(snapshot, now)
	keys := make(map[string]bool, len(due))
	for _, d := range due {
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
	if next.IsZero() {
		return longestWait
	}
	return min(max(next.Round(0).Sub(now.Round(0)), time.Second), longestWait)
}

// reminder is a notice and whom it is about.
type reminder struct {
	notice  notify.Notice
	profile string
}

// due lists what the person should know now, and when that will next change by
// the mere passing of time; zero for never.
func (r *Reminders) due(s vaultcore.Snapshot, now time.Time) (all []reminder, next time.Time) {
	sooner := func(at time.Time) {
		if at.After(now) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	lead, _ := time.ParseDuration(s.Settings["notify_lead"])
	for _, p := range s.Profiles {
		if len(p.Sessions) == 0 {
			continue
		}
		left := p.Expires.Round(0).Sub(now.Round(0))
		sooner(now.Add(left))
		switch {
		case p.Renews:
		case left > lead:
			sooner(now.Add(left - lead))
		case left > 0:
			if lead-left < onTime {
				left = lead // the person chose to be told then
			}
			all = append(all, reminder{notify.EndsSoon(p.Name, left, users(s, p.Name), asks(s, p)), p.Name})
		}
		if since, ok := r.failing(p, now); ok && left > 0 {
			all = append(all, reminder{notify.RenewalFailed(p.Name, p.Err, since), p.Name})
		}
	}
	for _, q := range s.Asking {
		since := r.since(q, now)
		if now.Sub(since) < unseen {
			sooner(since.Add(unseen))
			continue
		}
		if r.seen { // who sits before the dialog need not be told of it
			sooner(now.Add(unseen))
			continue
		}
		all = append(all, reminder{notify.Waits(waiting(q), q.Kind), q.Profile})
	}
	r.forget(s)
	return all, next
}

// asks says whether the next session of a profile needs a code: not while the
// session that it comes from lives.
func asks(s vaultcore.Snapshot, p vaultcore.ProfileState) bool {
	return p.MFA != "" && !slices.ContainsFunc(s.Profiles, func(from vaultcore.ProfileState) bool {
		return from.Name == p.Source && from.Name != p.Name && len(from.Sessions) > 0
	})
}

// users counts the other profiles with a session that started from this one.
func users(s vaultcore.Snapshot, name string) int {
	n := 0
	for _, p := range s.Profiles {
		if p.Name != name && p.Source == name && len(p.Sessions) > 0 {
			n++
		}
	}
	return n
}

// waiting names the program that waits longest for an answer.
func waiting(q vaultcore.Question) string {
	if len(q.Waiting) == 0 {
		return ""
	}
	return q.Waiting[0].Program
}

// failing says since when the renewal of a session fails.
func (r *Reminders) failing(p vaultcore.ProfileState, now time.Time) (time.Time, bool) {
	if p.Err == "" || !p.Renews {
		delete(r.failed, p.Name)
		return time.Time{}, false
	}
	if r.failed[p.Name].IsZero() {
		r.failed[p.Name] = now
	}
	return r.failed[p.Name], true
}

// since is when a question was first seen.
func (r *Reminders) since(q vaultcore.Question, now time.Time) time.Time {
	if r.asked[q.ID()].IsZero() {
		r.asked[q.ID()] = now
	}
	return r.asked[q.ID()]
}

// forget drops what is known of questions that are no longer open.
func (r *Reminders) forget(s vaultcore.Snapshot) {
	open := make(map[string]bool, len(s.Asking))
	for _, q := range s.Asking {
		open[q.ID()] = true
	}
	for id := range r.asked {
		if !open[id] {
			delete(r.asked, id)
		}
	}
}

// tell shows one notice. That none can be shown is logged once.
func (r *Reminders) tell(ctx context.Context, d reminder) {
	err := r.notifier.Notify(ctx, d.notice, func(action string) { r.chosen(ctx, action, d.profile) })
	switch {
	case err == nil:
		r.shown[d.notice.Key], r.unshown = true, false
	case !r.unshown && ctx.Err() == nil:
		r.unshown = true
		r.log.Warn("notifications cannot be shown", "error", err)
	}
}

// chosen does what the person pressed.
func (r *Reminders) chosen(ctx context.Context, pressed, profile string) {
	switch pressed {
	case notify.ActionRenew:
		r.do(ctx, menu.Action{Kind: menu.Renew, Profile: profile}, nil)
	case notify.ActionAnswer:
		r.do(ctx, menu.Action{Kind: menu.Answer}, nil)
	}
}
