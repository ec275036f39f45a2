package awstest

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sso"
	"github.com/aws/aws-sdk-go-v2/service/ssooidc"
)

const testStartURL = "https://d-1234567890.awsapps.com/start"

// directory is a world with one Identity Center, where ann is Admin in one account.
type directory struct {
	srv     *Server
	center  *IdentityCenter
	account *Account
	set     *PermissionSet
	ann     *Person
	oidc    *ssooidc.Client
	portal  *sso.Client
}

func newDirectory(t *testing.T, options ...Options) directory {
	t.Helper()
	srv := NewServer(t, options...)
	d := directory{srv: srv, center: srv.IdentityCenter(testStartURL), account: srv.Account("111111111111", Named("Prod & Co"))}
	d.set, d.ann = d.center.PermissionSet("Admin", time.Hour), d.center.Person("ann")
	d.ann.Assign(d.account, d.set)
	config := aws.Config{Region: "us-east-1", BaseEndpoint: aws.String(srv.URL()), Retryer: func() aws.Retryer { return aws.NopRetryer{} }}
	d.oidc, d.portal = ssooidc.NewFromConfig(config), sso.NewFromConfig(config)
	return d
}

// client is what a program keeps of its registration.
type client struct{ id, secret *string }

// register registers a client for PKCE, changed as a test wants it.
func (d directory) register(t *testing.T, change func(*ssooidc.RegisterClientInput)) client {
	t.Helper()
	in := &ssooidc.RegisterClientInput{
		ClientName: aws.String("test"), ClientType: aws.String("public"), Scopes: []string{"sso:account:access"},
		GrantTypes: []string{codeGrant, refreshGrant}, RedirectUris: []string{"http://127.0.0.1/oauth/callback"}, IssuerUrl: aws.String(testStartURL),
	}
	if change != nil {
		change(in)
	}
	out, err := d.oidc.RegisterClient(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	if issued, ends := time.Unix(out.ClientIdIssuedAt, 0), time.Unix(out.ClientSecretExpiresAt, 0); ends.Sub(issued) != 90*24*time.Hour {
		t.Errorf("a registration from %v to %v", issued, ends)
	}
	return client{out.ClientId, out.ClientSecret}
}

// forDevices registers a client for device codes, as AWS's command line does.
func forDevices(in *ssooidc.RegisterClientInput) {
	in.GrantTypes, in.RedirectUris, in.IssuerUrl = nil, nil, nil
}

// waiter is a program that waits for its person's browser.
type waiter struct {
	verifier string
	redirect string
	answers  chan url.Values
}

func newWaiter(t *testing.T) waiter {
	t.Helper()
	w := waiter{verifier: rand.Text() + rand.Text(), answers: make(chan url.Values, 10)}
	listener := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/oauth/callback" {
			w.answers <- r.URL.Query()
		}
	}))
	t.Cleanup(listener.Close)
	w.redirect = listener.URL + "/oauth/callback"
	return w
}

// query is the authorize URL's.
func (w waiter) query(c client) url.Values {
	return url.Values{
		"response_type": {"code"}, "client_id": {*c.id}, "redirect_uri": {w.redirect}, "state": {"some state"},
		"code_challenge_method": {"S256"}, "code_challenge": {challengeOf(w.verifier)}, "scopes": {"sso:account:access"},
	}
}

// code has ann sign in and allow it.
func (d directory) code(t *testing.T, c client, w waiter) string {
	t.Helper()
	page, err := Visitor{Name: "ann"}.Visit(t.Context(), NewBrowser(), d.srv.URL()+"/authorize?"+w.query(c).Encode())
	if err != nil || page.Status != http.StatusOK {
		t.Fatalf("the visit ended with %d, %v\n%s", page.Status, err, page.Text)
	}
	answer := <-w.answers
	if answer.Get("state") != "some state" || answer.Get("code") == "" {
		t.Fatalf("the callback got %v", answer)
	}
	return answer.Get("code")
}

func (d directory) redeem(t *testing.T, c client, w waiter, code string) (*ssooidc.CreateTokenOutput, error) {
	t.Helper()
	return d.oidc.CreateToken(t.Context(), &ssooidc.CreateTokenInput{
		ClientId: c.id, ClientSecret: c.secret, GrantType: aws.String(codeGrant), Code: &code, CodeVerifier: &w.verifier, RedirectUri: &w.redirect,
	})
}

func (d directory) refresh(t *testing.T, c client, token *string) (*ssooidc.CreateTokenOutput, error) {
	t.Helper()
	return d.oidc.CreateToken(t.Context(), &ssooidc.CreateTokenInput{
		ClientId: c.id, ClientSecret: c.secret, GrantType: aws.String(refreshGrant), RefreshToken: token,
	})
}

// signIn is a whole sign-in by PKCE.
func (d directory) signIn(t *testing.T) (client, *ssooidc.CreateTokenOutput) {
	t.Helper()
	c, w := d.register(t, nil), newWaiter(t)
	out, err := d.redeem(t, c, w, d.code(t, c, w))
	if err != nil {
		t.Fatal(err)
	}
	return c, out
}

func (d directory) role(t *testing.T, token *string, role string) (*sso.GetRoleCredentialsOutput, error) {
	t.Helper()
	return d.portal.GetRoleCredentials(t.Context(), &sso.GetRoleCredentialsInput{
		AccessToken: token, AccountId: aws.String(d.account.ID()), RoleName: &role,
	})
}
