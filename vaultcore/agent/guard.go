package agent

import (
	"context"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Guard returns a service each operation of which goes through around.
func Guard(service Service, around Around) Service {
	return &carry{func(ctx context.Context, t task) error {
		return around(ctx, useOf(ctx, t), func(ctx context.Context) error { return t.do(ctx, service) })
	}}
}

// Around is what is done around an operation: a lock, an approval, an audit. It may
// refuse it, ask a person first, end it by its context, and it sees how it went. It
// calls do once or not at all, and returns its error or one of its own. An operation
// that fails returns nothing else.
type Around func(ctx context.Context, use Use, do func(context.Context) error) error

// Use is one use of an operation.
type Use struct {
	Operation
	Profile   string // empty for what is about none
	NoSession bool   // the long-term key itself is asked for
	Caller    func() vaultcore.Caller
	// Request points to what is asked, as the method of [Service] has it, and Result is
	// what came of it, once do has returned without an error. Both may hold secrets.
	Request any
	Result  func() any
}

// Revise changes what the operation is to know of who asks, where its request says that.
func (u Use) Revise(change func(*vaultcore.Caller)) {
	if caller := subjectOf(u.Request).caller; caller != nil {
		change(caller)
	}
}

// useOf is the use that a task is.
func useOf(ctx context.Context, t task) Use {
	about := subjectOf(t.asked())
	use := Use{Operation: *t.operation(), Profile: about.profile, NoSession: about.noSession, Caller: callerIn(ctx), Request: t.asked(), Result: t.result}
	if about.caller != nil {
		use.Caller = func() vaultcore.Caller { return *about.caller }
	}
	return use
}

// callerKey is under which a context says who asks, for requests that do not.
type callerKey struct{}

func withCaller(ctx context.Context, caller func() vaultcore.Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, caller)
}

func callerIn(ctx context.Context) func() vaultcore.Caller {
	if caller, ok := ctx.Value(callerKey{}).(func() vaultcore.Caller); ok {
		return caller
	}
	return func() vaultcore.Caller { return vaultcore.Caller{} }
}
