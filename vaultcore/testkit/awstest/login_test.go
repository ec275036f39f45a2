package awstest

import (
	"crypto/ecdsa"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	loginsdk "github.com/aws/aws-sdk-go-v2/service/signin"
	logintypes "github.com/aws/aws-sdk-go-v2/service/signin/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// loginWorld is a world where ann may sign in by `aws login`, and a program that asks.
type loginWorld struct {
	small
	waiter
	key    *ecdsa.PrivateKey
	client *loginsdk.Client
	claims map[string]any // of proofs, where they differ from right ones
	typ    string         // of proofs
}

func newLoginWorld(t *testing.T) *loginWorld {
	t.Helper()
	d := &loginWorld{small: newSmall(t, Trust{}), waiter: newWaiter(t), key: newECKey(), claims: map[string]any{}, typ: "dpop+jwt"}
	config := aws.Config{Region: "us-east-1", BaseEndpoint: aws.String(d.srv.URL()), Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
	d.client = loginsdk.NewFromConfig(config, func(o *loginsdk.Options) {
		o.HTTPClient = proving{d}
	})
	return d
}

// proving adds the proof to requests.
type proving struct{ *loginWorld }

// Do is part of the SDK's HTTPClient.
func (p proving) Do(r *http.Request) (*http.Response, error) {
	public := jwkOf(&p.key.PublicKey)
	claims := map[string]any{"htm": "POST", "htu": p.srv.URL() + "/v1/token", "iat": p.srv.Now().Unix(), "jti": rand.Text()}
	for name, value := range p.claims {
		claims[name] = value
	}
	r.Header.Set("DPoP", signJWT(p.key, jwtHeader{Typ: p.typ, JWK: &public}, claims))
	if p.typ == "" {
		r.Header.Del("DPoP")
	}
	return http.DefaultClient.Do(r)
}

func (d *loginWorld) address(change map[string]string) string {
	query := url.Values{
		"response_type": {"code"}, "client_id": {sameDevice}, "redirect_uri": {d.redirect}, "state": {"some state"},
		"code_challenge_method": {"SHA-256"}, "code_challenge": {challengeOf(d.verifier)}, "scope": {"openid"},
	}
	for name, value := range change {
		query.Set(name, value)
	}
	return d.srv.URL() + "/v1/authorize?" + query.Encode()
}

func (d *loginWorld) code(t *testing.T) string {
	t.Helper()
	if _, err := (Visitor{Name: d.ann.ARN()}).Visit(t.Context(), NewBrowser(), d.address(nil)); err != nil {
		t.Fatal(err)
	}
	return (<-d.answers).Get("code")
}

func (d *loginWorld) redemption(code string) *logintypes.CreateOAuth2TokenRequestBody {
	return &logintypes.CreateOAuth2TokenRequestBody{
		ClientId: aws.String(sameDevice), GrantType: aws.String(codeGrant), Code: &code, CodeVerifier: &d.verifier, RedirectUri: &d.redirect,
	}
}

func (d *loginWorld) token(t *testing.T, in *logintypes.CreateOAuth2TokenRequestBody) (*logintypes.CreateOAuth2TokenResponseBody, error) {
	t.Helper()
	out, err := d.client.CreateOAuth2Token(t.Context(), &loginsdk.CreateOAuth2TokenInput{TokenInput: in})
	if err != nil {
		return nil, err
	}
	return out.TokenOutput, nil
}

func (d *loginWorld) refresh(t *testing.T, token *string) (*logintypes.CreateOAuth2TokenResponseBody, error) {
	t.Helper()
	return d.token(t, &logintypes.CreateOAuth2TokenRequestBody{ClientId: aws.String(sameDevice), GrantType: aws.String(refreshGrant), RefreshToken: token})
}

func (d *loginWorld) signIn(t *testing.T) *logintypes.CreateOAuth2TokenResponseBody {
	t.Helper()
	out, err := d.token(t, d.redemption(d.code(t)))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestLogin(t *testing.T) {
	d := newLoginWorld(t)
	first := d.signIn(t)
	if *first.ExpiresIn != 900 || *first.TokenType != "aws_sigv4" || first.IdToken == nil {
		t.Errorf("%d s of %s", *first.ExpiresIn, *first.TokenType)
	}
	id, err := parseJWT(*first.IdToken)
	if err != nil || id.text("sub") != d.ann.ARN() {
		t.Errorf("the idToken is of %q, %v", id.text("sub"), err)
	}
	second, err := d.refresh(t, first.RefreshToken)
	if err != nil || *second.RefreshToken == *first.RefreshToken || second.IdToken != nil {
		t.Fatalf("a refresh gave %v, %v", second, err)
	}
	for _, token := range []*logintypes.CreateOAuth2TokenResponseBody{first, second} {
		as := creds{*token.AccessToken.AccessKeyId, *token.AccessToken.SecretAccessKey, *token.AccessToken.SessionToken}
		if arn := who(t, d.srv, as); arn != d.ann.ARN() {
			t.Errorf("it is %s", arn)
		}
		if made, _ := d.srv.Session(as.id); !made.MFA || made.Expires.Sub(d.srv.Now()) > 15*time.Minute {
			t.Errorf("%+v", made)
		}
	}
	if got := d.srv.CountOK("CreateOAuth2Token"); got != 2 {
		t.Errorf("%d good calls", got)
	}
}

// wantLogin checks the exception, its status and the word beside it.
func wantLogin(t *testing.T, err error, status int, word string) {
	t.Helper()
	var denied *logintypes.AccessDeniedException
	var invalid *logintypes.ValidationException
	var often *logintypes.TooManyRequestsError
	got, reply := "", (*smithyhttp.ResponseError)(nil)
	switch {
	case errors.As(err, &denied):
		got = string(denied.Error_)
	case errors.As(err, &invalid):
		got = string(invalid.Error_)
	case errors.As(err, &often):
		got = string(often.Error_)
	}
	if !errors.As(err, &reply) || got != word || reply.HTTPStatusCode() != status {
		t.Errorf("got %v, want %d %s", err, status, word)
	}
}

func TestLoginRefusals(t *testing.T) {
	type body = logintypes.CreateOAuth2TokenRequestBody
	cases := map[string]struct {
		change func(*testing.T, *loginWorld, *body)
		status int
		word   string
	}{
		"no proof":     {func(_ *testing.T, d *loginWorld, _ *body) { d.typ = "" }, 400, "INVALID_REQUEST"},
		"other typ":    {func(_ *testing.T, d *loginWorld, _ *body) { d.typ = "JWT" }, 400, "INVALID_REQUEST"},
		"other method": {func(_ *testing.T, d *loginWorld, _ *body) { d.claims["htm"] = "GET" }, 400, "INVALID_REQUEST"},
		"other address": {func(_ *testing.T, d *loginWorld, _ *body) {
			d.claims["htu"] = "https://us-east-1.signin.aws.amazon.com/v1/token"
		}, 400, "INVALID_REQUEST"},
		"slow clock":     {func(_ *testing.T, d *loginWorld, _ *body) { d.claims["iat"] = d.srv.Now().Add(-6 * time.Minute).Unix() }, 401, "TOKEN_EXPIRED"},
		"fast clock":     {func(_ *testing.T, d *loginWorld, _ *body) { d.claims["iat"] = d.srv.Now().Add(6 * time.Minute).Unix() }, 401, "TOKEN_EXPIRED"},
		"no date":        {func(_ *testing.T, d *loginWorld, _ *body) { d.claims["iat"] = "now" }, 401, "TOKEN_EXPIRED"},
		"wrong verifier": {func(_ *testing.T, _ *loginWorld, in *body) { in.CodeVerifier = aws.String(strings.Repeat("v", 43)) }, 400, "INVALID_REQUEST"},
		"other redirect": {func(_ *testing.T, _ *loginWorld, in *body) {
			in.RedirectUri = aws.String("http://127.0.0.1/oauth/callback")
		}, 400, "INVALID_REQUEST"},
		"other client":  {func(_ *testing.T, _ *loginWorld, in *body) { in.ClientId = aws.String(crossDevice) }, 400, "INVALID_REQUEST"},
		"unknown code":  {func(_ *testing.T, _ *loginWorld, in *body) { in.Code = aws.String("x") }, 400, "INVALID_REQUEST"},
		"unknown grant": {func(_ *testing.T, _ *loginWorld, in *body) { in.GrantType = aws.String("client_credentials") }, 400, "INVALID_REQUEST"},
		"late code":     {func(_ *testing.T, d *loginWorld, _ *body) { d.srv.SetClockOffset(time.Minute) }, 401, "AUTHCODE_EXPIRED"},
		"no right":      {func(_ *testing.T, d *loginWorld, _ *body) { d.ann.Deny("signin:CreateOAuth2Token") }, 403, "INSUFFICIENT_PERMISSIONS"},
		"new password":  {func(_ *testing.T, d *loginWorld, _ *body) { d.ann.ChangePassword() }, 403, "USER_CREDENTIALS_CHANGED"},
		"twice": {func(t *testing.T, d *loginWorld, in *body) {
			if _, err := d.token(t, in); err != nil {
				t.Fatal(err)
			}
		}, 400, "INVALID_REQUEST"},
		"same proof": {func(t *testing.T, d *loginWorld, in *body) {
			d.claims["jti"] = "one"
			if _, err := d.token(t, in); err != nil {
				t.Fatal(err)
			}
			*in = *d.redemption(d.code(t))
		}, 400, "INVALID_REQUEST"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := newLoginWorld(t)
			in := d.redemption(d.code(t))
			c.change(t, d, in)
			_, err := d.token(t, in)
			wantLogin(t, err, c.status, c.word)
		})
	}
}

func TestLoginRefreshRefusals(t *testing.T) {
	cases := map[string]struct {
		change func(*testing.T, *loginWorld, *string)
		status int
		word   string
	}{
		"other key":      {func(_ *testing.T, d *loginWorld, _ *string) { d.key = newECKey() }, 400, "INVALID_REQUEST"},
		"unknown token":  {func(_ *testing.T, _ *loginWorld, token *string) { *token += "x" }, 400, "INVALID_REQUEST"},
		"after 12 hours": {func(_ *testing.T, d *loginWorld, _ *string) { d.srv.SetClockOffset(12 * time.Hour) }, 401, "TOKEN_EXPIRED"},
		"new password":   {func(_ *testing.T, d *loginWorld, _ *string) { d.ann.ChangePassword() }, 403, "USER_CREDENTIALS_CHANGED"},
		"by a fault": {func(_ *testing.T, d *loginWorld, _ *string) {
			d.srv.Fault(Fault{Times: 1, Kind: Refuse("TOKEN_EXPIRED")})
		}, 401, "TOKEN_EXPIRED"},
		"429": {func(_ *testing.T, d *loginWorld, _ *string) { d.srv.Fault(Fault{Times: 1, Kind: Throttle}) }, 429, "INVALID_REQUEST"},
		"old token": {func(t *testing.T, d *loginWorld, token *string) {
			if _, err := d.refresh(t, token); err != nil {
				t.Fatal(err)
			}
		}, 400, "INVALID_REQUEST"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := newLoginWorld(t)
			token := d.signIn(t).RefreshToken
			c.change(t, d, token)
			_, err := d.refresh(t, token)
			wantLogin(t, err, c.status, c.word)
		})
	}
}

func TestLoginPages(t *testing.T) {
	d := newLoginWorld(t)
	visit := func(v Visitor, change map[string]string) Page {
		page, err := v.Visit(t.Context(), NewBrowser(), d.address(change))
		if err != nil {
			t.Fatal(err)
		}
		return page
	}
	ann := Visitor{Name: d.ann.ARN()}
	for name, change := range map[string]map[string]string{
		"client": {"client_id": "arn:aws:signin:::devtools/other"}, "localhost": {"redirect_uri": "http://localhost:1/oauth/callback"},
		"no port": {"redirect_uri": "http://127.0.0.1/oauth/callback"}, "far": {"client_id": crossDevice}, "confirmed elsewhere": {"client_id": crossDevice, "redirect_uri": "https://example.com/v1/sessions/confirmation"},
	} {
		if page := visit(ann, change); page.Status != http.StatusBadRequest {
			t.Errorf("%s: %d", name, page.Status)
		}
	}
	for name, change := range map[string]map[string]string{
		"method": {"code_challenge_method": "S256"}, "scope": {"scope": ""}, "state": {"state": ""}, "type": {"response_type": "token"},
	} {
		visit(ann, change)
		if answer := <-d.answers; answer.Get("error") != "invalid_request" {
			t.Errorf("%s: %v", name, answer)
		}
	}
	if page := visit(Visitor{Name: "eve"}, nil); page.Status != http.StatusBadRequest {
		t.Errorf("a stranger: %d", page.Status)
	}
	visit(Visitor{Name: d.ann.ARN(), Refuse: true}, nil)
	if answer := <-d.answers; answer.Get("error") != "access_denied" || answer.Has("code") {
		t.Errorf("refused: %v", answer)
	}
	page := visit(ann, map[string]string{"client_id": crossDevice, "redirect_uri": d.srv.URL() + "/v1/sessions/confirmation"})
	shown := regexp.MustCompile(`<p>([A-Za-z0-9&#;+/=]+)</p>`).FindStringSubmatch(page.Text)
	if shown == nil {
		t.Fatal(page.Text)
	}
	text, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(shown[1], "&#43;", "+"))
	answer, _ := url.ParseQuery(string(text))
	if err != nil || answer.Get("state") != "some state" || answer.Get("code") == "" {
		t.Errorf("%s, %v", text, err)
	}
}
