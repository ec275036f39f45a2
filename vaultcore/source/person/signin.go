package person

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Ways are how a person can sign in to a place. Each keeps what it brings, for its owner.
type Ways struct {
	Name  string // of the sign-in, for a person
	As    string // what `vaultbar signin` is given for it, where that is another
	Proxy string // by which its pages are reached; empty for none
	// Notice says where what comes of it is sent, as a sentence, where that is not AWS
	// itself. Every question of the sign-in has it.
	Notice string
	// Browser signs in by a page, which show is called with the address of.
	Browser func(ctx context.Context, show func(address string) error) error
	// Device signs in by a code that show is called with; nil where there is no such way.
	Device func(ctx context.Context, show func(Code) error) error
	// Remote signs in by a browser anywhere, whose page shows a text that ask gets from the
	// person; nil where there is no such way. It takes the place of Device.
	Remote func(ctx context.Context, ask func(vaultcore.Question) (vaultcore.Secret, error)) error
}

// Code is what a person compares with the page that they are sent to.
type Code struct {
	User    string    // such as ABCD-EFGH
	Address string    // where it is typed in
	Page    string    // the same page with the code in it; may be empty
	Expires time.Time // when it ends
}

// errAgain is why a page or code is given up: the person has asked for a new one.
var errAgain = errors.New("signing in again")

// The answers to the questions of a sign-in.
const (
	answerNo   = "no"
	answerYes  = "yes"
	answerOpen = "open"
)

// SignIn has a person sign in, once one has said so. It may return: ErrNobodyToAsk,
// ErrCanceled, what the ways return.
func (a *Attempt) SignIn(ctx context.Context, w Ways) error {
	if err := a.agreed(ctx, w); err != nil {
		return w.unasked(err)
	}
	for {
		showing, way, leave := a.show(ctx)
		err := a.by(showing, way, w)
		again := errors.Is(context.Cause(showing), errAgain)
		leave()
		if err == nil && !a.asked() {
			a.all.signed(ctx, w.Name)
		}
		if err == nil || !again || ctx.Err() != nil {
			return w.unasked(err)
		}
	}
}

// approval is a question of the sign-in.
func (w Ways) approval(subject string, choices ...vaultcore.Choice) vaultcore.Question {
	return w.noticed(vaultcore.SignInApproval(w.Name, subject, choices...))
}

// noticed is a question that says where its answer goes, beside what it says already.
func (w Ways) noticed(q vaultcore.Question) vaultcore.Question {
	q.Notice = strings.TrimSpace(q.Notice + " " + w.Notice)
	return q
}

// show begins to show a page or code, by the way that is wanted now.
func (a *Attempt) show(ctx context.Context) (showing context.Context, way vaultcore.SignInWay, leave func()) {
	showing, again := context.WithCancelCause(ctx)
	a.all.mu.Lock()
	defer a.all.mu.Unlock()
	a.again = again
	return showing, a.way, func() {
		a.all.mu.Lock()
		a.again = nil
		a.all.mu.Unlock()
		again(nil)
	}
}

// agreed returns when a person has said that they want to sign in.
func (a *Attempt) agreed(ctx context.Context, w Ways) error {
	asking, stop := context.WithCancel(ctx)
	defer stop()
	var answers chan error
	looked := make(map[*vaultcore.Caller]bool)
	for {
		changed := a.Changed()
		for _, caller := range a.Callers() {
			if looked[caller] {
				continue
			}
			if looked[caller] = true; inPerson(caller) {
				stop()
				if answers != nil {
					<-answers // the question is off the screen before a page comes
				}
				return ctx.Err()
			}
		}
		if answers == nil {
			answers = make(chan error, 1)
			go func() {
				_, err := a.all.asker.Ask(asking, w.approval("Sign in to "+vaultcore.Printable(w.Name)+"?",
					vaultcore.Choice{ID: answerNo, Label: "Not now"}, vaultcore.Choice{ID: answerYes, Label: "Sign in"}))
				answers <- err
			}()
		}
		select {
		case err := <-answers:
			return err
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// inPerson says whether a caller is the person, by more than its own word.
func inPerson(c *vaultcore.Caller) bool {
	return c.Clicked ||
		c.Terminal == vaultcore.TerminalAttended && c.Prompt != vaultcore.PromptNone && c.Person != nil && c.Person()
}

// by signs in by the way that suits where the person is.
func (a *Attempt) by(ctx context.Context, way vaultcore.SignInWay, w Ways) error {
	shows := a.all.browsers.Shows(ctx) && !a.away()
	switch elsewhere := way.DeviceCode || !shows && !way.NoBrowser; {
	case w.Remote != nil && elsewhere:
		return w.Remote(ctx, func(q vaultcore.Question) (vaultcore.Secret, error) {
			return a.all.asker.Ask(ctx, w.noticed(q))
		})
	case w.Device != nil && elsewhere:
		return a.byCode(ctx, w, shows)
	case way.NoBrowser || !shows:
		return a.byAddress(ctx, w)
	default:
		return w.Browser(ctx, func(address string) error {
			return a.all.browsers.Show(ctx, w.Name, vaultcore.NewSecret(address), w.Proxy)
		})
	}
}

// away says whether the person is known to sit at another machine: a browser of this
// one is not before them.
func (a *Attempt) away() bool {
	away := false
	for _, c := range a.Callers() {
		if !inPerson(c) {
			continue
		}
		if !c.Remote {
			return false
		}
		away = true
	}
	return away
}

// byCode has a person compare a code with the page that they open.
func (a *Attempt) byCode(ctx context.Context, w Ways, shows bool) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	err := w.Device(ctx, func(code Code) error {
		if code.User == "" || code.Address == "" {
			return vaultcore.Faultf(vaultcore.ErrNoAnswer, "AWS sent no code to sign in to %s with", vaultcore.Printable(w.Name)).WithHint("try again")
		}
		q := w.approval("Check that the page shows "+vaultcore.Printable(code.User)+".", vaultcore.Choice{ID: answerNo, Label: "Cancel"})
		q.Address = code.Address
		go a.keepShown(ctx, end, q, shows, func() error {
			return a.all.browsers.Show(ctx, w.Name, vaultcore.NewSecret(cmp.Or(code.Page, code.Address)), w.Proxy)
		})
		return nil
	})
	return because(ctx, err)
}

// byAddress has a person open the page themselves, in a browser of this machine.
func (a *Attempt) byAddress(ctx context.Context, w Ways) error {
	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	err := w.Browser(ctx, func(address string) error {
		q := w.approval("Open this page in a browser on this machine.", vaultcore.Choice{ID: answerNo, Label: "Cancel"})
		q.Address = address
		go a.keepShown(ctx, end, q, false, nil)
		return nil
	})
	return because(ctx, err)
}

// keepShown shows a question while the person is at the page. It goes away when they
// have finished; who cancels it ends the sign-in. Where a browser can be shown it
// offers to open the page.
func (a *Attempt) keepShown(ctx context.Context, end context.CancelCauseFunc, q vaultcore.Question, offer bool, open func() error) {
	first := q
	if offer {
		first.Choices = append(slices.Clone(q.Choices), vaultcore.Choice{ID: answerOpen, Label: "Open page"})
	}
	answer, err := a.all.asker.Ask(ctx, first)
	if err == nil && answer.Reveal() == answerOpen {
		if err = open(); err == nil {
			_, err = a.all.asker.Ask(ctx, q)
		}
	}
	if err != nil && ctx.Err() == nil && !errors.Is(err, vaultcore.ErrAskedLeft) { // who has seen the page may finish there
		end(err)
	}
}

// because is the failure of what was ended for a reason that says more.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(cause, context.Canceled) && !errors.Is(cause, errAgain) {
		return cause
	}
	return err
}

// unasked says what to do where nobody could be asked.
func (w Ways) unasked(err error) error {
	if !errors.Is(err, vaultcore.ErrNobodyToAsk) {
		return err
	}
	return vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "not signed in to %s, and there is nobody to ask", vaultcore.Printable(w.Name)).
		WithHint("run `vaultbar signin %s` in a terminal of your own, outside tmux, screen and editors", vaultcore.Argument(cmp.Or(w.As, w.Name)))
}
