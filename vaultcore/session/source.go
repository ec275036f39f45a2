package session

import (
	"context"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
)

// Source carries out the steps of one kind: it reads a key, calls STS, signs in.
// A source makes one set of credentials at a time and keeps nothing of them; that
// many who want the same share one run, that the result is kept, saved, and renewed
// ahead of time, is the pool's part.
type Source interface {
	// ID tells apart what the step itself does not: the access key id under a name.
	// The fingerprints of a plan's sessions begin with that of its first step. Where
	// the step says everything, it is empty and known. Where it is not known, the
	// source is a [Learner]. It is called with a lock held and must not block.
	ID(step plan.Step) (id string, known bool)
	// Asks says whether to carry out the step now would need a person. It is called
	// with a lock held and must not block.
	Asks(step plan.Step) bool
	// Run carries out the step with the credentials of the step before; those of a
	// first step's are zero. A source asks by itself whoever waits under ctx
	// ([vaultcore.AudienceOf]), for a code or for a sign-in in the browser; where
	// nobody does, or nobody can be asked, it returns ErrNobodyToAsk. It may return:
	// ErrWrongCode, ErrRefused, ErrNoAnswer, ErrCanceled, ErrLocked. An error with a method
	// SourceDead() bool that returns true says that the credentials of the step
	// before are of no more use: they are then made anew, once.
	Run(ctx context.Context, step plan.Step, from vaultcore.Credentials) (vaultcore.Credentials, error)
}

// Learner is a [Source] that must read something before it knows an ID.
type Learner interface {
	// Learn is ID for who can wait. It may ask whoever waits under ctx.
	Learn(ctx context.Context, step plan.Step) (string, error)
	// Forget unlearns what was read under a name. It is called with a lock held and must
	// not block.
	Forget(name string)
}

// Keeper is a [Source] that keeps something in memory which a lock has forgotten.
type Keeper interface {
	// ForgetAll is called with a lock held and must not block.
	ForgetAll()
}

// source is what carries out a step.
func (p *Pool) source(step plan.Step) Source { return p.options.Sources[step.Kind] }

// id starts the fingerprints of a plan's sessions, where it is known without asking.
func (p *Pool) id(prepared *Prepared) (id string, known bool) {
	first := prepared.Plan.Steps[0]
	return p.source(first).ID(first)
}

// learnID is id for who can wait.
func (p *Pool) learnID(ctx context.Context, prepared *Prepared) (string, error) {
	if id, known := p.id(prepared); known {
		return id, nil
	}
	first := prepared.Plan.Steps[0]
	return p.source(first).(Learner).Learn(ctx, first)
}

// each calls do for every source that is one of these.
func each[S any](p *Pool, do func(S)) {
	for _, source := range p.options.Sources {
		if s, ok := source.(S); ok {
			do(s)
		}
	}
}
