package menu

import (
	"fmt"
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
	c.changes(change)
	return vaultcore.TimeLeft(left)
}

// ago words how long ago a moment was, in its largest unit, and notes when the words
// will be others.
func (c *clock) ago(at time.Time) string {
	past := max(c.now.Sub(at.Round(0)), 0)
	unit, word := time.Minute, "min"
	switch {
	case past >= 48*time.Hour:
		unit, word = 24*time.Hour, "days"
	case past >= time.Hour:
		unit, word = time.Hour, "h"
	}
	n := past / unit
	c.changes(at.Round(0).Add((n + 1) * unit))
	if n == 0 {
		return "just now"
	}
	return fmt.Sprintf("%d %s ago", n, word)
}

// changes notes a moment at which the menu will read differently.
func (c *clock) changes(at time.Time) {
	if c.next.IsZero() || at.Before(c.next) {
		c.next = at
	}
}

// at words a moment: "17:42", or "Tue 17:42" on another day. It notes when that day
// begins.
func (c *clock) at(t time.Time) string {
	t = t.In(c.now.Location())
	if t.YearDay() == c.now.YearDay() && t.Year() == c.now.Year() {
		return t.Format("15:04")
	}
	if day := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, t.Location()); day.After(c.now) {
		c.changes(day)
	}
	return t.Format("Mon 15:04")
}
