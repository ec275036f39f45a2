package login

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/loopback"
	"github.com/vaultbar/vaultbar/vaultcore/source/person"
)

// signIn has a person sign in, and writes what came of it.
func (s *Source) signIn(ctx context.Context, step plan.Step, in *signIn, a *Authority, attempt *person.Attempt) (Entry, error) {
	begun := s.ends(in)
	var got Entry
	err := attempt.SignIn(ctx, person.Ways{
		Name:   a.of.Name(),
		As:     a.of.Profile,
		Proxy:  step.Via.Proxy,
		Notice: step.Notice(),
		Browser: func(ctx context.Context, show func(string) error) (err error) {
			got, err = a.Browser(ctx, show)
			return err
		},
		Remote: func(ctx context.Context, ask func(vaultcore.Question) (vaultcore.Secret, error)) (err error) {
			got, err = a.Remote(ctx, ask)
			return err
		},
	})
	if err != nil {
		return Entry{}, err
	}
	if s.ends(in) != begun {
		return Entry{}, errEnded
	}
	if err := in.file.create(got); err != nil {
		return Entry{}, in.file.unusable("written", err)
	}
	return got, nil
}

// errEnded is the fault of a sign-in that is ended while it is made.
var errEnded = vaultcore.Faultf(vaultcore.ErrCanceled, "the sign-in was ended while it was made").WithHint("sign in again")

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
		Subject: "Open this page in any browser, and enter the code that it shows.",
		SignIn:  a.of.Name(), Address: a.page(crossDevice, request),
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
