package sso

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"

	vaultaws "github.com/vaultbar/vaultbar/vaultcore/aws"
)

// BrowserLife is how long a sign-in by browser may take before its listener ends.
const BrowserLife = 5 * time.Minute

// Browser signs a person in by their browser, which open is called with the
// address for. Have is the registration of an earlier sign-in, if any. It returns
// when the browser has come back. It may return: ErrCanceled, ErrRefused,
// ErrNoAnswer, ErrConfig, what open returns.
func (a *Authority) Browser(ctx context.Context, have Registration, open func(address string) error) (Token, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, BrowserLife, errTooLate)
	defer cancel()
	// The listener comes first: a browser that is still signed in is back at once.
	back, err := listen(a.session)
	if err != nil {
		return Token{}, err
	}
	defer back.close()
	registration, err := a.register(ctx, have, grantCode)
	if err != nil {
		return Token{}, err
	}
	verifier := rand.Text() + rand.Text()
	if err := open(a.address(registration, back, verifier)); err != nil {
		return Token{}, err
	}
	code, err := back.wait(ctx)
	if err != nil {
		return Token{}, err
	}
	return a.token(ctx, registration, &ssooidc.CreateTokenInput{
		GrantType:    aws.String(grantCode),
		Code:         aws.String(code.Reveal()),
		CodeVerifier: &verifier,
		RedirectUri:  aws.String(back.address()),
	})
}

// address is AWS's page that the browser is sent to.
func (a *Authority) address(r Registration, back *callback, verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	query := url.Values{
		"response_type":         {"code"},
		"client_id":             {r.ClientID},
		"redirect_uri":          {back.address()},
		"state":                 {back.state},
		"code_challenge_method": {"S256"},
		"code_challenge":        {base64.RawURLEncoding.EncodeToString(sum[:])},
		"scopes":                {strings.Join(scopesOf(a.session), " ")}, // AWS's own name for it
	}
	return cmp.Or(aws.ToString(a.client.Options().BaseEndpoint), oidcHost(a.session.Region)) + "/authorize?" + query.Encode()
}

// oidcHost is the service of a region.
func oidcHost(region string) string {
	return "https://oidc." + region + "." + vaultaws.PartitionOf(region).Domain
}

// Hosts are the addresses of the hosts that sign-ins in a region reach.
func Hosts(region string) []string {
	return []string{oidcHost(region), "https://portal.sso." + region + "." + vaultaws.PartitionOf(region).Domain}
}
