package prompt

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// TestWhomThePauseHolds: after a "no" on the desktop, who gets a dialog, or the
// question at their terminal, within the pause.
func TestWhomThePauseHolds(t *testing.T) {
	const attended, reachable = vaultcore.TerminalAttended, vaultcore.TerminalReachable
	click := vaultcore.Click("prod")
	inDialog := (&person{text: "tty"}).caller(attended)
	inDialog.Prompt = vaultcore.PromptDialog
	for _, test := range []struct {
		name   string
		caller *vaultcore.Caller
		again  bool
		want   string // who answers; empty when the pause holds
	}{
		{name: "a program", caller: (&person{}).caller("")},
		{name: "a program with a terminal that nobody looks at", caller: (&person{text: "tty"}).caller(reachable)},
		{name: "a program with a passphrase in its environment", caller: (&person{}).caller("", vaultcore.AskPassphrase)},
		{name: "a program whose code by flag was wrong", again: true, caller: (&person{text: "flag"}).caller("", vaultcore.AskMFA)},
		{name: "a program with a code by flag", caller: (&person{text: "flag"}).caller("", vaultcore.AskMFA), want: "flag"},
		{name: "a person at a terminal", caller: (&person{text: "tty"}).caller(attended), want: "tty"},
		{name: "a person at a terminal who wants dialogs", caller: inDialog, want: "desktop"},
		{name: "a click", caller: &click, want: "desktop"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				desktop := &person{text: "desktop", err: vaultcore.ErrCanceled}
				changes := 0
				prompter := New(Options{Dialog: desktop, Changed: func() { changes++ }})
				if _, err := ask(prompter, newAudience((&person{}).caller("")), mfa); !errors.Is(err, vaultcore.ErrCanceled) {
					t.Fatal(err)
				}
				desktop.err, changes = nil, 0
				time.Sleep(Pause - time.Second)
				q := mfa
				q.Again = test.again
				got, err := ask(prompter, newAudience(test.caller), q)
				if got != test.want || (err == nil) != (test.want != "") {
					t.Fatalf("got %q, %v", got, err)
				}
				if test.want != "" {
					return
				}
				if !errors.Is(err, vaultcore.ErrCanceled) || !strings.Contains(vaultcore.Hint(err), "menu") || changes != 0 {
					t.Errorf("got %v, hint %q; the screen changed %d times", err, vaultcore.Hint(err), changes)
				}
				time.Sleep(time.Second) // being held does not begin the pause anew
				if got, err := ask(prompter, newAudience((&person{}).caller("")), mfa); got != "desktop" {
					t.Errorf("after the pause: %q, %v", got, err)
				}
			})
		})
	}
}

func TestThePauseDoesNotStandForNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		no := &person{err: vaultcore.ErrCanceled}
		prompter := New(Options{})
		if _, err := ask(prompter, newAudience(no.caller(vaultcore.TerminalAttended)), mfa); !errors.Is(err, vaultcore.ErrCanceled) {
			t.Fatal(err)
		}
		if _, err := ask(prompter, newAudience((&person{}).caller("")), mfa); !errors.Is(err, vaultcore.ErrNobodyToAsk) {
			t.Errorf("with no place to ask at: %v", err)
		}
	})
}

// TestOneWhoLeavesAnswersForNobody: that a caller's connection went away is not
// what those who still wait are told.
func TestOneWhoLeavesAnswersForNobody(t *testing.T) {
	left := &person{err: context.Canceled}
	_, err := ask(New(Options{}), newAudience(left.caller(vaultcore.TerminalAttended), (&person{}).caller("")), mfa)
	if !errors.Is(err, vaultcore.ErrNobodyToAsk) || errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	stays := &person{text: "yes"}
	got, err := ask(New(Options{}), newAudience(left.caller(vaultcore.TerminalAttended), stays.caller(vaultcore.TerminalReachable)), mfa)
	if got != "yes" {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestEverNewQuestions: who cancels several dialogs in a row, each about something else, is
// left alone by all for a while, longer each time. What a person asks for is put all the
// same, and an answer ends it. Of ten thousand questions nothing is kept.
func TestEverNewQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desktop := &person{text: "once", err: vaultcore.ErrCanceled}
		prompter := New(Options{Dialog: desktop})
		program, click := (&person{}).caller(""), vaultcore.Click("prod")
		put := func(i int, caller *vaultcore.Caller) error {
			q := vaultcore.Approval(fmt.Sprintf("Send the requests to http://127.0.0.1:%d?", i), vaultcore.Choice{ID: "no", Label: "No"}, vaultcore.Choice{ID: "once", Label: "Once"})
			_, err := ask(prompter, newAudience(caller), q)
			return err
		}
		for i := range 10_000 {
			if err := put(i, program); !errors.Is(err, vaultcore.ErrCanceled) {
				t.Fatal(err)
			}
			time.Sleep(100 * time.Millisecond) // a quarter of an hour and more in all
		}
		if n := len(desktop.asked); n < cancelsAllowed || n > 12 {
			t.Errorf("asked %d times", n)
		}
		if len(prompter.asking) != 0 || len(prompter.refused) > cancelsAllowed {
			t.Errorf("%d questions and %d refusals are kept", len(prompter.asking), len(prompter.refused))
		}
		desktop.err = nil
		if err := put(1, program); !errors.Is(err, vaultcore.ErrCanceled) || !strings.Contains(vaultcore.Hint(err), "menu") {
			t.Errorf("within the rest: %v", err)
		}
		if err := put(1, &click); err != nil {
			t.Errorf("a click within the rest: %v", err)
		}
		time.Sleep(longestRest)
		for i := range 2 * cancelsAllowed {
			desktop.err = vaultcore.ErrCanceled
			if i%cancelsAllowed == cancelsAllowed-1 { // the answer after some that were canceled
				desktop.err = nil
			}
			if err := put(20_000+i, program); (err == nil) != (desktop.err == nil) {
				t.Errorf("after it, %d: %v", i, err)
			}
		}
	})
}
