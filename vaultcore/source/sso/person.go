package sso

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// The answers to whether to sign in.
const (
	answerNo  = "no"
	answerYes = "yes"
)

// ask has a person sign in. Only a person starts that: by a click, at a terminal
// that the system knows them to sit at, or by saying yes to the question.
func (s *Source) ask(ctx context.Context, of vaultcore.SignIn, a *Authority, have Registration, proxy string) (Token, error) {
	if !slices.ContainsFunc(vaultcore.AudienceOf(ctx).Callers(), inPerson) {
		answer, err := s.options.Asker.Ask(ctx, vaultcore.Approval(fmt.Sprintf("Sign in to %s?", vaultcore.Printable(of.Name())),
			vaultcore.Choice{ID: answerNo, Label: "Not now"}, vaultcore.Choice{ID: answerYes, Label: "Sign in"}))
		if err != nil {
			return Token{}, unasked(of, err)
		}
		if answer.Reveal() != answerYes {
			return Token{}, vaultcore.ErrCanceled
		}
	}
	if s.options.Browsers.Shows(ctx) {
		return a.Browser(ctx, have, func(address string) error {
			return s.options.Browsers.Show(ctx, vaultcore.NewSecret(address), proxy)
		})
	}
	return s.byCode(ctx, of, a, have)
}

// inPerson says whether a caller is the person, by more than its own word.
func inPerson(c *vaultcore.Caller) bool {
	return c.Clicked ||
		c.Terminal == vaultcore.TerminalAttended && c.Prompt != vaultcore.PromptNone && c.Person != nil && c.Person()
}

// byCode has a person sign in with a device code. The question shows it, has only
// one answer, and goes away when they have finished.
func (s *Source) byCode(ctx context.Context, of vaultcore.SignIn, a *Authority, have Registration) (Token, error) {
	ctx, finish := context.WithCancelCause(ctx)
	defer finish(nil)
	token, err := a.Device(ctx, have, func(code DeviceCode) error {
		if code.UserCode == "" || code.Address == "" {
			return vaultcore.Faultf(vaultcore.ErrNoAnswer, "AWS sent no code to sign in to %s with", vaultcore.Printable(of.Name())).WithHint("try again")
		}
		question := vaultcore.Approval(fmt.Sprintf("To sign in to %s, open %s and compare the code %s there.",
			vaultcore.Printable(of.Name()), code.Address, code.UserCode), vaultcore.Choice{ID: answerNo, Label: "Not now"})
		go func() {
			_, err := s.options.Asker.Ask(ctx, question)
			if ctx.Err() == nil && !errors.Is(err, vaultcore.ErrAskedLeft) { // who has seen the code may finish at the page
				finish(unasked(of, err))
			}
		}()
		return nil
	})
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(cause, context.Canceled) {
		return Token{}, cause
	}
	return token, err
}

// unasked says what to do where nobody could be asked.
func unasked(of vaultcore.SignIn, err error) error {
	if !errors.Is(err, vaultcore.ErrNobodyToAsk) {
		return err
	}
	return vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "nobody is signed in to %s, and there is nobody to ask", vaultcore.Printable(of.Name())).
		WithHint("run `vaultbar renew` for one of its profiles in a terminal of your own")
}
