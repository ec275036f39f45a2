package menu

import (
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// clock words remaining times, and notes when the first of them changes.
type clock struct {
	now  time.Time
	next time.Time
}

// alive says whether a session that ends then still lives.
func (c clock) alive(expires time.Time) bool { return expires.After(c.now) }

// state is a profile's state, in which a session that has ended is none: a
// snapshot may be older than the time at which it is shown.
func (c clock) state(p *vaultcore.ProfileState) vaultcore.State {
	ended := (p.State == vaultcore.StateActive || p.State == vaultcore.StateEnding) && !c.alive(p.Expires)
	if ended || p.State == "" {
		return vaultcore.StateNone
	}
	return p.State
}

// left words the time until expires, rounded down, and notes when the words
// will be others.
func (c *clock) left(expires time.Time) string {
	expires = expires.Round(0)
	left := expires.Sub(c.now)
	// A whole number of minutes is still worded as that number; a moment later
	// it is not.
	change := expires.Add(-left.Truncate(time.Minute))
	if left >= time.Minute {
		change = change.Add(time.Millisecond)
	}
	if c.next.IsZero() || change.Before(c.next) {
		c.next = change
	}
	return vaultcore.TimeLeft(left)
}

// at words a moment: "17:42", or "Tue 17:42" on another day.
func (c clock) at(t time.Time) string {
	t = t.In(c.now.Location())
	if t.YearDay() == c.now.YearDay() && t.Year() == c.now.Year() {
		return t.Format("15:04")
	}
	return t.Format("Mon 15:04")
}
