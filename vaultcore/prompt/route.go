package prompt

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// rank orders the places that a question can go to; the highest is asked.
type rank int

const (
	nowhere     rank = iota
	reachable        // a terminal that nobody is known to look at
	dialog           // the desktop
	far              // a terminal that can be reached, of a person who is not at the desktop
	terminal         // a terminal that a person sits at
	summoned         // the desktop, where the person clicked to be asked
	preanswered      // a caller that answers without a person
)

// place is where a question goes. caller is nil for a dialog.
type place struct {
	rank   rank
	caller *vaultcore.Caller
}

// reply is what came back from a place.
type reply struct {
	answer vaultcore.Secret
	err    error
}

// tried remembers what has been tried without success during one question.
type tried struct {
	places map[place]bool
	gone   map[*vaultcore.Caller]bool // those who said no: they are not asked elsewhere either
	person map[*vaultcore.Caller]bool // at whose terminal the system says that a person sits
}

func newTried() tried {
	return tried{make(map[place]bool), make(map[*vaultcore.Caller]bool), make(map[*vaultcore.Caller]bool)}
}

// sits says whether the system holds that a person sits at a caller's terminal.
// It is asked once: a look takes time.
func (t tried) sits(caller *vaultcore.Caller) bool {
	if caller.Person == nil {
		return false
	}
	sits, known := t.person[caller]
	if !known {
		sits = caller.Person()
		t.person[caller] = sits
	}
	return sits
}

// othersWait says whether anybody waits who has not said no.
func (t tried) othersWait(callers []*vaultcore.Caller) bool {
	return slices.ContainsFunc(callers, func(c *vaultcore.Caller) bool { return !t.gone[c] })
}

// inPerson says whether a person is known to wait for the answer to q.
func (t tried) inPerson(caller *vaultcore.Caller, q *vaultcore.Question) bool {
	if q.Kind == vaultcore.AskApproval && !caller.Clicked {
		return caller.InPerson() && t.sits(caller)
	}
	return caller.InPerson()
}

// route asks at one place after another until one answers. A caller that
// cancels only leaves: the others still wait.
func (d *Prompter) route(ctx context.Context, q *vaultcore.Question) (vaultcore.Secret, error) {
	done := newTried()
	var last error
	asked := false
	for {
		audience := vaultcore.AudienceOf(ctx)
		where := d.choose(audience.Callers(), q, done)
		if where.rank == nowhere {
			err := d.nobody(*q, last, audience.Callers(), done)
			if asked && done.othersWait(audience.Callers()) {
				err = left{err}
			}
			return vaultcore.Secret{}, err
		}
		asked = true
		got, moved := d.askAt(ctx, where, q, done)
		switch {
		case ctx.Err() != nil:
			return vaultcore.Secret{}, ctx.Err()
		case moved:
		case got.err == nil && where.caller != nil && q.Kind == vaultcore.AskApproval && !where.caller.Person():
			done.places[where] = true // nobody sits there any more: that was not the person
		case got.err == nil:
			if where.caller == nil {
				d.dialogEnded(false)
			}
			return got.answer, nil
		case where.caller == nil && errors.Is(got.err, vaultcore.ErrCanceled):
			d.dialogEnded(true)
			return vaultcore.Secret{}, got.err
		case errors.Is(got.err, context.Canceled):
			// It left without a word, which is no answer to those who still wait.
			done.places[where] = true
			done.gone[where.caller] = where.caller != nil
		default:
			done.places[where], last = true, got.err
			done.gone[where.caller] = errors.Is(got.err, vaultcore.ErrCanceled)
		}
	}
}

// left is the failure of a question that was seen, but nobody is left to answer it.
type left struct{ error }

// Unwrap makes errors.Is find that too.
func (l left) Unwrap() []error { return []error{l.error, vaultcore.ErrAskedLeft} }

// askAt asks at one place. It gives up, and says that it moved, when somebody
// comes to wait who is better asked, or the one who is being asked leaves.
func (d *Prompter) askAt(ctx context.Context, where place, q *vaultcore.Question, done tried) (reply, bool) {
	asking, stop := context.WithCancel(ctx)
	defer stop()
	replies := make(chan reply, 1)
	copied := d.describe(q, vaultcore.AudienceOf(ctx).Callers())
	go func() { replies <- d.put(asking, where, copied) }()
	for {
		summons := d.summons.Next()
		changed := vaultcore.AudienceOf(ctx).Changed()
		callers := vaultcore.AudienceOf(ctx).Callers()
		d.describe(q, callers)
		if best := d.choose(callers, q, done); best != where && (best.rank > where.rank || !present(where, callers)) {
			stop()
			<-replies // the old place is clear before the next one is asked
			return reply{}, true
		}
		select {
		case got := <-replies:
			return got, false
		case <-changed:
		case <-summons:
			stop() // a dialog that is open already comes to the front by being opened anew
			<-replies
			return reply{}, true
		case <-ctx.Done():
			stop()
			<-replies
			return reply{}, false
		}
	}
}

// put asks at a place and waits. A panic there is a failure of that place: it
// must not end the app. The value may be an answer and is not told.
func (d *Prompter) put(ctx context.Context, where place, q vaultcore.Question) (r reply) {
	defer func() {
		if fault := recover(); fault != nil {
			r = reply{err: fmt.Errorf("asking failed inside (%T at %s)", fault, vaultcore.PanicSite())}
		}
	}()
	answer, err := d.ask(ctx, where, q)
	return reply{answer, err}
}

func (d *Prompter) ask(ctx context.Context, where place, q vaultcore.Question) (vaultcore.Secret, error) {
	if where.caller != nil {
		return where.caller.Ask(ctx, q)
	}
	if err := d.screen.Acquire(ctx, 1); err != nil {
		return vaultcore.Secret{}, err
	}
	defer d.screen.Release(1)
	return d.options.Dialog.Ask(ctx, q)
}

// describe notes who waits, in the question that snapshots show, and returns a
// copy to hand on.
func (d *Prompter) describe(q *vaultcore.Question, callers []*vaultcore.Caller) vaultcore.Question {
	d.mu.Lock()
	defer d.mu.Unlock()
	q.Waiting = q.Waiting[:0:0]
	for _, caller := range callers {
		q.Waiting = append(q.Waiting, *caller)
	}
	return *q
}

// present says whether a place can still answer.
func present(where place, callers []*vaultcore.Caller) bool {
	if where.caller == nil {
		return true
	}
	for _, caller := range callers {
		if caller == where.caller {
			return true
		}
	}
	return false
}

// onScreen is the rank of the desktop for a question; nowhere when there is none.
func (d *Prompter) onScreen(q *vaultcore.Question) rank {
	if d.options.Dialog == nil || !d.options.Dialog.Available() {
		return nowhere
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.summoned[q] {
		return summoned
	}
	return dialog
}

// choose finds the best place for a question. While it pauses after a "no", that
// is a place where a person is known to ask for it, or none that a person sees.
func (d *Prompter) choose(callers []*vaultcore.Caller, q *vaultcore.Question, done tried) place {
	left, _ := d.pausing(q.ID())
	return d.pick(callers, q, done, left > 0)
}

func (d *Prompter) pick(callers []*vaultcore.Caller, q *vaultcore.Question, done tried, pausing bool) place {
	best, screen := place{}, d.onScreen(q)
	for _, caller := range callers {
		if done.gone[caller] {
			continue
		}
		for _, where := range d.places(caller, q, screen, done) {
			disturbs := (where.rank == dialog || where.rank == reachable || where.rank == far) && !done.inPerson(caller, q)
			if where.rank > best.rank && !done.places[where] && !(pausing && disturbs) {
				best = where
			}
		}
	}
	return best
}

// places lists where a question may go for the sake of one caller. What a
// caller answers without a person is the same each time, so a question that is
// put again after a wrong answer does not go there. The person of one that came
// over SSH is not at the desktop.
func (d *Prompter) places(caller *vaultcore.Caller, q *vaultcore.Question, screen rank, done tried) []place {
	var all []place
	approval := q.Kind == vaultcore.AskApproval
	if caller.Ask != nil && caller.Answers(q.Kind) && !q.Again && !approval {
		all = append(all, place{preanswered, caller})
	}
	mode, away := d.mode(caller), d.away(caller)
	if caller.Ask != nil && (mode == vaultcore.PromptAuto || mode == vaultcore.PromptTerminal) && (!approval || done.sits(caller)) {
		switch caller.Terminal {
		case vaultcore.TerminalAttended:
			all = append(all, place{terminal, caller})
		case vaultcore.TerminalReachable:
			at := reachable
			if away {
				at = far
			}
			all = append(all, place{at, caller})
		}
	}
	if mode == vaultcore.PromptDialog || mode == vaultcore.PromptAuto && (!away || screen == summoned) {
		all = append(all, place{rank: screen})
	}
	return all
}

// away says whether a caller's person is known not to sit where dialogs are shown.
func (d *Prompter) away(caller *vaultcore.Caller) bool {
	return caller.Remote && !(d.options.Dialog != nil && d.options.Dialog.Forwarded())
}

// mode is where a caller wants questions: its flag, else the setting.
func (d *Prompter) mode(caller *vaultcore.Caller) vaultcore.PromptMode {
	for _, mode := range []vaultcore.PromptMode{caller.Prompt, d.options.Mode()} {
		if mode != "" && mode != vaultcore.PromptAuto && mode != vaultcore.PromptYkman {
			return mode
		}
	}
	return vaultcore.PromptAuto
}
