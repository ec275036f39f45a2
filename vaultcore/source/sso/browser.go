package sso

import (
	"context"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"

	"github.com/vaultbar/vaultbar/vaultcore/source/loopback"
)

// Browser signs a person in by their browser, which open is called with the
// address for. Have is the registration of an earlier sign-in, if any. It returns
// when the browser has come back. It may return: ErrCanceled, ErrRefused,
// ErrNoAnswer, ErrConfig, what open returns.
func (a *Authority) Browser(ctx context.Context, have Registration, open func(address string) error) (Token, error) {
	registration := have
	grant, err := loopback.Authorize(ctx, a.session.Name(), func(ctx context.Context, ask loopback.Request) (err error) {
		if registration, err = a.register(ctx, have, grantCode); err != nil {
			return err
		}
		return open(a.address(registration, ask))
	})
	if err != nil {
		return Token{}, err
	}
	return a.token(ctx, registration, &ssooidc.CreateTokenInput{
		GrantType:    aws.String(grantCode),
		Code:         aws.String(grant.Code.Reveal()),
		CodeVerifier: aws.String(grant.Verifier.Reveal()),
		RedirectUri:  &grant.Redirect,
	})
}

// address is AWS's page that the browser is sent to.
func (a *Authority) address(r Registration, ask loopback.Request) string {
	query := url.Values{
		"response_type":         {"code"},
		"client_id":             {r.ClientID},
		"redirect_uri":          {ask.Redirect},
		"state":                 {ask.State},
		"code_challenge_method": {"S256"},
		"code_challenge":        {ask.Challenge},
		"scopes":                {strings.Join(scopesOf(a.session), " ")}, // AWS's own name for it
	}
	return a.at.authority(a.session.Region) + "/authorize?" + query.Encode()
}
