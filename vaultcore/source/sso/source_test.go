package sso

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/journal"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/person"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// keychain keeps sign-ins in memory.
type keychain struct {
	mu      sync.Mutex
	records map[string]vaultcore.Secret
}

func (k *keychain) SaveSignIn(_ context.Context, id string, record vaultcore.Secret) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.records[id] = record
	return nil
}

func (k *keychain) SignIn(_ context.Context, id string) (vaultcore.Secret, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.records[id], nil
}

func (k *keychain) RemoveSignIn(_ context.Context, id string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.records, id)
	return nil
}

func (k *keychain) RemoveSignIns(context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	clear(k.records)
	return nil
}

// visitor answers approvals, and has a browser.
type visitor struct {
	d      directory
	t      *testing.T
	answer string
	asked  int
	// meanwhile happens as the browser opens.
	meanwhile func() error
}

func (p *visitor) Ask(_ context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	p.asked++
	if !q.Allows(p.answer) {
		return vaultcore.Secret{}, vaultcore.ErrCanceled
	}
	return vaultcore.NewSecret(p.answer), nil
}

func (p *visitor) Shows(context.Context) bool { return true }

func (p *visitor) Show(_ context.Context, _ string, address vaultcore.Secret, _ string) error {
	if p.meanwhile != nil {
		if err := p.meanwhile(); err != nil {
			return err
		}
	}
	return p.d.visit(p.t, awstest.Visitor{Name: "ann"})(address.Reveal())
}

// direct carries requests without a proxy.
type direct struct{}

func (direct) For(vaultcore.Via) (http.RoundTripper, error) { return http.DefaultTransport, nil }

// fixture is a source with its person, and what its app keeps.
type fixture struct {
	directory
	person   *visitor
	keychain *keychain
	journal  *journal.Journal
}

func newFixture(t *testing.T) fixture {
	t.Helper()
	d := newDirectory(t)
	kept, err := journal.Open("")
	if err != nil {
		t.Fatal(err)
	}
	return fixture{d, &visitor{d: d, t: t, answer: "yes"}, &keychain{records: make(map[string]vaultcore.Secret)}, kept}
}

// source is that of a new app.
func (d fixture) source() *Source { return d.sourceAt(d.person, d.person) }

// sourceAt is that of a new app, before which somebody else sits.
func (d fixture) sourceAt(asker person.Asker, browsers person.Browsers) *Source {
	return NewSource(Options{
		Archive: d.keychain, Asker: asker, Browsers: browsers, Carriers: direct{}, Journal: d.journal,
		Log: slog.New(slog.DiscardHandler), Attempt: 5 * time.Second,
	})
}

func (d fixture) step(role string) plan.Step {
	return plan.Step{
		Kind: Kind, Endpoint: d.aws.URL(), Authority: d.aws.URL(),
		Source: vaultcore.Source{Kind: vaultcore.SSOSource, Account: "111111111111", Role: role, SignIn: d.session},
	}
}

// TestOneSignIn: however many want credentials, a person is asked once, also after a
// restart and when AWS has revoked the token.
func TestOneSignIn(t *testing.T) {
	d := newFixture(t)
	s := d.source()
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := s.Run(t.Context(), d.step("Admin"), vaultcore.Credentials{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if s.Asks(d.step("Admin")) {
		t.Error("a person would be asked again")
	}
	d.center.RevokeAccessTokens()
	if _, err := s.Run(t.Context(), d.step("Admin"), vaultcore.Credentials{}); err != nil {
		t.Error(err)
	}
	again := d.source()
	if !again.Asks(d.step("Admin")) {
		t.Error("it knows of a sign-in that it has not read")
	}
	if err := again.Load(t.Context(), d.step("Admin")); err != nil || again.Asks(d.step("Admin")) {
		t.Errorf("read, and a person would be asked: %v", err)
	}
	if _, err := again.Run(t.Context(), d.step("Admin"), vaultcore.Credentials{}); err != nil {
		t.Error(err)
	}
	if n := d.aws.CountOK("Authorize"); d.person.asked != 1 || n != 1 {
		t.Errorf("asked %d times, %d pages", d.person.asked, n)
	}
}

// TestNothingIsKept: what was forgotten, ended or refused gives no credentials
// without a person.
func TestNothingIsKept(t *testing.T) {
	for name, end := range map[string]func(d fixture, s *Source) error{
		"cleared":                       func(_ fixture, s *Source) error { s.EndAll(); return s.RemoveAll(t.Context()) },
		"cleared, and a copy came back": func(d fixture, s *Source) error { s.ForgetAll(); return d.journal.EndAll() },
		"ended at AWS":                  func(d fixture, _ *Source) error { d.ann.EndSignIn(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			d := newFixture(t)
			s := d.source()
			if _, err := s.Run(t.Context(), d.step("Admin"), vaultcore.Credentials{}); err != nil {
				t.Fatal(err)
			}
			d.person.answer = "no"
			if err := end(d, s); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Run(t.Context(), d.step("Admin"), vaultcore.Credentials{}); !errors.Is(err, vaultcore.ErrCanceled) {
				t.Errorf("got %v", err)
			}
			if state := s.State(d.step("Admin")); !s.Asks(d.step("Admin")) || state.Lives(time.Now()) || !state.SignedIn.IsZero() {
				t.Errorf("it is taken for a sign-in that lives: %+v", state)
			}
			if d.person.asked != 2 {
				t.Errorf("asked %d times", d.person.asked)
			}
		})
	}
}

// TestLockedForgets: a lock leaves nothing in memory, and the keychain all.
func TestLockedForgets(t *testing.T) {
	d := newFixture(t)
	s := d.source()
	if _, err := s.Run(t.Context(), d.step("Admin"), vaultcore.Credentials{}); err != nil {
		t.Fatal(err)
	}
	s.ForgetAll()
	if !s.Asks(d.step("Admin")) {
		t.Error("a token is left in memory")
	}
	if _, err := s.Run(t.Context(), d.step("Admin"), vaultcore.Credentials{}); err != nil || d.person.asked != 1 {
		t.Errorf("asked %d times: %v", d.person.asked, err)
	}
}

// TestARoleThatIsNotGiven is no reason to sign in again.
func TestARoleThatIsNotGiven(t *testing.T) {
	d := newFixture(t)
	s := d.source()
	for range 2 {
		if _, err := s.Run(t.Context(), d.step("Other"), vaultcore.Credentials{}); !errors.Is(err, vaultcore.ErrRefused) {
			t.Errorf("got %v", err)
		}
	}
	if d.person.asked != 1 {
		t.Errorf("asked %d times", d.person.asked)
	}
}

// TestEndedWhileItIsMade: a sign-in that is ended, or dropped by a lock, while a
// person is at AWS's page comes back neither to memory nor from the keychain.
func TestEndedWhileItIsMade(t *testing.T) {
	for name, test := range map[string]struct {
		meanwhile func(d fixture, s *Source) error
		saved     int
		want      error
	}{
		"ended": {func(d fixture, s *Source) error {
			s.EndAll()
			return errors.Join(d.journal.EndAll(), s.RemoveAll(t.Context()))
		}, 0, vaultcore.ErrCanceled},
		"locked": {func(_ fixture, s *Source) error { s.ForgetAll(); return nil }, 1, nil},
	} {
		t.Run(name, func(t *testing.T) {
			d := newFixture(t)
			s := d.source()
			d.person.meanwhile = func() error { return test.meanwhile(d, s) }
			if _, err := s.Run(t.Context(), d.step("Admin"), vaultcore.Credentials{}); !errors.Is(err, test.want) {
				t.Fatalf("got %v", err)
			}
			if !s.Asks(d.step("Admin")) {
				t.Error("a token is in memory")
			}
			if n := len(d.keychain.records); n != test.saved {
				t.Errorf("%d sign-ins are saved", n)
			}
		})
	}
}
