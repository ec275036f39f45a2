package login

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/loopback"
)

// The answers to whether to sign in.
const (
	answerNo  = "no"
	answerYes = "yes"
)

// signIn has a person sign in, and writes what came of it. Only a person starts that: by
// a click, at a terminal that the system knows them to sit at, or by saying yes to the
// question.
func (s *Source) signIn(ctx context.Context, step plan.Step, in *signIn, a *Authority, way vaultcore.SignInWay) (Entry, error) {
	s.mu.Lock()
	begun := in.ended
	s.mu.Unlock()
	if err := s.agreed(ctx, a.of); err != nil {
		return Entry{}, err
	}
	e, err := s.fetch(ctx, a, step.Via.Proxy, way)
	if err != nil {
		return Entry{}, unasked(a.of, err)
	}
	s.mu.Lock()
	over := in.ended != begun
	s.mu.Unlock()
	if over { // signed out meanwhile
		return Entry{}, vaultcore.Faultf(vaultcore.ErrCanceled, "the sign-in to %s was ended while it was made", a.of.Name())
	}
	if err := in.file.create(e); err != nil {
		return Entry{}, in.file.unusable("written", err)
	}
	return e, nil
}

// agreed asks whether to sign in, where no person is known to want that.
func (s *Source) agreed(ctx context.Context, of Session) error {
	if slices.ContainsFunc(vaultcore.AudienceOf(ctx).Callers(), inPerson) {
		return nil
	}
	answer, err := s.options.Asker.Ask(ctx, vaultcore.Approval(fmt.Sprintf("Sign in to %s?", of.Name()),
		vaultcore.Choice{ID: answerNo, Label: "Not now"}, vaultcore.Choice{ID: answerYes, Label: "Sign in"}))
	if err != nil {
		return unasked(of, err)
	}
	if answer.Reveal() != answerYes {
		return vaultcore.ErrCanceled
	}
	return nil
}

// fetch takes one of the ways to sign in: by the browser of this computer, which comes
// back by itself, or by one anywhere, whose code the person brings.
func (s *Source) fetch(ctx context.Context, a *Authority, proxy string, way vaultcore.SignInWay) (Entry, error) {
	switch {
	case way.DeviceCode || !way.NoBrowser && !s.options.Browsers.Shows(ctx):
		return a.Remote(ctx, func(question vaultcore.Question) (vaultcore.Secret, error) { return s.options.Asker.Ask(ctx, question) })
	case way.NoBrowser:
		return s.byAddress(ctx, a)
	default:
		return a.Browser(ctx, func(address string) error { return s.options.Browsers.Show(ctx, vaultcore.NewSecret(address), proxy) })
	}
}

// byAddress shows the address that the person opens on this computer. The question has
// only one answer, and goes away when they have finished.
func (s *Source) byAddress(ctx context.Context, a *Authority) (Entry, error) {
	ctx, finish := context.WithCancelCause(ctx)
	defer finish(nil)
	e, err := a.Browser(ctx, func(address string) error {
		question := vaultcore.Approval(fmt.Sprintf("To sign in to %s, open this address on this computer: %s", a.of.Name(), address),
			vaultcore.Choice{ID: answerNo, Label: "Not now"})
		go func() {
			_, err := s.options.Asker.Ask(ctx, question)
			if ctx.Err() == nil && !errors.Is(err, vaultcore.ErrAskedLeft) { // who has seen the address may finish at the page
				finish(err)
			}
		}()
		return nil
	})
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(cause, context.Canceled) {
		return Entry{}, cause
	}
	return e, err
}

// inPerson says whether a caller is the person, by more than its own word.
func inPerson(c *vaultcore.Caller) bool {
	return c.Clicked ||
		c.Terminal == vaultcore.TerminalAttended && c.Prompt != vaultcore.PromptNone && c.Person != nil && c.Person()
}

// Browser signs a person in by their browser on this computer, which open is called with
// the address for. It may return: ErrCanceled, ErrRefused, ErrNoAnswer, what open
// returns.
func (a *Authority) Browser(ctx context.Context, open func(address string) error) (Entry, error) {
	grant, err := loopback.Authorize(ctx, a.of.Name(), func(_ context.Context, ask loopback.Request) error {
		return open(a.page(sameDevice, ask))
	})
	if err != nil {
		return Entry{}, err
	}
	return a.redeem(ctx, sameDevice, grant)
}

// Remote signs a person in by a browser anywhere: the page shows a text, which ask is
// called for. It may return: ErrCanceled, ErrRefused, ErrNoAnswer, what ask returns.
func (a *Authority) Remote(ctx context.Context, ask func(vaultcore.Question) (vaultcore.Secret, error)) (Entry, error) {
	request, grant := loopback.Ask(a.base+"/v1/sessions/confirmation", rand.Text())
	question := vaultcore.Question{
		Kind:    vaultcore.AskSignInCode,
		Subject: fmt.Sprintf("To sign in to %s, open this address in any browser and bring the code that the page shows: %s", a.of.Name(), a.page(crossDevice, request)),
	}
	for {
		text, err := ask(question)
		if err != nil {
			return Entry{}, err
		}
		if code, ok := codeOf(text, request.State); ok {
			grant.Code = code
			return a.redeem(ctx, crossDevice, grant)
		}
		question.Notice, question.Again = "That is not the code of this sign-in.", true
	}
}

// codeOf reads what the page shows: state and code, in base64.
func codeOf(text vaultcore.Secret, state string) (vaultcore.Secret, bool) {
	plain, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(text.Reveal()), ""))
	if err != nil {
		return vaultcore.Secret{}, false
	}
	values, err := url.ParseQuery(string(plain))
	if err != nil || values.Get("state") != state || values.Get("code") == "" {
		return vaultcore.Secret{}, false
	}
	return vaultcore.NewSecret(values.Get("code")), true
}

// page is AWS's page that a browser is sent to.
func (a *Authority) page(client string, ask loopback.Request) string {
	return a.base + "/v1/authorize?" + url.Values{
		"response_type":         {"code"},
		"client_id":             {client},
		"state":                 {ask.State},
		"code_challenge_method": {"SHA-256"}, // AWS's own name for S256
		"code_challenge":        {ask.Challenge},
		"scope":                 {"openid"},
		"redirect_uri":          {ask.Redirect},
	}.Encode()
}

// ended is the fault of a sign-in that cannot be refreshed.
func ended(of Session) error {
	return vaultcore.Faultf(ErrSignInEnded, "the sign-in to %s has ended", of.Name()).WithHint(again)
}

// unasked says what to do where nobody could be asked.
func unasked(of Session, err error) error {
	if !errors.Is(err, vaultcore.ErrNobodyToAsk) {
		return err
	}
	return vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "nobody is signed in to %s, and there is nobody to ask", of.Name()).
		WithHint("run `vaultbar signin %s` in a terminal of your own", vaultcore.Printable(of.Profile))
}
