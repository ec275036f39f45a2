package session

import (
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// Prepared is a plan made ready to be carried out many times: it remembers the
// fingerprints of its steps, which cost more than all the rest of a warm answer.
type Prepared struct {
	Plan plan.Plan
	// Origin is what whoever made it knows it by; see [Pool.FollowOnly].
	Origin any
	// Once says that it is carried out for those who wait for it now only: what it
	// makes is not renewed by it.
	Once bool

	mu     sync.Mutex // guards what follows
	id     string
	prints []string
}

// Prepare makes a plan ready. The plan has at least one step.
func Prepare(p plan.Plan) *Prepared { return &Prepared{Plan: p} }

// ForNow returns the same plan, to be carried out for those who wait now only.
func (p *Prepared) ForNow() *Prepared { return &Prepared{Plan: p.Plan, Origin: p.Origin, Once: true} }

// root is the name of what the plan starts from: of its key.
func (p *Prepared) root() string { return p.Plan.Root() }

func (p *Prepared) last() int { return len(p.Plan.Steps) - 1 }

// fingerprint is under what name the session of a step is kept.
func (p *Prepared) fingerprint(id string, step int) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.prints == nil || p.id != id {
		p.id, p.prints = id, make([]string, len(p.Plan.Steps))
	}
	if p.prints[step] == "" {
		p.prints[step] = p.Plan.Fingerprint(id, step)
	}
	return p.prints[step]
}

// measures says whether credentials of the last step live as long as was
// demanded, or as long as such a session can.
func (p *Prepared) measures(c vaultcore.Credentials, minTTL time.Duration) bool {
	most := p.Plan.Last().Duration // 0 when only the source knows
	return c.Endless() || most == 0 || c.Left(now()) >= min(minTTL, most)-roundTrip
}

// flightKey identifies the flight to a step. Unlike the fingerprint it needs no ID of
// the source, which may only be had by asking.
func (p *Prepared) flightKey(step int) string {
	return p.root() + "\x00" + p.Plan.Fingerprint("", step)
}
