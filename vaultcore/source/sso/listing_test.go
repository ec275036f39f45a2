package sso

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	vaultaws "github.com/vaultbar/vaultbar/vaultcore/aws"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// inMemory is a portal that is asked without a socket, so that its time can be made.
func (d directory) inMemory() *Portal {
	return NewPortal(d.session, Target{Portal: d.aws.URL(), HTTP: &http.Client{Transport: d.aws}})
}

// company gives ann three roles in each of so many accounts.
func (d directory) company(accounts int) {
	sets := []*awstest.PermissionSet{d.set, d.center.PermissionSet("ReadOnly", time.Hour), d.center.PermissionSet("Billing", time.Hour)}
	for i := range accounts {
		account := d.aws.Account(fmt.Sprintf("2%011d", i), awstest.Named(fmt.Sprintf("Team %d", i)))
		for _, set := range sets {
			d.ann.Assign(account, set)
		}
	}
}

// TestListingOfACompany: 700 accounts with three roles each are listed whole, at the
// pace that AWS bears, however often it throttles.
func TestListingOfACompany(t *testing.T) {
	d := newDirectory(t)
	d.company(700)
	access := d.signIn(t).Access
	synctest.Test(t, func(t *testing.T) {
		portal := d.inMemory()
		accounts, err := portal.Accounts(t.Context(), access)
		if err != nil || len(accounts) != 701 || accounts[0].ID != "111111111111" || accounts[700].Name != "Team 699" {
			t.Fatalf("%d accounts, %v", len(accounts), err)
		}
		roles := 0
		for i, account := range accounts {
			if i%100 == 50 {
				d.aws.Fault(awstest.Fault{Action: "ListAccountRoles", Times: 6, Kind: awstest.Throttle})
			}
			found, err := portal.Roles(t.Context(), access, account.ID)
			if err != nil {
				t.Fatal(err)
			}
			roles += len(found)
		}
		if roles != 2101 {
			t.Errorf("%d roles", roles)
		}
		d.keepsPace(t)
	})
}

// keepsPace checks that no second has more than ten calls that list, and that AWS
// refused none but those of a fault.
func (d directory) keepsPace(t *testing.T) {
	t.Helper()
	var last []time.Time
	for _, call := range d.aws.Calls() {
		if !strings.HasPrefix(call.Action, "List") {
			continue
		}
		if !call.OK() && call.Code != "fault" {
			t.Errorf("AWS refused a call: %s", call.Code)
		}
		last = append(slices.DeleteFunc(last, func(at time.Time) bool { return call.Time.Sub(at) >= time.Second }), call.Time)
		if len(last) > 10 {
			t.Fatalf("%d calls in a second", len(last))
		}
	}
}

// TestThrottled: what AWS throttles is asked for again when it says, a while later
// where it does not say, and has failed at last.
func TestThrottled(t *testing.T) {
	for name, test := range map[string]struct {
		fault       awstest.Fault
		kind        error
		least, most time.Duration
	}{
		"as AWS says":           {awstest.Fault{Times: 1, Kind: awstest.ThrottleFor(7)}, nil, 7 * time.Second, 8 * time.Second},
		"AWS says nonsense":     {awstest.Fault{Times: 1, Kind: awstest.ThrottleFor(60000)}, nil, time.Minute, 62 * time.Second},
		"AWS does not say":      {awstest.Fault{Times: 1, Kind: awstest.Throttle}, nil, 250 * time.Millisecond, 2 * time.Second},
		"for good":              {awstest.Fault{Kind: awstest.Throttle}, vaultcore.ErrNoAnswer, time.Minute, 5 * time.Minute},
		"out of order":          {awstest.Fault{Times: 2, Kind: awstest.Status(503)}, nil, 500 * time.Millisecond, 5 * time.Second},
		"out of order for good": {awstest.Fault{Kind: awstest.Status(503)}, vaultcore.ErrNoAnswer, 500 * time.Millisecond, 5 * time.Second},
		"cut":                   {awstest.Fault{Times: 1, Kind: awstest.Drop}, nil, 250 * time.Millisecond, 2 * time.Second},
		"another's page":        {awstest.Fault{Kind: awstest.HTML}, vaultcore.ErrNoAnswer, 0, 5 * time.Second},
		"a token that is dead":  {awstest.Fault{Kind: awstest.Unauthorized}, ErrSignInEnded, 0, time.Second},
	} {
		for what, ask := range map[string]func(context.Context, *Portal, vaultcore.Secret) error{
			"a list": func(ctx context.Context, p *Portal, access vaultcore.Secret) error {
				_, err := p.Accounts(ctx, access)
				return err
			},
			"credentials": func(ctx context.Context, p *Portal, access vaultcore.Secret) error {
				_, err := p.Credentials(ctx, access, Role{"111111111111", "Admin"})
				return err
			},
		} {
			t.Run(name+", "+what, func(t *testing.T) {
				d := newDirectory(t)
				access := d.signIn(t).Access
				d.aws.Fault(test.fault)
				synctest.Test(t, func(t *testing.T) {
					begun := time.Now()
					err := ask(t.Context(), d.inMemory(), access)
					if !errors.Is(err, test.kind) {
						t.Errorf("got %v, want %v", err, test.kind)
					}
					if took := time.Since(begun); took < test.least || took > test.most {
						t.Errorf("took %s", took)
					}
				})
			})
		}
	}
}

// TestListingIsCanceled while it waits for its time.
func TestListingIsCanceled(t *testing.T) {
	d := newDirectory(t)
	access := d.signIn(t).Access
	d.aws.Fault(awstest.Fault{Kind: awstest.ThrottleFor(30)})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5*time.Second, cancel)
		begun := time.Now()
		_, err := d.inMemory().Roles(ctx, access, "111111111111")
		if !errors.Is(err, vaultcore.ErrCanceled) || time.Since(begun) != 5*time.Second {
			t.Errorf("after %s: %v", time.Since(begun), err)
		}
	})
}

// TestListingBySignIn: who lists signs in once, and a token that AWS has revoked is
// refreshed; an account that was taken away meanwhile has no roles.
func TestListingBySignIn(t *testing.T) {
	d := newFixture(t)
	s := d.source()
	for range 2 {
		accounts, err := s.Accounts(t.Context(), d.step(""))
		if err != nil || len(accounts) != 1 {
			t.Fatalf("%v, %v", accounts, err)
		}
		roles, err := s.Roles(t.Context(), d.step(""), "111111111111")
		if err != nil || !slices.Equal(roles, []string{"Admin"}) {
			t.Fatalf("%v, %v", roles, err)
		}
		d.center.RevokeAccessTokens()
	}
	if roles, err := s.Roles(t.Context(), d.step(""), "999999999999"); err != nil || len(roles) != 0 {
		t.Errorf("%v, %v", roles, err)
	}
	if d.person.asked != 1 {
		t.Errorf("asked %d times", d.person.asked)
	}
}

// canned answers each request with one text.
type canned struct {
	status int
	text   string
}

func (c canned) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: c.status, Header: http.Header{"Content-Type": {"application/json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(c.text)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}, nil
}

// FuzzPortal: whatever a portal answers, what is listed has the shapes of AWS, each
// entry once, and a list that does not end is given up.
func FuzzPortal(f *testing.F) {
	for _, text := range []string{
		`{"accountList":[{"accountId":"111111111111","accountName":"a\n[profile x]","emailAddress":"a@example.com"}],"roleList":[{"roleName":"Admin","accountId":"1"}]}`,
		`{"accountList":[{"accountId":"111111111111"},{"accountId":"111111111111"},null],"nextToken":"again"}`,
		`{"accountList":null}`, `{}`, `[]`, ``, `{"__type":"com.amazonaws.switchboard.portal#TooManyRequestsException"}`, `<html>`,
		`{"roleList":[{"roleName":"a b"},{"roleName":"\u202e"},{"roleName":""}],"roleCredentials":{"expiration":-1}}`,
	} {
		f.Add(200, text)
		f.Add(403, text)
	}
	f.Fuzz(func(t *testing.T, status int, text string) {
		if status < 200 || status > 599 {
			return
		}
		synctest.Test(t, func(t *testing.T) {
			portal := NewPortal(vaultcore.SignIn{StartURL: startURL, Region: "us-east-1"}, Target{HTTP: &http.Client{Transport: canned{status, text}}})
			accounts, err := portal.Accounts(t.Context(), vaultcore.NewSecret("canary"))
			for i, a := range accounts {
				if !vaultaws.IsAccount(a.ID) || i > 0 && accounts[i-1].ID >= a.ID || vaultcore.Printable(a.Name) != a.Name || vaultcore.Printable(a.Email) != a.Email {
					t.Errorf("account %+v", a)
				}
			}
			roles, other := portal.Roles(t.Context(), vaultcore.NewSecret("canary"), "111111111111")
			for i, r := range roles {
				if !roleShape.MatchString(r) || i > 0 && roles[i-1] >= r {
					t.Errorf("role %q", r)
				}
			}
			for _, err := range []error{err, other} {
				if err != nil && strings.Contains(err.Error(), "canary") {
					t.Error("the token is in an error")
				}
			}
		})
	})
}
