package ui

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
)

// passer is a person who is asked about links.
type passer struct {
	sure  bool
	picks int
	asked []string // what was asked, in order
	shown []string // the text of each question whether to open
}

func (p *passer) Confirm(_ context.Context, m dialog.Message) (bool, error) {
	p.asked = append(p.asked, "allow?")
	p.shown = append(p.shown, m.Text)
	return p.sure, nil
}

func (p *passer) Pick(_ context.Context, _, _ string, lines []string) (int, error) {
	p.asked = append(p.asked, strings.Join(lines, " "))
	if p.picks < 0 {
		return -1, vaultcore.ErrCanceled
	}
	return p.picks, nil
}

// The address of a page that two profiles reach, of one that one does, and of one
// that none does.
const (
	sharedPage  = "arn:aws:lambda:us-east-1:111111111111:function:f"
	farsPage    = "arn:aws:lambda:us-east-1:222222222222:function:f"
	nobodysPage = "arn:aws:lambda:us-east-1:333333333333:function:f"
	anyonesPage = "arn:aws:s3:::bucket"
)

// linkVault is a vault that signs in, and keeps the accounts whose links are followed.
type linkVault struct {
	*testkit.FakeService
	own settings.Settings
}

func newLinkVault() *linkVault {
	return &linkVault{FakeService: &testkit.FakeService{
		Results:  map[string]agent.CredentialsResult{"far": {}, "bastion-system": {}, "hoge-system": {}},
		Accounts: map[string][]string{sharedPage: {"bastion-system", "hoge-system"}, farsPage: {"far"}, anyonesPage: {"far"}},
		Options:  []agent.Setting{{Key: "link_accounts"}},
		SignedIn: agent.LoginResult{Browser: "Firefox"},
	}}
}

func (v *linkVault) AccountLabel(account string) string {
	return vaultcore.AccountLabel(account, "acme")
}

func (v *linkVault) Account(_ context.Context, profile string) string {
	return map[string]string{"far": "222222222222"}[profile]
}

func (v *linkVault) Set(ctx context.Context, r agent.SetRequest) error {
	v.own.LinkAccounts = r.Value
	return v.FakeService.Set(ctx, r)
}

// signIns are the requests to sign in that came through.
func (v *linkVault) signIns() (all []agent.LoginRequest) {
	for _, call := range v.Calls() {
		if r, ok := call.Request.(agent.LoginRequest); ok {
			all = append(all, r)
		}
	}
	return all
}

func (v *linkVault) links(person *passer, shown *recorder) *Links {
	l := NewLinks(v, func() settings.Settings { return v.own }, &Desktop{notifier: shown, log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	l.asker = person
	return l
}

func TestLinks(t *testing.T) {
	for _, c := range []struct {
		name     string
		person   passer
		pages    []string
		asked    []string
		titles   string // the last notice
		signedIn int
	}{
		{"allowed once", passer{sure: true}, []string{farsPage, farsPage}, []string{"allow?"}, "Signed in to the console as far", 2},
		{"declined, and not asked again", passer{}, []string{farsPage, farsPage, sharedPage}, []string{"allow?"}, "", 0},
		{"allowed in one account", passer{sure: true}, []string{farsPage, sharedPage, farsPage}, []string{"allow?", "allow?", "bastion-system hoge-system"}, "Signed in to the console as far", 3},
		{"a page of no account", passer{sure: true}, []string{anyonesPage, farsPage}, []string{"allow?"}, "Signed in to the console as far", 2},
		{"several profiles", passer{sure: true}, []string{sharedPage}, []string{"allow?", "bastion-system hoge-system"}, "Signed in to the console as bastion-system", 1},
		{"none of them", passer{sure: true, picks: -1}, []string{sharedPage, farsPage}, []string{"allow?", "bastion-system hoge-system"}, "", 0},
		{"nobody's account", passer{sure: true}, []string{nobodysPage}, nil, "A link could not open the console", 0},
		{"no page of AWS", passer{sure: true}, []string{"https://evil.example/"}, nil, "A link could not open the console", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			v, shown := newLinkVault(), &recorder{}
			l := v.links(&c.person, shown)
			for _, page := range c.pages {
				_, err := l.Login(t.Context(), agent.LoginRequest{Link: true, Address: page})
				if (err == nil) != (c.signedIn > 0) {
					t.Errorf("%s: %v", page, err)
				}
			}
			if !slices.Equal(c.person.asked, c.asked) {
				t.Errorf("asked %q, want %q", c.person.asked, c.asked)
			}
			titles := shown.titles()
			if last := strings.Join(titles[max(0, len(titles)-1):], ""); last != c.titles {
				t.Errorf("told %q, want %q", last, c.titles)
			}
			if n := len(v.signIns()); n != c.signedIn {
				t.Errorf("signed in %d times", n)
			}
		})
	}
}

func TestALinkThatFailsIsTold(t *testing.T) {
	v, shown := newLinkVault(), &recorder{}
	v.Errors = map[string]error{"login": vaultcore.ErrRefused}
	_, err := v.links(&passer{sure: true}, shown).Login(t.Context(), agent.LoginRequest{Link: true, Address: farsPage})
	if want := []string{"The console of far could not be opened"}; !errors.Is(err, vaultcore.ErrRefused) || !slices.Equal(shown.titles(), want) {
		t.Errorf("%v, told %q", err, shown.titles())
	}
}

// The person sees which page of which account a link would open, and as whom; the
// answer holds for that account.
func TestALinkIsShown(t *testing.T) {
	v, person := newLinkVault(), &passer{sure: true}
	if _, err := v.links(person, &recorder{}).Login(t.Context(), agent.LoginRequest{Link: true, Address: farsPage}); err != nil {
		t.Error(err)
	}
	if len(person.shown) != 1 {
		t.Fatalf("shown %q", person.shown)
	}
	for _, part := range []string{"account 222222222222 (acme)", "signed in as far", "https://us-east-1.console.aws.amazon.com/", "function"} {
		if !strings.Contains(person.shown[0], part) {
			t.Errorf("%q is not in %q", part, person.shown[0])
		}
	}
	if v.own.Links || v.own.LinkAccounts != "222222222222" {
		t.Errorf("links %t, accounts %q", v.own.Links, v.own.LinkAccounts)
	}
}

// A link says where to go and nothing else, and a page can open it by itself: it is
// no click.
func TestALinkNamesAnAddressOnly(t *testing.T) {
	v := newLinkVault()
	_, err := v.links(&passer{sure: true}, &recorder{}).Login(t.Context(), agent.LoginRequest{
		Link: true, Address: farsPage, Profile: "robot", Print: true, Duration: 2 * time.Hour, Browser: "firefox",
		Isolated: agent.IsolatedYes, Private: true, LogoutFirst: true, Region: "eu-west-1", Service: "iam", Path: "/x",
	})
	if err != nil || len(v.signIns()) != 1 {
		t.Fatalf("%v, signed in %d times", err, len(v.signIns()))
	}
	got := v.signIns()[0]
	clicked := got.Caller.Clicked
	got.Caller = vaultcore.Caller{}
	if want := (agent.LoginRequest{Profile: "far", Address: farsPage}); !reflect.DeepEqual(got, want) || clicked {
		t.Errorf("%+v, a click: %t", got, clicked)
	}
}

func TestLinksPauseAfterANo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLinkVault().links(&passer{}, &recorder{})
		followed := 0
		follow := func(err error) error {
			return l.follow(t.Context(), func() error { followed++; return err })
		}
		no := vaultcore.Faultf(vaultcore.ErrCanceled, "no")
		_ = follow(nil)
		_ = follow(no)
		for range 5 {
			time.Sleep(linkPause/5 - time.Second)
			if err := follow(nil); !errors.Is(err, vaultcore.ErrCanceled) {
				t.Errorf("during the pause: %v", err)
			}
		}
		time.Sleep(5 * time.Second)
		if err := follow(nil); err != nil || followed != 3 {
			t.Errorf("after the pause: %v, followed %d", err, followed)
		}
	})
}
