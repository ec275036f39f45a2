package awstest

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
	oidctypes "github.com/aws/aws-sdk-go-v2/service/ssooidc/types"
)

// wantOIDC checks that the OIDC service refused with an exception. To the SDK these
// have no message: the description has a field of its own.
func wantOIDC(t *testing.T, err error, exception string) {
	t.Helper()
	wantRefusal(t, err, oidcErrors[exception].status, exception, "")
}

func TestSignInWithPKCE(t *testing.T) {
	d := newDirectory(t)
	c, token := d.signIn(t)
	if token.ExpiresIn != 3600 || *token.TokenType != "Bearer" || token.RefreshToken == nil || token.IdToken != nil {
		t.Errorf("token for %d s, %v", token.ExpiresIn, *token.TokenType)
	}
	again, err := d.refresh(t, c, token.RefreshToken)
	if err != nil || *again.RefreshToken == *token.RefreshToken || *again.AccessToken == *token.AccessToken {
		t.Fatalf("a refresh gave nothing new, %v", err)
	}
	for _, token := range []*string{token.AccessToken, again.AccessToken} {
		if _, err := d.role(t, token, "Admin"); err != nil {
			t.Error(err)
		}
	}
	issued := d.srv.Issued()
	for _, secret := range []*string{c.secret, token.AccessToken, again.RefreshToken} {
		if !slices.Contains(issued, *secret) {
			t.Error("a secret is not listed")
		}
	}
}

func TestRegisterClientRefusals(t *testing.T) {
	d := newDirectory(t)
	cases := map[string]struct {
		change    func(*ssooidc.RegisterClientInput)
		exception string
	}{
		"no name":       {func(in *ssooidc.RegisterClientInput) { in.ClientName = aws.String("") }, "InvalidRequestException"},
		"confidential":  {func(in *ssooidc.RegisterClientInput) { in.ClientType = aws.String("confidential") }, "InvalidClientMetadataException"},
		"unknown scope": {func(in *ssooidc.RegisterClientInput) { in.Scopes = []string{"openid"} }, "InvalidScopeException"},
		"unknown grant": {func(in *ssooidc.RegisterClientInput) { in.GrantTypes = []string{"password"} }, "UnsupportedGrantTypeException"},
		"other path":    {func(in *ssooidc.RegisterClientInput) { in.RedirectUris = []string{"http://127.0.0.1/cb"} }, "InvalidRedirectUriException"},
		"localhost":     {func(in *ssooidc.RegisterClientInput) { in.RedirectUris = []string{"http://localhost/oauth/callback"} }, "InvalidRedirectUriException"},
		"other host": {func(in *ssooidc.RegisterClientInput) {
			in.RedirectUris = []string{"http://127.0.0.1.example.com/oauth/callback"}
		}, "InvalidRedirectUriException"},
		"unknown start URL": {func(in *ssooidc.RegisterClientInput) { in.IssuerUrl = aws.String("https://other.awsapps.com/start") }, "InvalidRequestException"},
		"no start URL":      {func(in *ssooidc.RegisterClientInput) { in.IssuerUrl = nil }, "InvalidRequestException"},
		"no redirect":       {func(in *ssooidc.RegisterClientInput) { in.RedirectUris = nil }, "InvalidRequestException"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			in := &ssooidc.RegisterClientInput{
				ClientName: aws.String("test"), ClientType: aws.String("public"), Scopes: []string{"sso:account:access"},
				GrantTypes: []string{codeGrant}, RedirectUris: []string{"http://127.0.0.1"}, IssuerUrl: aws.String(testStartURL + "/#/"),
			}
			c.change(in)
			_, err := d.oidc.RegisterClient(t.Context(), in)
			wantOIDC(t, err, c.exception)
		})
	}
}

// Each of these differs from a right call in one thing.
func TestCodeRefusals(t *testing.T) {
	cases := map[string]struct {
		change    func(*testing.T, directory, *ssooidc.CreateTokenInput)
		exception string
	}{
		"unknown client": {func(_ *testing.T, _ directory, in *ssooidc.CreateTokenInput) { in.ClientId = aws.String("x") }, "InvalidClientException"},
		"wrong secret":   {func(_ *testing.T, _ directory, in *ssooidc.CreateTokenInput) { in.ClientSecret = aws.String("x") }, "InvalidClientException"},
		"no secret":      {func(_ *testing.T, _ directory, in *ssooidc.CreateTokenInput) { in.ClientSecret = aws.String("") }, "InvalidRequestException"},
		"wrong verifier": {func(_ *testing.T, _ directory, in *ssooidc.CreateTokenInput) {
			in.CodeVerifier = aws.String(strings.Repeat("v", 43))
		}, "InvalidGrantException"},
		"short verifier": {func(_ *testing.T, _ directory, in *ssooidc.CreateTokenInput) {
			in.CodeVerifier = aws.String(strings.Repeat("v", 42))
		}, "InvalidRequestException"},
		"no verifier":    {func(_ *testing.T, _ directory, in *ssooidc.CreateTokenInput) { in.CodeVerifier = nil }, "InvalidRequestException"},
		"other redirect": {func(_ *testing.T, _ directory, in *ssooidc.CreateTokenInput) { *in.RedirectUri += "/" }, "InvalidGrantException"},
		"without its port": {func(_ *testing.T, _ directory, in *ssooidc.CreateTokenInput) {
			in.RedirectUri = aws.String("http://127.0.0.1/oauth/callback")
		}, "InvalidGrantException"},
		"unknown code":       {func(_ *testing.T, _ directory, in *ssooidc.CreateTokenInput) { in.Code = aws.String("x") }, "InvalidGrantException"},
		"no grant":           {func(_ *testing.T, _ directory, in *ssooidc.CreateTokenInput) { in.GrantType = aws.String("") }, "InvalidRequestException"},
		"unknown grant":      {func(_ *testing.T, _ directory, in *ssooidc.CreateTokenInput) { in.GrantType = aws.String("password") }, "UnsupportedGrantTypeException"},
		"unregistered grant": {func(_ *testing.T, _ directory, in *ssooidc.CreateTokenInput) { in.GrantType = aws.String(deviceGrant) }, "UnauthorizedClientException"},
		"too late":           {func(_ *testing.T, d directory, _ *ssooidc.CreateTokenInput) { d.srv.SetClockOffset(time.Minute) }, "InvalidGrantException"},
		"signed out":         {func(_ *testing.T, d directory, _ *ssooidc.CreateTokenInput) { d.ann.EndSignIn() }, "InvalidGrantException"},
		"old registration": {func(_ *testing.T, d directory, _ *ssooidc.CreateTokenInput) {
			d.srv.SetClockOffset(91 * 24 * time.Hour)
		}, "InvalidClientException"},
		"other client": {func(t *testing.T, d directory, in *ssooidc.CreateTokenInput) {
			c := d.register(t, nil)
			in.ClientId, in.ClientSecret = c.id, c.secret
		}, "InvalidGrantException"},
		"twice": {func(t *testing.T, d directory, in *ssooidc.CreateTokenInput) {
			if _, err := d.oidc.CreateToken(t.Context(), in); err != nil {
				t.Fatal(err)
			}
		}, "InvalidGrantException"},
		"after a wrong try": {func(t *testing.T, d directory, in *ssooidc.CreateTokenInput) {
			wrong := *in
			wrong.CodeVerifier = aws.String(strings.Repeat("v", 43))
			_, err := d.oidc.CreateToken(t.Context(), &wrong)
			wantOIDC(t, err, "InvalidGrantException")
		}, "InvalidGrantException"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := newDirectory(t)
			client, w := d.register(t, nil), newWaiter(t)
			code := d.code(t, client, w)
			in := &ssooidc.CreateTokenInput{
				ClientId: client.id, ClientSecret: client.secret, GrantType: aws.String(codeGrant), Code: &code, CodeVerifier: &w.verifier, RedirectUri: &w.redirect,
			}
			c.change(t, d, in)
			_, err := d.oidc.CreateToken(t.Context(), in)
			wantOIDC(t, err, c.exception)
		})
	}
}

func TestRefreshRefusals(t *testing.T) {
	cases := map[string]struct {
		before  func(*testing.T, directory, *client, *string)
		message string
	}{
		"old token": {func(t *testing.T, d directory, c *client, token *string) {
			if _, err := d.refresh(t, *c, token); err != nil {
				t.Fatal(err)
			}
		}, "Invalid refresh token provided"},
		"session over":   {func(_ *testing.T, d directory, _ *client, _ *string) { d.srv.SetClockOffset(8 * time.Hour) }, "Invalid refresh token provided"},
		"ended by admin": {func(_ *testing.T, d directory, _ *client, _ *string) { d.ann.EndSignIn() }, "Invalid refresh token provided"},
		"other client":   {func(t *testing.T, d directory, c *client, _ *string) { *c = d.register(t, nil) }, "Invalid grant provided"},
		"no such token":  {func(_ *testing.T, _ directory, _ *client, token *string) { *token += "x" }, "Invalid grant provided"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := newDirectory(t)
			client, token := d.signIn(t)
			c.before(t, d, &client, token.RefreshToken)
			_, err := d.refresh(t, client, token.RefreshToken)
			wantOIDC(t, err, "InvalidGrantException")
			var no *oidctypes.InvalidGrantException
			if !errors.As(err, &no) || *no.Error_ != "invalid_grant" || *no.Error_description != c.message {
				t.Errorf("got %+v, want %q", no, c.message)
			}
		})
	}
}

// Who signs in again joins the sign-in that lives, and does not make it longer.
func TestASecondSignInEndsWithTheFirst(t *testing.T) {
	d := newDirectory(t)
	d.signIn(t)
	d.srv.SetClockOffset(7 * time.Hour)
	client, token := d.signIn(t)
	d.srv.SetClockOffset(8 * time.Hour)
	if _, err := d.refresh(t, client, token.RefreshToken); err == nil {
		t.Error("the second sign-in outlived the first")
	}
	client, token = d.signIn(t)
	d.srv.SetClockOffset(15 * time.Hour)
	if _, err := d.refresh(t, client, token.RefreshToken); err != nil {
		t.Errorf("a sign-in after the end is no new one: %v", err)
	}
}

func TestKeptRefreshTokens(t *testing.T) {
	d := newDirectory(t)
	client, token := d.signIn(t)
	d.center.KeepRefreshTokens(true)
	for range 2 {
		if again, err := d.refresh(t, client, token.RefreshToken); err != nil || again.RefreshToken != nil {
			t.Errorf("%v, with a new refresh token: %v", err, again)
		}
	}
}

func TestDeviceCode(t *testing.T) {
	d := newDirectory(t)
	c := d.register(t, forDevices)
	start := func() *ssooidc.StartDeviceAuthorizationOutput {
		out, err := d.oidc.StartDeviceAuthorization(t.Context(), &ssooidc.StartDeviceAuthorizationInput{ClientId: c.id, ClientSecret: c.secret, StartUrl: aws.String(testStartURL)})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	poll := func(code *string) (*ssooidc.CreateTokenOutput, error) {
		return d.oidc.CreateToken(t.Context(), &ssooidc.CreateTokenInput{ClientId: c.id, ClientSecret: c.secret, GrantType: aws.String(deviceGrant), DeviceCode: code})
	}
	first, second, third := start(), start(), start()
	if first.ExpiresIn != 600 || first.Interval != 1 || len(*first.UserCode) != 9 || !strings.HasSuffix(*first.VerificationUriComplete, *first.UserCode) {
		t.Errorf("%+v", first)
	}
	_, err := poll(first.DeviceCode)
	wantOIDC(t, err, "AuthorizationPendingException")
	_, err = poll(first.DeviceCode)
	wantOIDC(t, err, "SlowDownException")
	d.srv.SetClockOffset(5 * time.Second)
	_, err = poll(first.DeviceCode) // the interval is 6 s by now
	wantOIDC(t, err, "SlowDownException")

	visit := func(v Visitor, address *string) Page {
		page, err := v.Visit(t.Context(), NewBrowser(), *address)
		if err != nil {
			t.Fatal(err)
		}
		return page
	}
	if page := visit(Visitor{Name: "ann"}, first.VerificationUriComplete); !strings.Contains(page.Text, "Request approved") {
		t.Errorf("the page says %s", page.Text)
	}
	token, err := poll(first.DeviceCode)
	if err != nil || token.RefreshToken == nil || token.ExpiresIn != 3600 {
		t.Fatalf("no token: %v", err)
	}
	_, err = poll(first.DeviceCode)
	wantOIDC(t, err, "InvalidGrantException")

	visit(Visitor{Name: "ann", Refuse: true}, second.VerificationUriComplete)
	_, err = poll(second.DeviceCode)
	wantOIDC(t, err, "AccessDeniedException")
	d.srv.SetClockOffset(10 * time.Minute)
	_, err = poll(third.DeviceCode)
	wantOIDC(t, err, "ExpiredTokenException")
	if page := visit(Visitor{Name: "ann"}, third.VerificationUriComplete); page.Status != http.StatusBadRequest {
		t.Errorf("an old code got %d", page.Status)
	}
	_, err = d.oidc.StartDeviceAuthorization(t.Context(), &ssooidc.StartDeviceAuthorizationInput{ClientId: c.id, ClientSecret: c.secret, StartUrl: aws.String("https://x.awsapps.com/start")})
	wantOIDC(t, err, "InvalidRequestException")
	_, err = poll(aws.String("x"))
	wantOIDC(t, err, "InvalidGrantException")
}

// A client that names no scopes gets the old kind of token.
func TestLegacyTokens(t *testing.T) {
	d := newDirectory(t)
	c := d.register(t, func(in *ssooidc.RegisterClientInput) { forDevices(in); in.Scopes = nil })
	out, err := d.oidc.StartDeviceAuthorization(t.Context(), &ssooidc.StartDeviceAuthorizationInput{ClientId: c.id, ClientSecret: c.secret, StartUrl: aws.String(testStartURL)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (Visitor{Name: "ann"}).Visit(t.Context(), NewBrowser(), *out.VerificationUriComplete); err != nil {
		t.Fatal(err)
	}
	token, err := d.oidc.CreateToken(t.Context(), &ssooidc.CreateTokenInput{ClientId: c.id, ClientSecret: c.secret, GrantType: aws.String(deviceGrant), DeviceCode: out.DeviceCode})
	if err != nil || token.RefreshToken != nil || token.ExpiresIn != 8*3600 {
		t.Fatalf("%+v, %v", token, err)
	}
	if _, err := d.role(t, token.AccessToken, "Admin"); err != nil {
		t.Error(err)
	}
}
