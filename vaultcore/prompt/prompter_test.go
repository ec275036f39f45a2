package prompt

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// audience is an audience that a test changes.
type audience struct {
	mu      sync.Mutex
	callers []*vaultcore.Caller
	changed chan struct{}
}

func newAudience(callers ...*vaultcore.Caller) *audience {
	return &audience{callers: callers, changed: make(chan struct{})}
}

func (c *audience) Callers() []*vaultcore.Caller {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.callers)
}

func (c *audience) Changed() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.changed
}

func (c *audience) set(callers ...*vaultcore.Caller) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.callers = callers
	close(c.changed)
	c.changed = make(chan struct{})
}

// person answers every question with the same words, or when told to.
type person struct {
	text  string
	err   error
	wait  chan struct{} // nil: answers at once
	asked []vaultcore.Question
	ended int // questions withdrawn

	forwarded bool // a desktop that is shown at another machine
}

func (p *person) Ask(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	p.asked = append(p.asked, q)
	if p.wait != nil {
		select {
		case <-p.wait:
		case <-ctx.Done():
			p.ended++
			return vaultcore.Secret{}, ctx.Err()
		}
	}
	return vaultcore.NewSecret(p.text), p.err
}

func (*person) Available() bool   { return true }
func (p *person) Forwarded() bool { return p.forwarded }

func (p *person) caller(terminal vaultcore.Terminal, silent ...vaultcore.QuestionKind) *vaultcore.Caller {
	return &vaultcore.Caller{Program: p.text, Profile: "prod", Terminal: terminal, Preanswered: silent, Ask: p.Ask}
}

var mfa = vaultcore.Question{Kind: vaultcore.AskMFA, Profile: "base", Device: "arn:aws:iam::111111111111:mfa/ann"}

func ask(d *Prompter, audience vaultcore.Audience, q vaultcore.Question) (string, error) {
	answer, err := d.Ask(vaultcore.WithAudience(context.Background(), audience), q)
	return answer.Reveal(), err
}

func TestWhereAQuestionGoes(t *testing.T) {
	const attended, reachable = vaultcore.TerminalAttended, vaultcore.TerminalReachable
	person := func(name string) *person { return &person{text: name} }
	mode := func(c *vaultcore.Caller, mode vaultcore.PromptMode) *vaultcore.Caller { c.Prompt = mode; return c }
	ssh := func(c *vaultcore.Caller) *vaultcore.Caller { c.Remote = true; return c }
	for _, test := range []struct {
		name    string
		desktop bool
		forward bool // over SSH
		setting vaultcore.PromptMode
		callers []*vaultcore.Caller
		again   bool
		want    string
		err     error
	}{
		{name: "nobody waits", desktop: true, err: vaultcore.ErrNobodyToAsk},
		{name: "terminal before desktop", desktop: true, callers: []*vaultcore.Caller{person("x").caller(""), person("tty").caller(attended)}, want: "tty"},
		{name: "desktop before a terminal nobody looks at", desktop: true, callers: []*vaultcore.Caller{person("tty").caller(reachable)}, want: "desktop"},
		{name: "any terminal without a desktop", callers: []*vaultcore.Caller{person("x").caller(""), person("tty").caller(reachable)}, want: "tty"},
		{name: "a code by flag before all", desktop: true, callers: []*vaultcore.Caller{person("tty").caller(attended), person("flag").caller("", vaultcore.AskMFA)}, want: "flag"},
		{name: "a code by flag once", desktop: true, again: true, callers: []*vaultcore.Caller{person("flag").caller("", vaultcore.AskMFA)}, want: "desktop"},
		{name: "a flag for another kind", callers: []*vaultcore.Caller{person("flag").caller("", vaultcore.AskPassphrase)}, err: vaultcore.ErrNobodyToAsk},
		{name: "--prompt=dialog", desktop: true, callers: []*vaultcore.Caller{mode(person("tty").caller(attended), vaultcore.PromptDialog)}, want: "desktop"},
		{name: "--prompt=terminal without one", desktop: true, callers: []*vaultcore.Caller{mode(person("x").caller(""), vaultcore.PromptTerminal)}, err: vaultcore.ErrNobodyToAsk},
		{name: "--prompt=none", desktop: true, callers: []*vaultcore.Caller{mode(person("tty").caller(attended), vaultcore.PromptNone)}, err: vaultcore.ErrNobodyToAsk},
		{name: "setting dialog", desktop: true, setting: vaultcore.PromptDialog, callers: []*vaultcore.Caller{person("tty").caller(attended)}, want: "desktop"},
		{name: "flag over setting", desktop: true, setting: vaultcore.PromptDialog, callers: []*vaultcore.Caller{mode(person("tty").caller(attended), vaultcore.PromptTerminal)}, want: "tty"},
		{name: "over SSH: its terminal before the desktop", desktop: true, callers: []*vaultcore.Caller{ssh(person("tty").caller(reachable)), person("x").caller("")}, want: "tty"},
		{name: "over SSH: a person at another terminal before its own", callers: []*vaultcore.Caller{ssh(person("far").caller(reachable)), person("tty").caller(attended)}, want: "tty"},
		{name: "over SSH, no terminal", desktop: true, callers: []*vaultcore.Caller{ssh(person("x").caller(""))}, err: vaultcore.ErrNobodyToAsk},
		{name: "over SSH, no terminal, --prompt=dialog", desktop: true, callers: []*vaultcore.Caller{mode(ssh(person("x").caller("")), vaultcore.PromptDialog)}, want: "desktop"},
		{name: "over SSH, no terminal, setting dialog", desktop: true, setting: vaultcore.PromptDialog, callers: []*vaultcore.Caller{ssh(person("x").caller(""))}, want: "desktop"},
		{name: "over SSH, no terminal, and another waits", desktop: true, callers: []*vaultcore.Caller{ssh(person("x").caller("")), person("y").caller("")}, want: "desktop"},
		{name: "over SSH, no terminal, with its display", desktop: true, forward: true, callers: []*vaultcore.Caller{ssh(person("x").caller(""))}, want: "desktop"},
	} {
		t.Run(test.name, func(t *testing.T) {
			options := Options{Mode: func() vaultcore.PromptMode { return test.setting }}
			if test.desktop {
				desktop := person("desktop")
				desktop.forwarded = test.forward
				options.Dialog = desktop
			}
			q := mfa
			q.Again = test.again
			got, err := ask(New(options), newAudience(test.callers...), q)
			if got != test.want || !errors.Is(err, test.err) {
				t.Errorf("got %q, %v; want %q, %v", got, err, test.want, test.err)
			}
			if err != nil && vaultcore.Hint(err) == "" {
				t.Error("no hint says how to go on")
			}
		})
	}
}

func TestQuestionMovesWithItsAudience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desktop := &person{text: "desktop", wait: make(chan struct{})}
		first := &person{text: "first", wait: make(chan struct{})}
		second := &person{text: "second", wait: make(chan struct{})}
		background := (&person{}).caller("")
		a, b := first.caller(vaultcore.TerminalAttended), second.caller(vaultcore.TerminalAttended)
		audience := newAudience(background)
		prompter := New(Options{Dialog: desktop})
		got := make(chan string)
		go func() {
			text, _ := ask(prompter, audience, mfa)
			got <- text
		}()
		synctest.Wait()
		audience.set(background, a) // a person types a command: the question comes to them
		synctest.Wait()
		audience.set(background, a, b) // another does: it stays where it is
		synctest.Wait()
		if open := prompter.Open(); len(open) != 1 || len(open[0].Waiting) != 3 {
			t.Errorf("open questions: %v", open)
		}
		audience.set(background, b) // the first leaves
		synctest.Wait()
		close(second.wait)
		if text := <-got; text != "second" {
			t.Errorf("answer of %q", text)
		}
		if len(desktop.asked) != 1 || desktop.ended != 1 || len(first.asked) != 1 || first.ended != 1 {
			t.Errorf("desktop asked %d ended %d, first asked %d ended %d", len(desktop.asked), desktop.ended, len(first.asked), first.ended)
		}
		if len(prompter.Open()) != 0 {
			t.Error("the question is still open")
		}
	})
}

// Whoever had the question before their eyes may have done what it says: that they
// left is told apart from that nobody was ever asked.
func TestTheLastOneAskedLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		background := (&person{}).caller("")
		at := (&person{wait: make(chan struct{})}).caller(vaultcore.TerminalAttended)
		audience := newAudience(at, background)
		got := make(chan error)
		go func() {
			_, err := ask(New(Options{}), audience, mfa)
			got <- err
		}()
		synctest.Wait()
		audience.set(background)
		if err := <-got; !errors.Is(err, vaultcore.ErrNobodyToAsk) || !errors.Is(err, vaultcore.ErrAskedLeft) {
			t.Errorf("who was asked left: %v", err)
		}
		if _, err := ask(New(Options{}), audience, mfa); !errors.Is(err, vaultcore.ErrNobodyToAsk) || errors.Is(err, vaultcore.ErrAskedLeft) {
			t.Errorf("nobody was asked: %v", err)
		}
		no := (&person{err: vaultcore.ErrCanceled}).caller(vaultcore.TerminalAttended)
		if _, err := ask(New(Options{}), newAudience(no, background), mfa); !errors.Is(err, vaultcore.ErrCanceled) || !errors.Is(err, vaultcore.ErrAskedLeft) {
			t.Errorf("who was asked canceled, and another one waits: %v", err)
		}
		if _, err := ask(New(Options{}), newAudience(no), mfa); !errors.Is(err, vaultcore.ErrCanceled) || errors.Is(err, vaultcore.ErrAskedLeft) {
			t.Errorf("the only one canceled: %v", err)
		}
	})
}

func TestOneWhoCancelsOnlyLeaves(t *testing.T) {
	no := &person{text: "no", err: vaultcore.ErrCanceled}
	yes := &person{text: "yes"}
	desktop := &person{text: "desktop"}
	prompter := New(Options{Dialog: desktop})
	got, err := ask(prompter, newAudience(no.caller(vaultcore.TerminalAttended), yes.caller(vaultcore.TerminalAttended)), mfa)
	if got != "yes" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	_, err = ask(prompter, newAudience(no.caller(vaultcore.TerminalAttended)), mfa)
	if !errors.Is(err, vaultcore.ErrCanceled) || len(desktop.asked) != 0 {
		t.Errorf("got %v; the desktop was asked %d times", err, len(desktop.asked))
	}
}

func TestANoHoldsForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desktop := &person{err: vaultcore.ErrCanceled}
		prompter := New(Options{Dialog: desktop})
		poll := func() error {
			_, err := ask(prompter, newAudience((&person{}).caller("")), mfa)
			return err
		}
		for range 10 {
			if err := poll(); !errors.Is(err, vaultcore.ErrCanceled) {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		if len(desktop.asked) != 1 {
			t.Errorf("a polling program raised %d dialogs", len(desktop.asked))
		}
		tty := &person{text: "123456"}
		if _, err := ask(prompter, newAudience(tty.caller(vaultcore.TerminalAttended)), mfa); err != nil {
			t.Errorf("a person at a terminal is not asked: %v", err)
		}
		time.Sleep(Pause)
		_ = poll()
		if len(desktop.asked) != 2 {
			t.Errorf("asked %d times after the pause", len(desktop.asked))
		}
	})
}

func TestOneDialogAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desktop := &person{text: "yes", wait: make(chan struct{})}
		prompter := New(Options{Dialog: desktop})
		var all sync.WaitGroup
		for _, device := range []string{"a", "b", "c", "a"} {
			q := mfa
			q.Device = device
			all.Go(func() { _, _ = ask(prompter, newAudience((&person{}).caller("")), q) })
		}
		for n := range 4 {
			synctest.Wait()
			if len(desktop.asked) != n+1 {
				t.Fatalf("%d dialogs after %d answers", len(desktop.asked), n)
			}
			desktop.wait <- struct{}{}
		}
		all.Wait()
	})
}

func TestQuestionEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desktop := &person{wait: make(chan struct{})}
		prompter := New(Options{Dialog: desktop})
		ctx, cancel := context.WithCancel(vaultcore.WithAudience(t.Context(), newAudience((&person{}).caller(""))))
		failed := make(chan error)
		go func() {
			_, err := prompter.Ask(ctx, mfa)
			failed <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-failed; !errors.Is(err, context.Canceled) || desktop.ended != 1 {
			t.Errorf("%v; the dialog was closed %d times", err, desktop.ended)
		}
		if _, itself := prompter.pausing(mfa.ID()); itself {
			t.Error("leaving counts as a no")
		}
	})
}

// TestNobodyOverSSH: the desktop that is there is no reason to say that there is none,
// and the system's own prompts stay away from it, too.
func TestNobodyOverSSH(t *testing.T) {
	caller := (&person{}).caller("")
	caller.Remote = true
	d := New(Options{Dialog: &person{}})
	for _, q := range []vaultcore.Question{mfa, approval, {Kind: vaultcore.AskPassphrase, Device: "dir"}} {
		_, err := ask(d, newAudience(caller), q)
		if !strings.Contains(err.Error(), "over SSH") || !strings.Contains(vaultcore.Hint(err), "--prompt=dialog") {
			t.Errorf("%s: %v, hint %q", q.Kind, err, vaultcore.Hint(err))
		}
	}
	if d.ByDialog(vaultcore.WithAudience(t.Context(), newAudience(caller))) {
		t.Error("a system's dialog is raised")
	}
}

func TestNobodyIsToldWhatToDo(t *testing.T) {
	_, err := ask(New(Options{}), newAudience((&person{}).caller("")), mfa)
	golden.Message(t, "", testkit.ErrorText(err))
	q := vaultcore.Question{Kind: vaultcore.AskPassphrase, Device: "dir"}
	_, err = ask(New(Options{}), newAudience((&person{}).caller("")), q)
	if !errors.Is(err, vaultcore.ErrLocked) || !strings.Contains(vaultcore.Hint(err), "VAULTBAR_FILE_PASSPHRASE") {
		t.Errorf("got %v, hint %q", err, vaultcore.Hint(err))
	}
}

func TestAPersonSummonsTheQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		desktop := &person{text: "desktop", wait: make(chan struct{})}
		tty := &person{text: "tty", wait: make(chan struct{})}
		prompter := New(Options{Dialog: desktop})
		got := make(chan string)
		go func() {
			text, _ := ask(prompter, newAudience(tty.caller(vaultcore.TerminalAttended)), mfa)
			got <- text
		}()
		synctest.Wait()
		if len(tty.asked) != 1 || len(desktop.asked) != 0 {
			t.Errorf("asked the terminal %d times, the desktop %d times", len(tty.asked), len(desktop.asked))
		}
		for n := range 2 { // the second time it is there already, and comes to the front
			prompter.Summon()
			synctest.Wait()
			if len(desktop.asked) != n+1 || tty.ended != 1 || desktop.ended != n {
				t.Errorf("after summons %d: the desktop was asked %d times", n+1, len(desktop.asked))
			}
		}
		close(desktop.wait)
		if text := <-got; text != "desktop" {
			t.Errorf("answer of %q", text)
		}
	})
}

// broken panics with what a person typed.
type broken struct{}

func (broken) Ask(context.Context, vaultcore.Question) (vaultcore.Secret, error) { panic("123456") }
func (broken) Available() bool                                                   { return true }
func (broken) Forwarded() bool                                                   { return false }

func TestADialogThatPanicsFailsOneQuestion(t *testing.T) {
	prompter := New(Options{Dialog: broken{}})
	_, err := ask(prompter, newAudience((&person{}).caller("")), mfa)
	if err == nil || strings.Contains(err.Error(), "123456") || !strings.Contains(err.Error(), "broken.Ask") {
		t.Errorf("got %v", err)
	}
	got, err := ask(prompter, newAudience((&person{}).caller(""), (&person{text: "yes"}).caller(vaultcore.TerminalReachable)), mfa)
	if got != "yes" {
		t.Errorf("got %q, %v", got, err)
	}
}
