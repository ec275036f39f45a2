package prompt

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

var approval = vaultcore.Approval("Set links to yes?", vaultcore.Choice{ID: "no", Label: "No"}, vaultcore.Choice{ID: "yes", Label: "Yes"})

// vouched says of a caller what the system says.
func vouched(c *vaultcore.Caller, person bool) *vaultcore.Caller {
	c.Person = func() bool { return person }
	return c
}

// TestWhoApproves: where an approval is asked; what a program says of itself does
// not count.
func TestWhoApproves(t *testing.T) {
	const attended, reachable = vaultcore.TerminalAttended, vaultcore.TerminalReachable
	in := func(c *vaultcore.Caller, mode vaultcore.PromptMode) *vaultcore.Caller { c.Prompt = mode; return c }
	click := vaultcore.Click("")
	for _, test := range []struct {
		name     string
		caller   *vaultcore.Caller
		desktop  string // what is answered there
		headless bool
		want     string
		err      error
	}{
		{name: "own terminal", caller: vouched((&person{text: "yes"}).caller(attended), true), want: "yes"},
		{name: "own terminal behind a pipe", caller: vouched((&person{text: "yes"}).caller(reachable), true), headless: true, want: "yes"},
		{name: "own terminal says no", caller: vouched((&person{text: "no"}).caller(attended), true), err: vaultcore.ErrCanceled},
		{name: "own terminal says what is no choice", caller: vouched((&person{text: "sure"}).caller(attended), true), err: vaultcore.ErrCanceled},
		{name: "a terminal that the program made", caller: vouched((&person{text: "yes"}).caller(attended), false), desktop: "no", err: vaultcore.ErrCanceled},
		{name: "the same without a desktop", caller: vouched((&person{text: "yes"}).caller(attended), false), headless: true, err: vaultcore.ErrNobodyToAsk},
		{name: "a program that says it has a terminal", caller: (&person{text: "yes"}).caller(attended), headless: true, err: vaultcore.ErrNobodyToAsk},
		{name: "a program that answers by itself", caller: vouched((&person{text: "yes"}).caller("", vaultcore.AskApproval), true), headless: true, err: vaultcore.ErrNobodyToAsk},
		{name: "and at a terminal", caller: vouched((&person{text: "yes"}).caller(attended, vaultcore.AskApproval), false), desktop: "no", err: vaultcore.ErrCanceled},
		{name: "no terminal", caller: (&person{}).caller(""), desktop: "yes", want: "yes"},
		{name: "no terminal, no desktop", caller: (&person{}).caller(""), headless: true, err: vaultcore.ErrNobodyToAsk},
		{name: "dialog wanted", caller: in(vouched((&person{text: "no"}).caller(attended), true), vaultcore.PromptDialog), desktop: "yes", want: "yes"},
		{name: "nothing wanted", caller: in(vouched((&person{text: "yes"}).caller(attended), true), vaultcore.PromptNone), desktop: "yes", err: vaultcore.ErrNobodyToAsk},
		{name: "a click", caller: &click, desktop: "yes", want: "yes"},
	} {
		t.Run(test.name, func(t *testing.T) {
			options := Options{}
			if !test.headless {
				options.Dialog = &person{text: test.desktop}
			}
			got, err := ask(New(options), newAudience(test.caller), approval)
			if got != test.want || !errors.Is(err, test.err) {
				t.Errorf("got %q, %v", got, err)
			}
			if err != nil && test.err == vaultcore.ErrNobodyToAsk && vaultcore.Hint(err) == "" {
				t.Error("no hint")
			}
		})
	}
}

// TestConfirm: an approval counts once the person has shown who they are, and nobody is
// asked to for a no.
func TestConfirm(t *testing.T) {
	for _, test := range []struct {
		answer  string
		confirm error
		want    string
		err     error
		asked   int
	}{
		{"yes", nil, "yes", nil, 1},
		{"yes", vaultcore.ErrCanceled, "", vaultcore.ErrCanceled, 1},
		{"yes", vaultcore.ErrNobodyToAsk, "", vaultcore.ErrNobodyToAsk, 1},
		{"no", nil, "", vaultcore.ErrCanceled, 0},
	} {
		asked, decided := 0, errors.New("nothing was decided")
		prompter := New(Options{
			Dialog:  &person{text: test.answer},
			Confirm: func(context.Context, vaultcore.Question) error { asked++; return test.confirm },
			Decided: func(_ context.Context, _ vaultcore.Question, _ string, err error) { decided = err },
		})
		got, err := ask(prompter, newAudience((&person{}).caller("", vaultcore.AskApproval)), approval)
		if got != test.want || !errors.Is(err, test.err) || asked != test.asked || !errors.Is(decided, test.err) {
			t.Errorf("%q, confirmed with %v: %q, %v; confirmed %d times, decided with %v", test.answer, test.confirm, got, err, asked, decided)
		}
	}
}

// TestThePersonLeaves: an answer that comes when nobody sits at the terminal any
// more is not the person's.
func TestThePersonLeaves(t *testing.T) {
	sits := true
	caller := (&person{}).caller(vaultcore.TerminalAttended)
	caller.Person = func() bool { return sits }
	caller.Ask = func(context.Context, vaultcore.Question) (vaultcore.Secret, error) {
		sits = false
		return vaultcore.NewSecret("yes"), nil
	}
	if got, err := ask(New(Options{}), newAudience(caller), approval); !errors.Is(err, vaultcore.ErrNobodyToAsk) {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestApprovalPauses: after a no a program that says it has a person raises no
// dialog for a while; the person themselves may ask at once.
func TestApprovalPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desktop := &person{text: "no"}
		prompter := New(Options{Dialog: desktop})
		liar := func() *audience {
			return newAudience(vouched((&person{text: "yes"}).caller(vaultcore.TerminalAttended), false))
		}
		if _, err := ask(prompter, liar(), approval); !errors.Is(err, vaultcore.ErrCanceled) {
			t.Fatal(err)
		}
		desktop.text = "yes"
		if got, err := ask(prompter, liar(), approval); !errors.Is(err, vaultcore.ErrCanceled) || vaultcore.Hint(err) == "" {
			t.Errorf("within the pause: %q, %v", got, err)
		}
		other := approval
		other.Subject = "Set allow_no_session to yes?"
		if got, err := ask(prompter, liar(), other); got != "yes" {
			t.Errorf("another question: %q, %v", got, err)
		}
		person := newAudience(vouched((&person{text: "yes"}).caller(vaultcore.TerminalAttended), true))
		if got, err := ask(prompter, person, approval); got != "yes" {
			t.Errorf("the person, within the pause: %q, %v", got, err)
		}
		time.Sleep(Pause)
		if got, err := ask(prompter, liar(), approval); got != "yes" {
			t.Errorf("after the pause: %q, %v", got, err)
		}
	})
}
