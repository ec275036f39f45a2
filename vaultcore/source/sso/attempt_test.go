package sso

import (
	"context"
	"errors"
	"regexp"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// waiting waits until so many wait for a token.
func (s *Source) waiting(of vaultcore.SignIn, n int) {
	for {
		s.mu.Lock()
		a := s.entryLocked(of).attempt
		var changed <-chan struct{}
		got := 0
		if a != nil {
			changed, got = a.changed.Next(), len(a.waiters)
		}
		s.mu.Unlock()
		if got == n {
			return
		}
		<-changed
	}
}

// TestWhoStartedLeaves: the one for whom a page was opened leaves, and those who want
// other roles of the same sign-in are served by it all the same; when the last one
// leaves, it ends.
func TestWhoStartedLeaves(t *testing.T) {
	d := newDesk(t)
	s := d.source()
	first, leave := context.WithCancel(t.Context())
	others := make(chan error, 5)
	d.person.meanwhile = func() error {
		for range cap(others) {
			go func() {
				_, err := s.Run(t.Context(), d.step("Admin"), vaultcore.Credentials{})
				others <- err
			}()
		}
		s.waiting(d.session, 1+cap(others))
		leave()
		s.waiting(d.session, cap(others))
		return nil
	}
	if _, err := s.Run(first, d.step("Admin"), vaultcore.Credentials{}); !errors.Is(err, context.Canceled) {
		t.Errorf("who left: %v", err)
	}
	for range cap(others) {
		if err := <-others; err != nil {
			t.Error(err)
		}
	}
	if n := d.aws.Count("Authorize"); n != 1 || d.person.asked != 1 {
		t.Errorf("%d pages, asked %d times", n, d.person.asked)
	}
}

// TestAllLeave: a sign-in that nobody waits for ends.
func TestAllLeave(t *testing.T) {
	d := newDesk(t)
	s := d.source()
	ctx, leave := context.WithCancel(t.Context())
	ended := make(chan struct{})
	s.options.Browsers = stuck{d.person, leave, ended}
	if _, err := s.Run(ctx, d.step("Admin"), vaultcore.Credentials{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	<-ended
}

// stuck is a browser that does not come up; the one who waits for it leaves.
type stuck struct {
	*person
	leave func()
	ended chan struct{}
}

func (b stuck) Show(ctx context.Context, _ vaultcore.Secret, _ string) error {
	b.leave()
	<-ctx.Done()
	close(b.ended)
	return ctx.Err()
}

// watched tells under which context a page is shown.
type watched struct {
	*person
	opened chan context.Context
}

func (w watched) Show(ctx context.Context, address vaultcore.Secret, proxy string) error {
	w.opened <- ctx
	return w.person.Show(ctx, address, proxy)
}

// TestAllAreAsked: whoever waits for any role is in the audience.
func TestAllAreAsked(t *testing.T) {
	d := newDesk(t)
	s := d.source()
	one, two := &vaultcore.Caller{PID: 1}, &vaultcore.Caller{PID: 2}
	as := func(c *vaultcore.Caller) context.Context {
		return vaultcore.WithAudience(t.Context(), vaultcore.Alone(c))
	}
	opened, second := make(chan context.Context, 1), make(chan error, 1)
	s.options.Browsers = watched{d.person, opened}
	d.person.meanwhile = func() error {
		go func() {
			_, err := s.Run(as(two), d.step("Admin"), vaultcore.Credentials{})
			second <- err
		}()
		s.waiting(d.session, 2)
		if got := vaultcore.AudienceOf(<-opened).Callers(); len(got) != 2 || got[0] != one || got[1] != two {
			t.Errorf("in the audience: %v", got)
		}
		return nil
	}
	if _, err := s.Run(as(one), d.step("Admin"), vaultcore.Credentials{}); err != nil {
		t.Error(err)
	}
	if err := <-second; err != nil {
		t.Error(err)
	}
}

// remote is a person who signs in elsewhere, with the code that they were shown at a
// terminal which is gone before they have finished.
type remote struct {
	*person
	codes chan string
}

func (r remote) Shows(context.Context) bool { return false }

func (r remote) Ask(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	if q.Allows(answerYes) {
		return r.person.Ask(ctx, q)
	}
	r.codes <- q.Subject
	return vaultcore.Secret{}, &vaultcore.Fault{Kind: vaultcore.ErrNobodyToAsk, Cause: vaultcore.ErrAskedLeft}
}

var deviceWords = regexp.MustCompile(`open (\S+) and compare the code ([A-Z]{4}-[A-Z]{4})`)

// TestTheTerminalLeaves: a device code that was shown once is good for those who still
// wait, though nobody is there any more who could say no.
func TestTheTerminalLeaves(t *testing.T) {
	d := newDesk(t)
	s := d.source()
	codes := make(chan string, 1)
	s.options.Browsers, s.options.Asker = remote{d.person, codes}, remote{d.person, codes}
	got := make(chan error, 1)
	go func() {
		_, err := s.Run(t.Context(), d.step("Admin"), vaultcore.Credentials{})
		got <- err
	}()
	words := deviceWords.FindStringSubmatch(<-codes)
	if words == nil {
		t.Fatal("no code was shown")
	}
	ann := awstest.Visitor{Name: "ann"}
	if _, err := ann.Visit(t.Context(), awstest.NewBrowser(), words[1]+"?user_code="+words[2]); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Error(err)
	}
}
