// Package session carries plans out: it turns the steps that package plan decided on
// into credentials, keeps what it gets, renews it ahead of time, and shares the
// work among all who want the same.
//
// A [Pool] owns every session. Its state is guarded by one mutex, which is never held
// across I/O. Callers that want the same session share one in-flight request (a
// flight, see package inflight): a caller that gives up does not fail the others, and
// when the last one gives up, the flight is canceled and its question closes.
//
// A session is kept under a fingerprint of everything that changes the result,
// so an edit of the config file never hands out a session of the old one. Time
// is wall-clock time, checked at each use: nothing that has expired is served, not even
// after a suspend.
//
// A step is carried out by a [Source], one for each kind of step: the pool itself knows
// nothing of AWS, the keychain or the desktop. A source asks the person by itself; the
// pool sees to it that they are asked once for all who wait. Sessions that outlive a
// restart are in an [Archive]. Start with [Pool.Get].
package session

import (
	"cmp"
	"context"
	"log/slog"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/broadcast"
	"github.com/vaultbar/vaultbar/vaultcore/inflight"
	"github.com/vaultbar/vaultbar/vaultcore/journal"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// Archive keeps sessions over a restart of the app. Beside ErrTampered for
// single items, Sessions returns those that are good.
type Archive interface {
	// SaveSession asks nobody; it returns ErrLocked instead.
	SaveSession(ctx context.Context, id string, data []byte) error
	Sessions(ctx context.Context) (map[string][]byte, error)
	// SessionIDs lists them unread, good or not.
	SessionIDs(ctx context.Context) ([]string, error)
	RemoveSession(ctx context.Context, id string) error
}

// Options are what a [Pool] works with. What is a function may be nil.
type Options struct {
	Sources map[plan.Kind]Source // for every kind of step that there are plans with
	Archive Archive
	Log     *slog.Logger
	// Journal notes what has ended, where the archive cannot remove it at once.
	// Nil keeps that in mind until the program ends.
	Journal *journal.Journal
	// Check says whether what a step of a plan has made is what the plan names, and
	// completes it. Nothing is handed out or kept that it refuses. It may ask AWS, and is
	// called without a lock held. Nil takes everything.
	Check func(ctx context.Context, p plan.Plan, step int, made vaultcore.Credentials) (vaultcore.Credentials, error)
	// Keep decides whether a session is renewed ahead of time, where that needs
	// no question: inUse says that it was handed out within its last lifetime.
	// It is called with a lock held and must not block. Nil keeps what is in use.
	Keep func(profile string, inUse bool) bool
	// Renewed is told of each renewal ahead of time, err being nil when it worked.
	Renewed func(profile string, err error)
	// Changed is called after every change that a screen would show, without
	// any lock held. It must not block.
	Changed func()
}

// Session is a living session as a screen needs it, without its secrets.
type Session struct {
	Kind    plan.Kind
	Issued  time.Time
	Expires time.Time
	Used    time.Time // when it was last handed out
	Agent   string    // the AI agent whose own it is; empty for everybody's
}

// Pool owns the sessions.
type Pool struct {
	options Options
	ctx     context.Context // flights live under it, not under a caller's

	timer   broadcast.Wake      // wakes the renewal loop: deadlines have changed
	writing *semaphore.Weighted // held while the archive is written; what is written is looked up then, so that it ends as the memory does

	mu       sync.Mutex        // guards what follows
	sessions map[string]*entry // by fingerprint
	flights  *inflight.Group
	failures map[string]failure // by flight: what came of it a moment ago
	loaded   bool
	made     uint64 // how many sessions there have been
}

// entry is a session with its secrets and what it takes to renew it.
type entry struct {
	Session
	credentials vaultcore.Credentials
	root        string    // what its plan starts from
	profile     string    // whose session it is
	prepared    *Prepared // the latest prepared that used it; nil after a restart until it is used
	step        int
	mark        int64     // of the journal, when it was made
	unsaved     bool      // the keychain does not have it yet
	fleeting    bool      // it could not be saved: it lives until the app ends
	phase       float64   // when in the time for renewals it is renewed, 0 to 1
	retry       time.Time // no renewal before this, after one failed
}

// failure is an answer of AWS, or of a command, that late-comers share, to damp
// storms.
type failure struct {
	err error
	at  time.Time
}

// failureLife is how long late-comers share a failure.
const failureLife = 2 * time.Second

// New makes a pool whose work ends with ctx.
func New(ctx context.Context, o Options) *Pool {
	if o.Changed == nil {
		o.Changed = func() {}
	}
	if o.Check == nil {
		o.Check = func(_ context.Context, _ plan.Plan, _ int, made vaultcore.Credentials) (vaultcore.Credentials, error) {
			return made, nil
		}
	}
	if o.Keep == nil {
		o.Keep = func(_ string, inUse bool) bool { return inUse }
	}
	if o.Renewed == nil {
		o.Renewed = func(string, error) {}
	}
	if o.Journal == nil {
		o.Journal, _ = journal.Open("") // in memory, it cannot fail
	}
	p := &Pool{
		options:  o,
		ctx:      ctx,
		timer:    broadcast.NewWake(),
		writing:  semaphore.NewWeighted(1),
		sessions: make(map[string]*entry),
		failures: make(map[string]failure),
	}
	p.flights = inflight.New(&p.mu, o.Log, "making a session")
	return p
}

// Get returns credentials for the last step of a plan that live at least minTTL
// longer; 0 takes whatever lives. What a caller's person may be asked goes to
// caller. It may return: any error of the four interfaces, or that of ctx.
func (p *Pool) Get(ctx context.Context, prepared *Prepared, minTTL time.Duration, caller *vaultcore.Caller) (vaultcore.Credentials, error) {
	if credentials, ok := p.warm(prepared, minTTL); ok {
		return credentials, nil
	}
	credentials, err := p.join(ctx, vaultcore.Alone(caller), prepared, prepared.last(), minTTL)
	if err == nil && minTTL > 0 && !prepared.measures(credentials, minTTL) {
		// The flight was started by one who was content with less.
		return p.join(ctx, vaultcore.Alone(caller), prepared, prepared.last(), minTTL)
	}
	return credentials, err
}

// Renew replaces the session of the last step by a fresh one, and that of the
// step which asks for an MFA code with it when its end is near. It may return:
// what Get returns.
func (p *Pool) Renew(ctx context.Context, prepared *Prepared, caller *vaultcore.Caller) error {
	audience := vaultcore.Alone(caller)
	for i, step := range prepared.Plan.Steps[:prepared.last()] {
		living, ok := p.Find(prepared, i)
		if step.Passed() || !p.source(step).Asks(step) || ok && living.Expires.Sub(now()) > renewWithin {
			continue
		}
		if _, err := p.join(ctx, audience, prepared, i, asLongAsCanBe); err != nil {
			return err
		}
	}
	_, err := p.join(ctx, audience, prepared, prepared.last(), asLongAsCanBe)
	return err
}

// renewWithin is how near its end a session that needs a code must be for a
// person who renews a role above it to be asked for one as well.
const renewWithin = time.Hour

// asLongAsCanBe demands a session that was made just now.
const asLongAsCanBe = time.Duration(math.MaxInt64)

// warm answers from memory alone.
func (p *Pool) warm(prepared *Prepared, minTTL time.Duration) (vaultcore.Credentials, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.entryLocked(prepared, prepared.last())
	now := now()
	if e == nil || !p.servesLocked(e, prepared, prepared.last(), minTTL, now) {
		return vaultcore.Credentials{}, false
	}
	p.touchLocked(e, prepared, prepared.last(), now)
	return e.credentials, true
}

// entryLocked finds the session of a step, if there is one.
func (p *Pool) entryLocked(prepared *Prepared, step int) *entry {
	id, known := p.id(prepared)
	if !known {
		return nil
	}
	return p.sessions[prepared.fingerprint(id, step)]
}

// touchLocked notes that a session was handed out.
func (p *Pool) touchLocked(e *entry, prepared *Prepared, step int, now time.Time) {
	e.Used = now
	e.follow(prepared, step)
	if e.profile == "" { // it was saved by a version that did not say
		e.profile = prepared.Plan.Steps[step].Profile
	}
}

// follow has a session renewed by a plan, unless that is for now only.
func (e *entry) follow(prepared *Prepared, step int) {
	if !prepared.Once {
		e.prepared, e.step = prepared, step
	}
}

// Find returns the session that a step of a plan would use, if one lives.
func (p *Pool) Find(prepared *Prepared, step int) (Session, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := p.entryLocked(prepared, step)
	if e == nil || !e.lives(now()) {
		return Session{}, false
	}
	return e.Session, true
}

// Follow has the session that a plan would use, if one lives, renewed ahead of
// time where that is wanted. Sessions that were handed out are followed anyway;
// those of an earlier run of the app are not, until they are used.
func (p *Pool) Follow(prepared *Prepared) {
	p.mu.Lock()
	if e := p.entryLocked(prepared, prepared.last()); e != nil && e.prepared == nil {
		e.prepared, e.step = prepared, prepared.last()
	}
	p.mu.Unlock()
	p.timer.Notify()
}

// FollowOnly has no session renewed ahead of time but those that are still wished
// for: the config or the settings were edited, and what they described before
// would otherwise be renewed forever. Others are served until they end. Again makes a
// plan anew, for what it was made for, and returns nil where there is none any
// more; plans are what is described now.
func (p *Pool) FollowOnly(plans []*Prepared, again func(*Prepared) *Prepared) {
	renewed := make(map[*Prepared]*Prepared)
	for _, prepared := range p.followed() {
		renewed[prepared] = again(prepared)
	}
	p.mu.Lock()
	for _, e := range p.sessions {
		prepared := renewed[e.prepared]
		if prepared == nil || e.step > prepared.last() || p.entryLocked(prepared, e.step) != e {
			prepared = nil
		}
		e.prepared = prepared
	}
	for _, prepared := range plans {
		for step := range prepared.Plan.Steps {
			if e := p.entryLocked(prepared, step); e != nil && e.prepared == nil {
				e.prepared, e.step = prepared, step
			}
		}
	}
	p.mu.Unlock()
	p.timer.Notify()
}

// followed are the plans that sessions are renewed by.
func (p *Pool) followed() []*Prepared {
	p.mu.Lock()
	defer p.mu.Unlock()
	var plans []*Prepared
	for _, e := range p.sessions {
		if e.prepared != nil && !slices.Contains(plans, e.prepared) {
			plans = append(plans, e.prepared)
		}
	}
	return plans
}

// OfAgents returns the living sessions that are AI agents' own, by the profile that they
// are of, in the order of the agents' names.
func (p *Pool) OfAgents() map[string][]Session {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, all := now(), make(map[string][]Session)
	for _, e := range p.sessions {
		if e.Agent != "" && e.lives(now) {
			all[e.profile] = append(all[e.profile], e.Session)
		}
	}
	for _, of := range all {
		slices.SortFunc(of, func(a, b Session) int { return cmp.Or(strings.Compare(a.Agent, b.Agent), a.Expires.Compare(b.Expires)) })
	}
	return all
}

// Count returns how many sessions live.
func (p *Pool) Count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n, now := 0, now()
	for _, e := range p.sessions {
		if e.lives(now) {
			n++
		}
	}
	return n
}
