package sso

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/source/person"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

const startURL = "https://d-1234567890.awsapps.com/start"

// directory is an Identity Center in which ann is Admin in one account.
type directory struct {
	aws     *awstest.Server
	center  *awstest.IdentityCenter
	account *awstest.Account
	set     *awstest.PermissionSet
	ann     *awstest.Person
	session vaultcore.SignIn
	place   Target
}

func newDirectory(t *testing.T) directory {
	t.Helper()
	srv := awstest.NewServer(t)
	d := directory{
		aws: srv, center: srv.IdentityCenter(startURL), account: srv.Account("111111111111"),
		session: vaultcore.SignIn{Session: "corp", StartURL: startURL, Region: "us-east-1"},
		place:   Target{Portal: srv.URL(), Authority: srv.URL(), HTTP: &http.Client{Timeout: 5 * time.Second}},
	}
	d.set, d.ann = d.center.PermissionSet("Admin", time.Hour), d.center.Person("ann")
	d.ann.Assign(d.account, d.set)
	return d
}

func (d directory) authority() *Authority { return NewAuthority(d.session, d.place) }
func (d directory) portal() *Portal       { return NewPortal(d.session, d.place) }

// visit has ann finish a sign-in at AWS's page, in a browser that comes back.
func (d directory) visit(t *testing.T, v awstest.Visitor) func(string) error {
	return func(address string) error {
		go func() { _, _ = v.Visit(t.Context(), awstest.NewBrowser(), address) }()
		return nil
	}
}

func (d directory) signIn(t *testing.T) Token {
	t.Helper()
	token, err := d.authority().Browser(t.Context(), Registration{}, d.visit(t, awstest.Visitor{Name: "ann"}))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestBrowser: a browser signs in, and the token gives credentials, is refreshed
// and survives the keychain.
func TestBrowser(t *testing.T) {
	d := newDirectory(t)
	token := d.signIn(t)
	role := Role{"111111111111", "Admin"}
	got, err := d.portal().Credentials(t.Context(), token.Access, role)
	if err != nil || got.SessionToken.IsZero() || got.Left(time.Now()) < 50*time.Minute {
		t.Fatalf("%+v, %v", got, err)
	}
	kept, err := token.Record()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseToken(kept)
	if err != nil || !again.Access.Equal(token.Access) || !again.Refresh.Equal(token.Refresh) {
		t.Fatalf("kept and read again: %v", err)
	}
	fresh, err := d.authority().Refresh(t.Context(), again)
	if err != nil || fresh.Access.Equal(token.Access) || fresh.Refresh.IsZero() || !fresh.SignedIn.Equal(token.SignedIn) {
		t.Fatalf("refreshed: %v", err)
	}
	if _, err := d.portal().Credentials(t.Context(), fresh.Access, role); err != nil {
		t.Error(err)
	}
	if _, err := d.authority().Refresh(t.Context(), again); !errors.Is(err, ErrSignInEnded) {
		t.Errorf("a refresh token that was replaced: %v", err)
	}
}

// TestRefreshWithoutANewToken: the old refresh token stays where AWS sends none.
func TestRefreshWithoutANewToken(t *testing.T) {
	d := newDirectory(t)
	d.center.KeepRefreshTokens(true)
	token := d.signIn(t)
	for range 3 {
		fresh, err := d.authority().Refresh(t.Context(), token)
		if err != nil || !fresh.Refresh.Equal(token.Refresh) {
			t.Fatal(err)
		}
		token = fresh
	}
}

// TestRegistrationIsKept: a second sign-in uses the registration of the first.
func TestRegistrationIsKept(t *testing.T) {
	d := newDirectory(t)
	token := d.signIn(t)
	if _, err := d.authority().Browser(t.Context(), token.Registration, d.visit(t, awstest.Visitor{Name: "ann"})); err != nil {
		t.Fatal(err)
	}
	if n := d.aws.Count("RegisterClient"); n != 1 {
		t.Errorf("%d registrations", n)
	}
}

// TestEnded: what each end of a sign-in becomes.
func TestEnded(t *testing.T) {
	d := newDirectory(t)
	token := d.signIn(t)
	role := Role{"111111111111", "Admin"}
	if _, err := d.portal().Credentials(t.Context(), token.Access, Role{"111111111111", "Other"}); !errors.Is(err, vaultcore.ErrRefused) {
		t.Errorf("a role that ann does not have: %v", err)
	}
	d.center.RevokeAccessTokens()
	if _, err := d.portal().Credentials(t.Context(), token.Access, role); !errors.Is(err, ErrSignInEnded) {
		t.Errorf("a revoked token: %v", err)
	}
	fresh, err := d.authority().Refresh(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	d.ann.EndSignIn()
	if _, err := d.authority().Refresh(t.Context(), fresh); !errors.Is(err, ErrSignInEnded) {
		t.Errorf("after its end: %v", err)
	}
}

// TestStrangersAtTheCallback: nothing but the browser that comes from AWS ends or
// takes the sign-in.
func TestStrangersAtTheCallback(t *testing.T) {
	d := newDirectory(t)
	token, err := d.authority().Browser(t.Context(), Registration{}, func(address string) error {
		u, err := url.Parse(address)
		if err != nil {
			return err
		}
		back, state := u.Query().Get("redirect_uri"), u.Query().Get("state")
		for _, test := range []struct {
			method, address, host string
			want                  int
		}{
			{"GET", back, "", http.StatusForbidden},
			{"GET", back + "?code=x&state=wrong", "", http.StatusForbidden},
			{"GET", back + "?error=access_denied", "", http.StatusForbidden},
			{"GET", back + "?error=access_denied&state=wrong", "", http.StatusForbidden},
			{"GET", back + "?state=" + state, "", http.StatusBadRequest},
			{"POST", back + "?code=x&state=" + state, "", http.StatusMethodNotAllowed},
			{"GET", back + "?code=x&state=" + state, "localhost", http.StatusForbidden},
			{"GET", strings.Replace(back, "/oauth/callback", "/favicon.ico", 1), "", http.StatusNotFound},
		} {
			r, err := http.NewRequestWithContext(t.Context(), test.method, test.address, nil)
			if err != nil {
				return err
			}
			if test.host != "" {
				r.Host = test.host
			}
			reply, err := http.DefaultClient.Do(r)
			if err != nil {
				return err
			}
			body, _ := io.ReadAll(reply.Body)
			_ = reply.Body.Close()
			if reply.StatusCode != test.want || len(body) > 0 {
				t.Errorf("%s %s: %d, %q", test.method, strings.TrimPrefix(test.address, back), reply.StatusCode, body)
			}
		}
		return d.visit(t, awstest.Visitor{Name: "ann"})(address)
	})
	if err != nil || token.Access.IsZero() {
		t.Fatal(err)
	}
}

// TestRefusedAtThePage: a person says no.
func TestRefusedAtThePage(t *testing.T) {
	d := newDirectory(t)
	_, err := d.authority().Browser(t.Context(), Registration{}, d.visit(t, awstest.Visitor{Name: "ann", Refuse: true}))
	if !errors.Is(err, vaultcore.ErrRefused) {
		t.Error(err)
	}
}

// TestDevice: a person compares a code.
func TestDevice(t *testing.T) {
	d := newDirectory(t)
	token, err := d.authority().Device(t.Context(), Registration{}, func(code person.Code) error {
		if code.User == "" || code.Address == "" || !code.Expires.After(time.Now()) {
			t.Errorf("%+v", code)
		}
		return d.visit(t, awstest.Visitor{Name: "ann"})(code.Address + "?user_code=" + code.User)
	})
	if err != nil {
		t.Fatal(err)
	}
	if token.Refresh.IsZero() {
		t.Error("it cannot be refreshed")
	}
	if _, err := d.authority().Refresh(t.Context(), token); err != nil {
		t.Error(err)
	}
}

// TestNothingIsQuoted: no secret comes back in what is told.
func TestNothingIsQuoted(t *testing.T) {
	d := newDirectory(t)
	token := d.signIn(t)
	d.ann.EndSignIn()
	_, err := d.authority().Refresh(t.Context(), token)
	if err == nil {
		t.Fatal("refreshed after its end")
	}
	var f *vaultcore.Fault
	if !errors.As(err, &f) {
		t.Fatal(err)
	}
	for _, secret := range []vaultcore.Secret{token.Access, token.Refresh, token.Registration.ClientSecret} {
		if strings.Contains(f.Error()+f.Hint+f.Cause.Error(), secret.Reveal()) {
			t.Errorf("%v", f)
		}
	}
}
