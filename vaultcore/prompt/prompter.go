// Package prompt decides where a question to a person goes, and sees to it that
// it is asked once.
//
// A [Prompter] knows no keychain and no AWS. It is given a [vaultcore.Question] and
// finds who waits for the answer in the context. It puts the question where the
// person is looking: to a caller that answers without a person (a code given by
// flag), to the terminal that a person sits at, to the desktop as a dialog, to
// any terminal that can be reached; else it fails at once and says what to do.
// Callers may come and go meanwhile: the question moves with them. For one that came
// over SSH the desktop is no such place, unless they want it to be: whoever looks at it
// did not start that program. Their terminal, if it can be reached, comes before it.
//
// One dialog is open at a time. After a "no" the same question comes up for
// [Pause] only where a person is known to ask for it, at a terminal or by a
// click: a polling program must not be able to raise dialogs without end,
// whatever it can answer by itself. After several in a row that holds for every
// question, longer each time: nor must one that asks for ever new things.
//
// An approval decides what a program may not decide for itself, so no program's
// word counts for it: a caller that answers without a person is not asked, and a
// terminal only where the system says that a person sits at it.
//
// Start with [Prompter.Ask].
package prompt

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/broadcast"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

// Dialog asks on the desktop. It may return: ErrCanceled.
type Dialog interface {
	Ask(context.Context, vaultcore.Question) (vaultcore.Secret, error)
	// Available says whether there is a desktop to show a dialog on now.
	Available() bool
	// Forwarded says whether it is shown at the machine from which a person came over
	// SSH, and not at this one.
	Forwarded() bool
}

// Options say how a [Prompter] asks.
type Options struct {
	Dialog  Dialog                      // nil: there is no desktop
	Mode    func() vaultcore.PromptMode // the person's setting; nil means auto
	Changed func()                      // called when an open question comes or goes; may be nil
	// Confirm is called before an approval that the person gave counts, and its error is
	// the answer then. It may be nil.
	Confirm func(ctx context.Context, q vaultcore.Question) error
	// Decided is told what became of an approval that was asked: which choice the person
	// made, or the error. It may be nil.
	Decided func(ctx context.Context, q vaultcore.Question, choice string, err error)
}

// Prompter puts questions to people.
type Prompter struct {
	options Options
	screen  *semaphore.Weighted // held while a dialog is open
	summons broadcast.Changed   // a person wants the open questions on the desktop

	mu       sync.Mutex            // guards what follows
	open     []*vaultcore.Question // oldest first
	asking   map[string]*asking    // by question id, of those that are open or wait to be
	refused  map[string]time.Time  // by question id: when it was last canceled
	inARow   int                   // dialogs that were canceled since one was answered
	rest     retry.Backoff         // how long none comes up by itself after more
	rests    time.Time             // until when no dialog comes up by itself
	summoned map[*vaultcore.Question]bool
}

// asking is who asks one question.
type asking struct {
	open *semaphore.Weighted // held while it is open
	n    int                 // how many hold it or wait for it; guarded by the prompter's mu
}

// New makes a prompter.
func New(o Options) *Prompter {
	if o.Changed == nil {
		o.Changed = func() {}
	}
	if o.Mode == nil {
		o.Mode = func() vaultcore.PromptMode { return vaultcore.PromptAuto }
	}
	return &Prompter{
		options:  o,
		rest:     retry.Backoff{First: Pause, Most: longestRest},
		screen:   semaphore.NewWeighted(1),
		asking:   make(map[string]*asking),
		refused:  make(map[string]time.Time),
		summoned: make(map[*vaultcore.Question]bool),
	}
}

// ByDialog says whether somebody waits under ctx who may be asked by a dialog:
// not only by one of ours, but also by the system's own.
func (d *Prompter) ByDialog(ctx context.Context) bool {
	for _, caller := range vaultcore.AudienceOf(ctx).Callers() {
		if mode := d.mode(caller); mode == vaultcore.PromptAuto && !d.away(caller) || mode == vaultcore.PromptDialog {
			return true
		}
	}
	return false
}

// Open returns the questions that wait for an answer, oldest first.
func (d *Prompter) Open() []vaultcore.Question {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []vaultcore.Question
	for _, q := range d.open {
		all = append(all, *q)
	}
	return all
}

// Summon brings the open questions to the desktop, in front of everything, where
// there is one: a person clicked to answer them.
func (d *Prompter) Summon() {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, q := range d.open {
		d.summoned[q] = true
	}
	d.summons.Notify()
}

// Ask puts q to the audience of ctx and returns the answer; of an approval, the
// id of a choice that is not its refusal. Of questions with the same id only one
// is open at a time. It may return: ErrCanceled, ErrNobodyToAsk, or the error of
// ctx.
func (d *Prompter) Ask(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	leave, err := d.acquire(ctx, q.ID())
	if err != nil {
		return vaultcore.Secret{}, err
	}
	defer leave()
	callers := vaultcore.AudienceOf(ctx).Callers()
	if done := newTried(); d.choose(callers, &q, done).rank == nowhere {
		return vaultcore.Secret{}, d.nobody(q, nil, callers, done)
	}
	shown := d.show(&q)
	defer d.hide(shown)
	answer, err := d.route(ctx, shown)
	if err == nil && q.Kind == vaultcore.AskApproval && !q.Allows(answer.Reveal()) {
		answer, err = vaultcore.Secret{}, vaultcore.ErrCanceled
	}
	if err == nil && q.Kind == vaultcore.AskApproval && d.options.Confirm != nil {
		if err = d.options.Confirm(ctx, q); err != nil {
			answer = vaultcore.Secret{}
		}
	}
	if errors.Is(err, vaultcore.ErrCanceled) && !errors.Is(err, vaultcore.ErrPaused) {
		d.refuse(q.ID())
	}
	if q.Kind == vaultcore.AskApproval && d.options.Decided != nil {
		d.options.Decided(ctx, q, answer.Reveal(), err)
	}
	return answer, err
}

// subject names what a question is about, for "the question …".
func subject(q vaultcore.Question) string {
	switch q.Kind {
	case vaultcore.AskMFA:
		return "for " + vaultcore.Printable(q.Profile)
	case vaultcore.AskSignInCode:
		return "for the code of a sign-in to " + vaultcore.Printable(q.SignIn)
	case vaultcore.AskApproval:
		return fmt.Sprintf("%q", q.SafeSubject())
	default:
		return "for the keychain's passphrase"
	}
}

// acquire waits until no other question with this id is open.
func (d *Prompter) acquire(ctx context.Context, id string) (leave func(), err error) {
	d.mu.Lock()
	one, ok := d.asking[id]
	if !ok {
		one = &asking{open: semaphore.NewWeighted(1)}
		d.asking[id] = one
	}
	one.n++
	d.mu.Unlock()
	gone := func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if one.n--; one.n == 0 {
			delete(d.asking, id)
		}
	}
	if err := one.open.Acquire(ctx, 1); err != nil {
		gone()
		return nil, err
	}
	return func() { one.open.Release(1); gone() }, nil
}

func (d *Prompter) show(q *vaultcore.Question) *vaultcore.Question {
	d.mu.Lock()
	d.open = append(d.open, q)
	d.mu.Unlock()
	d.options.Changed()
	return q
}

func (d *Prompter) hide(q *vaultcore.Question) {
	d.mu.Lock()
	delete(d.summoned, q)
	for i, other := range d.open {
		if other == q {
			d.open = append(d.open[:i:i], d.open[i+1:]...)
			break
		}
	}
	d.mu.Unlock()
	d.options.Changed()
}
