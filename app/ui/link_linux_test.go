package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
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
	return p.picks, nil
}

// The address of a page that two profiles reach, of one that one does, and of one
// that none does. There is no browser, so that what is admitted fails at the end.
const (
	sharedPage  = "arn:aws:lambda:us-east-1:111111111111:function:f"
	farsPage    = "arn:aws:lambda:us-east-1:222222222222:function:f"
	nobodysPage = "arn:aws:lambda:us-east-1:333333333333:function:f"
)

func TestLinks(t *testing.T) {
	for _, c := range []struct {
		name     string
		person   passer
		pages    []string
		asked    []string
		told     string // the last notice
		signedIn int
	}{
		{"allowed once", passer{sure: true}, []string{farsPage, farsPage}, []string{"allow?"}, "The console of far could not be opened", 2},
		{"declined, and not asked again", passer{}, []string{farsPage, farsPage, sharedPage}, []string{"allow?"}, "", 0},
		{"allowed in one account", passer{sure: true}, []string{farsPage, sharedPage, farsPage}, []string{"allow?", "allow?", "bastion-system hoge-system"}, "The console of far could not be opened", 3},
		{"several profiles", passer{sure: true}, []string{sharedPage}, []string{"allow?", "bastion-system hoge-system"}, "The console of bastion-system could not be opened", 1},
		{"none of them", passer{sure: true, picks: -1}, []string{sharedPage, farsPage}, []string{"allow?", "bastion-system hoge-system"}, "", 0},
		{"nobody's account", passer{sure: true}, []string{nobodysPage}, nil, "A link could not open the console", 0},
		{"no page of AWS", passer{sure: true}, []string{"https://evil.example/"}, nil, "A link could not open the console", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, world := newService(t, inMemory)
			far := world.Server.Account("222222222222").Role("far", awstest.Trust{Principals: []string{world.Account.User("robot").ARN()}})
			extend(t, s, "[profile far]\nrole_arn = "+far.ARN()+"\nsource_profile = robot\n")
			shown := &board{}
			s.links = newLinks(&c.person, shown)
			for _, page := range c.pages {
				if _, err := s.Login(t.Context(), agent.LoginRequest{Link: true, Address: page}); err == nil {
					t.Error("there is a browser")
				}
			}
			if !slices.Equal(c.person.asked, c.asked) {
				t.Errorf("asked %q, want %q", c.person.asked, c.asked)
			}
			told := shown.told()
			if last := strings.Join(told[max(0, len(told)-1):], ""); last != c.told {
				t.Errorf("told %q, want %q", last, c.told)
			}
			if n := world.Server.Count("getSigninToken"); n != c.signedIn {
				t.Errorf("signed in %d times", n)
			}
		})
	}
}

// The person sees which page of which account a link would open, and as whom; the
// answer holds for that account.
func TestALinkIsShown(t *testing.T) {
	s, world := newService(t, inMemory)
	far := world.Server.Account("222222222222").Role("far", awstest.Trust{Principals: []string{world.Account.User("robot").ARN()}})
	extend(t, s, "[profile far]\nrole_arn = "+far.ARN()+"\nsource_profile = robot\n")
	person := passer{sure: true}
	s.links = newLinks(&person, &board{})
	if _, err := s.Login(t.Context(), agent.LoginRequest{Link: true, Address: farsPage}); err == nil {
		t.Error("there is a browser")
	}
	if len(person.shown) != 1 {
		t.Fatalf("shown %q", person.shown)
	}
	for _, part := range []string{"account 222222222222", "signed in as far", "https://us-east-1.console.aws.amazon.com/", "function"} {
		if !strings.Contains(person.shown[0], part) {
			t.Errorf("%q is not in %q", part, person.shown[0])
		}
	}
	if got := s.own(); got.Links || got.LinkAccounts != "222222222222" {
		t.Errorf("links %t, accounts %q", got.Links, got.LinkAccounts)
	}
}

// A link says where to go and nothing else.
func TestALinkNamesAnAddressOnly(t *testing.T) {
	s, world := newService(t, inMemory)
	far := world.Server.Account("222222222222").Role("far", awstest.Trust{Principals: []string{world.Account.User("robot").ARN()}})
	extend(t, s, "[profile far]\nrole_arn = "+far.ARN()+"\nsource_profile = robot\n")
	s.links = newLinks(&passer{sure: true}, &board{})
	result, err := s.Login(t.Context(), agent.LoginRequest{
		Link: true, Address: farsPage, Profile: "robot", Print: true, Duration: 2 * time.Hour, Browser: "firefox",
		Isolated: agent.IsolatedYes, Private: true, LogoutFirst: true, Region: "eu-west-1", Service: "iam", Path: "/x",
	})
	if err == nil || !result.Address.IsZero() || sessionDuration(world) != "" {
		t.Errorf("%+v, %v, SessionDuration %q", result, err, sessionDuration(world))
	}
	if n := world.Server.Count("AssumeRole"); n != 1 {
		t.Errorf("not signed in as far: %s", actions(world))
	}
}

func TestLinksPauseAfterANo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLinks(&passer{}, &board{})
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
