package sso

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	"github.com/aws/smithy-go/logging"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/source/loopback"
)

// scopesOf are what a sign-in asks for: without any, AWS gives the old kind of token,
// which lasts 8 h and cannot be refreshed.
func scopesOf(s vaultcore.SignIn) []string {
	scopes := strings.FieldsFunc(s.Scopes, func(r rune) bool { return r == ',' || r == ' ' })
	if len(scopes) == 0 {
		return []string{"sso:account:access"}
	}
	return scopes
}

// Grants of RFC 6749 and 8628.
const (
	grantCode    = "authorization_code"
	grantDevice  = "urn:ietf:params:oauth:grant-type:device_code"
	grantRefresh = "refresh_token"
)

// registered is where the browser comes back to, as AWS wants it registered: without
// a port, for any port (RFC 8252, section 7.3).
const registered = "http://127.0.0.1" + loopback.Path

// registrationMargin is how much life a registration must have left to be used.
const registrationMargin = 15 * time.Minute

// Authority is the service that signs people in: SSO OIDC.
type Authority struct {
	client  *ssooidc.Client
	session vaultcore.SignIn
	at      Target
	now     func() time.Time
}

// NewAuthority makes the authority of a session.
func NewAuthority(session vaultcore.SignIn, at Target) *Authority {
	options := ssooidc.Options{
		Region:     session.Region,
		HTTPClient: at.HTTP,
		Retryer:    aws.NopRetryer{}, // a refresh token is good once, whether or not its answer arrives
		Logger:     logging.Nop{},
	}
	if at.Authority != "" {
		options.BaseEndpoint = &at.Authority
	} else {
		options.EndpointOptions.UseFIPSEndpoint, options.EndpointOptions.UseDualStackEndpoint = variant(at.Variant)
	}
	return &Authority{client: ssooidc.New(options), session: session, at: at, now: time.Now}
}

// register returns a registration for a grant: the one at hand when it will do.
func (a *Authority) register(ctx context.Context, have Registration, grant string) (Registration, error) {
	if have.serves(grant, scopesOf(a.session), a.now()) {
		return have, nil
	}
	in := &ssooidc.RegisterClientInput{
		ClientName: aws.String("Vaultbar"),
		ClientType: aws.String("public"),
		GrantTypes: []string{grant, grantRefresh},
		Scopes:     scopesOf(a.session),
	}
	if grant == grantCode {
		start, err := a.start(ctx)
		if err != nil {
			return Registration{}, err
		}
		in.IssuerUrl = &start
		in.RedirectUris = []string{registered}
	}
	out, err := a.client.RegisterClient(ctx, in)
	if err != nil {
		return Registration{}, fault(ctx, "sso-oidc:RegisterClient", a.session, err)
	}
	return Registration{
		ClientID:     aws.ToString(out.ClientId),
		ClientSecret: vaultcore.NewSecret(aws.ToString(out.ClientSecret)),
		Expires:      time.Unix(out.ClientSecretExpiresAt, 0),
		Grants:       slices.Clone(in.GrantTypes), // AWS does not repeat them
		Scopes:       slices.Clone(in.Scopes),
	}, nil
}

// token asks for a token by one grant; in says which.
func (a *Authority) token(ctx context.Context, r Registration, in *ssooidc.CreateTokenInput) (Token, error) {
	in.ClientId = &r.ClientID
	in.ClientSecret = aws.String(r.ClientSecret.Reveal())
	asked := a.now()
	out, err := a.client.CreateToken(ctx, in)
	if err != nil {
		return Token{}, fault(ctx, "sso-oidc:CreateToken", a.session, err)
	}
	return Token{
		Access:       vaultcore.NewSecret(aws.ToString(out.AccessToken)),
		Refresh:      vaultcore.NewSecret(aws.ToString(out.RefreshToken)),
		Expires:      asked.Add(time.Duration(out.ExpiresIn) * time.Second),
		Registration: r,
		Issued:       asked,
		SignedIn:     asked,
	}, nil
}

// Refresh makes a new token of an old one, without a person. It may return:
// ErrSignInEnded, when a person must sign in again; ErrNoAnswer, ErrCanceled.
func (a *Authority) Refresh(ctx context.Context, old Token) (Token, error) {
	if old.Refresh.IsZero() || !old.Registration.Expires.After(a.now()) {
		return Token{}, ended(a.session)
	}
	refresh := func() (Token, error) {
		return a.token(ctx, old.Registration, &ssooidc.CreateTokenInput{
			GrantType:    aws.String(grantRefresh),
			RefreshToken: aws.String(old.Refresh.Reveal()),
		})
	}
	fresh, err := refresh()
	var reply *Reply
	if errors.As(err, &reply) && reply.Code == "InvalidGrantException" { // AWS says so in passing too
		fresh, err = refresh()
	}
	if err != nil {
		return Token{}, err
	}
	if fresh.Refresh.IsZero() {
		fresh.Refresh = old.Refresh
	}
	fresh.SignedIn, fresh.Lasts = old.SignedIn, old.Lasts
	return fresh, nil
}
