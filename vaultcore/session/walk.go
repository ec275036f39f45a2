package session

import (
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// Walk is a plan made ready to be walked many times: it remembers the
// fingerprints of its steps, which cost more than all the rest of a warm answer.
type Walk struct {
	Plan plan.Plan
	// Origin is what whoever made it knows it by; see [Pool.FollowOnly].
	Origin any
	// Once says that it may be walked for those who wait for it now only: what it
	// makes is not renewed by it.
	Once bool

	mu     sync.Mutex // guards what follows
	id     string
	prints []string
}

// NewWalk makes a plan ready. The plan has at least one step.
func NewWalk(p plan.Plan) *Walk { return &Walk{Plan: p} }

// ForNow returns the same walk, to be walked for those who wait now only.
func (w *Walk) ForNow() *Walk { return &Walk{Plan: w.Plan, Origin: w.Origin, Once: true} }

// root is the name of what the walk starts from: of its key.
func (w *Walk) root() string { return w.Plan.Root() }

func (w *Walk) last() int { return len(w.Plan.Steps) - 1 }

// fingerprint is under what name the session of a step is kept.
func (w *Walk) fingerprint(id string, step int) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.prints == nil || w.id != id {
		w.id, w.prints = id, make([]string, len(w.Plan.Steps))
	}
	if w.prints[step] == "" {
		w.prints[step] = w.Plan.Fingerprint(id, step)
	}
	return w.prints[step]
}

// measures says whether credentials of the last step live as long as was
// demanded, or as long as such a session can.
func (w *Walk) measures(c vaultcore.Credentials, minTTL time.Duration) bool {
	most := w.Plan.Last().Duration // 0 when only the source knows
	return c.Endless() || most == 0 || c.Left(now()) >= min(minTTL, most)-roundTrip
}

// flightKey identifies the flight to a step. Unlike the fingerprint it needs no ID of
// the source, which may only be had by asking.
func (w *Walk) flightKey(step int) string {
	return w.root() + "\x00" + w.Plan.Fingerprint("", step)
}
