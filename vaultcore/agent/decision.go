package agent

import (
	"context"
	"sync"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Decision is what the functions around an operation have found out about one use of
// it, and by what they allowed it.
type Decision struct {
	// By is how it was allowed: [ByGrant], by the choice of the person who was asked,
	// and so on; empty where no rule had to allow it.
	By    string
	Grant int             // id of the grant that it rests on, or that the answer has made; 0 for none
	Chain vaultcore.Chain // who asks; nil where no rule needed to know
	// Protected says that the person is asked before a program gets the profile.
	Protected bool
	Agent     string // the AI agent that asks, or for which the caller works; empty for none, or where no rule needed to know
}

// ByGrant is how something was allowed that the person had allowed before.
const ByGrant = "grant"

// AgentUse is what an AI agent got that the person was not asked for at the time.
type AgentUse struct {
	Agent, Profile string
	Grant          int  // id of the grant that it rests on; 0 for none
	ReadOnly       bool // AWS lets it read only
}

// UnaskedUse is the use of a profile for which a decision was made; false where no
// agent asked, or the person has just answered for it.
func (d Decision) UnaskedUse(profile string, readOnly bool) (AgentUse, bool) {
	unasked := d.By == "" || d.By == ByGrant
	return AgentUse{Agent: d.Agent, Profile: profile, Grant: d.Grant, ReadOnly: readOnly}, d.Agent != "" && unasked
}

// decisionKey is under which a context holds a [decision].
type decisionKey struct{}

// decision is the one of a use that is under way.
type decision struct {
	mu    sync.Mutex // guards what follows
	is    Decision
	open  bool // more is to come of it
	notes []func(Decision)
}

// Deciding is ctx under which [Allow] and [Asks] are heeded, and what was said so far. One
// that is under way goes on: whoever keeps account of an operation, outside, has the
// same as those who carry it out, inside.
func Deciding(ctx context.Context) (inner context.Context, so func() Decision) {
	d, ok := ctx.Value(decisionKey{}).(*decision)
	if !ok {
		d = new(decision)
		ctx = context.WithValue(ctx, decisionKey{}, d)
	}
	return ctx, d.read
}

// Decided is what was decided so far about the operation under ctx.
func Decided(ctx context.Context) Decision {
	if d, ok := ctx.Value(decisionKey{}).(*decision); ok {
		return d.read()
	}
	return Decision{}
}

// HoldNotes is ctx for a decision of its own whose notes, of [AfterDecision], wait until
// release is called: by then it is known what came of an answer.
func HoldNotes(ctx context.Context) (inner context.Context, release func()) {
	d := &decision{open: true}
	return context.WithValue(ctx, decisionKey{}, d), func() {
		d.mu.Lock()
		is, notes := d.is, d.notes
		d.open, d.notes = false, nil
		d.mu.Unlock()
		for _, note := range notes {
			note(is)
		}
	}
}

// AfterDecision calls note with what was decided under ctx, once nothing more is to come of it.
func AfterDecision(ctx context.Context, note func(Decision)) {
	d, ok := ctx.Value(decisionKey{}).(*decision)
	if !ok {
		note(Decision{})
		return
	}
	d.mu.Lock()
	is, open := d.is, d.open
	if open {
		d.notes = append(d.notes, note)
	}
	d.mu.Unlock()
	if !open {
		note(is)
	}
}

// WithoutDecision is ctx for an operation of its own, of which nothing is decided yet.
func WithoutDecision(ctx context.Context) context.Context {
	return context.WithValue(ctx, decisionKey{}, nil)
}

// Allow says how an operation under ctx was allowed, and by which grant; 0 for none.
func Allow(ctx context.Context, by string, grant int) {
	decide(ctx, func(is *Decision) { is.By, is.Grant = by, grant })
}

// Asks says who asks for an operation under ctx, where that was looked up.
func Asks(ctx context.Context, chain vaultcore.Chain, agent string) {
	decide(ctx, func(is *Decision) { is.Chain, is.Agent = chain, agent })
}

// Protect says that an operation under ctx is about a protected profile.
func Protect(ctx context.Context) {
	decide(ctx, func(is *Decision) { is.Protected = true })
}

func decide(ctx context.Context, change func(*Decision)) {
	if d, ok := ctx.Value(decisionKey{}).(*decision); ok {
		d.mu.Lock()
		defer d.mu.Unlock()
		change(&d.is)
	}
}

func (d *decision) read() Decision {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.is
}
