package ui

import (
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/notify"
	"github.com/vaultbar/vaultbar/tray/menu"
	"github.com/vaultbar/vaultbar/vaultcore"
)

// reminder is a notice, and what its button does.
type reminder struct {
	notice notify.Notice
	does   menu.Action
	quiet  bool // it is not urgent: that it was shown is remembered
}

// agenda is what there is to tell at a moment, and when that will next change by the
// mere passing of time; zero for never.
type agenda struct {
	now  time.Time
	lead time.Duration // how long before its end a thing is told of
	due  []reminder
	next time.Time
}

func (a *agenda) tell(notice notify.Notice, does menu.Action) {
	a.due = append(a.due, reminder{notice: notice, does: does})
}

func (a *agenda) look(at time.Time) {
	if at.After(a.now) && (a.next.IsZero() || at.Before(a.next)) {
		a.next = at
	}
}

// left is how long there is until a moment. It will be looked at again when that is
// near, and when it has come.
func (a *agenda) left(at time.Time) time.Duration {
	left := at.Round(0).Sub(a.now.Round(0))
	a.look(a.now.Add(left))
	a.look(a.now.Add(left - a.lead))
	return left
}

// words is the time left as it is told: the person chose to be told a lead before.
func (a *agenda) words(left time.Duration) time.Duration {
	if left > 0 && left < a.lead && a.lead-left < onTime {
		return a.lead
	}
	return left
}

// due lists what the person should know now.
func (r *Reminders) due(s vaultcore.Snapshot, now time.Time) agenda {
	a := agenda{now: now}
	a.lead, _ = time.ParseDuration(s.Settings["notify_lead"])
	over := r.signIns(&a, s)
	for _, p := range s.Profiles {
		if len(p.Sessions) == 0 {
			continue
		}
		left := a.left(p.Expires)
		if !p.Renews && left > 0 && left <= a.lead && !over[p.SignInName] {
			a.tell(notify.EndsSoon(p.Name, a.words(left), users(s, p.Name), asks(s, p)), menu.Action{Kind: menu.Renew, Profile: p.Name})
		}
		if since, ok := r.failing(p, now); ok && left > 0 {
			a.tell(notify.RenewalFailed(p.Name, p.Err, since), menu.Action{})
		}
	}
	r.keys(&a, s)
	r.questions(&a, s)
	return a
}

// signIns tells of those that end and that sessions come of. It returns those that
// have ended, by name: their sessions end with them, which is told once for all.
func (r *Reminders) signIns(a *agenda, s vaultcore.Snapshot) (over map[string]bool) {
	over = make(map[string]bool)
	for _, in := range s.SignIns {
		users, ends := usersOf(s, in.Name)
		if users == 0 {
			continue
		}
		again := menu.Action{Kind: menu.SignInAgain, SignIn: in.Name}
		if in.Lives(a.now) {
			ends = in.Ends
		} else {
			again.Kind, over[in.Name] = menu.SignIn, true
		}
		if ends.IsZero() { // nobody knows when it will be
			continue
		}
		left := a.left(ends)
		notice := notify.SignInEnds(in.Name, a.words(left), users)
		shown := r.shown[notice.Key] && (over[in.Name] || left <= 0) // and is so still
		if left > 0 && left <= a.lead || shown {
			a.tell(notice, again)
		}
	}
	return over
}

// usersOf counts the profiles that have a session of a sign-in, and says when the
// first of these ends.
func usersOf(s vaultcore.Snapshot, signIn string) (n int, ends time.Time) {
	for _, p := range s.Profiles {
		if p.SignInName != signIn || len(p.Sessions) == 0 {
			continue
		}
		n++
		if ends.IsZero() || p.Expires.Before(ends) {
			ends = p.Expires
		}
	}
	return n, ends
}

// questions tells of those that nobody has seen.
func (r *Reminders) questions(a *agenda, s vaultcore.Snapshot) {
	for _, q := range s.Asking {
		since := r.since(q, a.now)
		if a.now.Sub(since) < unseen {
			a.look(since.Add(unseen))
			continue
		}
		if r.seen { // who sits before the dialog need not be told of it
			a.look(a.now.Add(unseen))
			continue
		}
		if q.SignIn != "" && q.Address == "" {
			a.tell(notify.WaitsForSignIn(waiting(q), q.SignIn), menu.Action{Kind: menu.SignIn, SignIn: q.SignIn})
			continue
		}
		a.tell(notify.Waits(waiting(q), q.Kind), menu.Action{Kind: menu.Answer})
	}
	r.forget(s)
}

// asks says whether the next session of a profile needs a code: not while the
// session that it comes from lives.
func asks(s vaultcore.Snapshot, p vaultcore.ProfileState) bool {
	return p.MFA != "" && (p.Source == p.Name || len(s.Profile(p.Source).Sessions) == 0)
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
