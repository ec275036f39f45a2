package sso

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/ssocache"
)

// withTools is a desk with a home folder, whose person shares sign-ins or not.
type withTools struct {
	fixture
	home   string
	shares bool
}

func newFixtureWithTools(t *testing.T) *withTools {
	t.Helper()
	return &withTools{fixture: newFixture(t), home: t.TempDir()}
}

func (d *withTools) source() *Source {
	s := d.fixture.source()
	s.options.Cache, s.options.Share = ssocache.Home(d.home), func() bool { return d.shares }
	return s
}

// file is what AWS's tools have of the sign-in; empty for none.
func (d *withTools) file(t *testing.T) (path, text string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(d.home, ".aws", "sso", "cache", "*.json"))
	if err != nil || len(files) > 1 {
		t.Fatal(files, err)
	}
	if len(files) == 0 {
		return "", ""
	}
	bytes, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return files[0], string(bytes)
}

// awsSignsIn has ann sign in with AWS's command line, and returns what that leaves.
func (d *withTools) awsSignsIn(t *testing.T, expires time.Time) string {
	t.Helper()
	token := d.signIn(t)
	cache := ssocache.Home(d.home)
	if err := cache.Write(d.session, ssocache.Token{Access: token.Access, Expires: expires}); err != nil {
		t.Fatal(err)
	}
	path, text := d.file(t)
	text = strings.Replace(text, `"writtenBy":"vaultbar"`,
		`"clientId": "c", "clientSecret": "s", "registrationExpiresAt": "2035-01-01T00:00:00Z", "refreshToken": "`+token.Refresh.Reveal()+`"`, 1)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return text
}

// TestTheirs: a sign-in of AWS's own tools is used while it lives, without a question
// and without a touch; it is neither refreshed nor signed out of.
func TestTheirs(t *testing.T) {
	d := newFixtureWithTools(t)
	left := d.awsSignsIn(t, time.Now().Add(time.Hour))
	s, step := d.source(), d.step("Admin")
	if state := s.State(step); s.Asks(step) || state.Tool != "aws sso login" || state.SignedIn.IsZero() || state.Renews {
		t.Errorf("%+v", state)
	}
	for range 3 {
		if _, err := s.Run(t.Context(), step, vaultcore.Credentials{}); err != nil {
			t.Fatal(err)
		}
	}
	was, livesOn, err := s.SignOut(t.Context(), step, nil)
	if was || err != nil || !slices.ContainsFunc(livesOn, func(what string) bool { return strings.Contains(what, "aws sso logout") }) {
		t.Errorf("signed out: %v, %q, %v", was, livesOn, err)
	}
	if _, text := d.file(t); text != left {
		t.Errorf("the file became\n%s", text)
	}
	if n, m := d.aws.Count("CreateToken"), d.aws.Count("Logout"); d.person.asked != 0 || n != 1 || m != 0 || len(d.keychain.records) != 0 {
		t.Errorf("asked %d times, %d tokens, %d times signed out, %d saved", d.person.asked, n, m, len(d.keychain.records))
	}

	// When AWS does not take it any more the person is asked, once.
	d.center.RevokeAccessTokens()
	if _, err := s.Run(t.Context(), step, vaultcore.Credentials{}); err != nil || d.person.asked != 1 {
		t.Errorf("revoked: asked %d times, %v", d.person.asked, err)
	}
	if state := s.State(step); state.Tool != "" || !state.Renews {
		t.Errorf("%+v", state)
	}
}

// TestTheirsIsNoMore: one that has ended, or that others could have put there, counts
// for nothing; and who asks to sign in themselves gets a sign-in that is refreshed.
func TestTheirsIsNoMore(t *testing.T) {
	for name, c := range map[string]struct {
		expires time.Duration
		spoil   func(path string) error
	}{
		"ended":        {-time.Minute, nil},
		"nearly ended": {30 * time.Second, nil},
		"not private":  {time.Hour, func(path string) error { return os.Chmod(path, 0o666) }},
	} {
		t.Run(name, func(t *testing.T) {
			d := newFixtureWithTools(t)
			d.awsSignsIn(t, time.Now().Add(c.expires))
			if path, _ := d.file(t); c.spoil != nil {
				if err := c.spoil(path); err != nil {
					t.Fatal(err)
				}
			}
			s, step := d.source(), d.step("Admin")
			if state := s.State(step); !s.Asks(step) || state.Tool != "" || !state.SignedIn.IsZero() {
				t.Errorf("%+v", state)
			}
			if _, err := s.Run(t.Context(), step, vaultcore.Credentials{}); err != nil || d.person.asked != 1 {
				t.Errorf("asked %d times, %v", d.person.asked, err)
			}
		})
	}
	d := newFixtureWithTools(t)
	d.awsSignsIn(t, time.Now().Add(time.Hour))
	s := d.source()
	if fresh, _, err := s.SignIn(t.Context(), d.step("Admin"), vaultcore.SignInWay{}); err != nil || !fresh || !s.State(d.step("Admin")).Renews {
		t.Errorf("signed in: %v, %v", fresh, err)
	}
}

// TestShared: a shared sign-in is there while it is in memory and the person wants it
// so, without what it could be refreshed with; another tool's stays in its place.
func TestShared(t *testing.T) {
	d := newFixtureWithTools(t)
	s, step := d.source(), d.step("Admin")
	shared := func(when string, want bool) {
		t.Helper()
		_, text := d.file(t)
		if token := s.atHand(d.session); want != (text != "") || want && !strings.Contains(text, token.Access.Reveal()) {
			t.Errorf("%s: %d bytes", when, len(text))
		}
		for _, secret := range []vaultcore.Secret{s.atHand(d.session).Refresh, s.atHand(d.session).Registration.ClientSecret} {
			if !secret.IsZero() && strings.Contains(text, secret.Reveal()) {
				t.Errorf("%s: a secret is there", when)
			}
		}
	}
	run := func() {
		t.Helper()
		if _, err := s.Run(t.Context(), step, vaultcore.Credentials{}); err != nil {
			t.Fatal(err)
		}
	}
	run()
	shared("not wanted", false)
	d.shares = true
	s.ShareAnew()
	shared("wanted", true)
	s.ForgetAll()
	shared("locked", false)
	run()
	shared("unlocked, and used", true)
	d.center.RevokeAccessTokens()
	run()
	shared("refreshed", true)
	d.shares = false
	s.ShareAnew()
	shared("not wanted any more", false)
	d.shares = true
	s.ShareAnew()
	if _, _, err := s.SignOut(t.Context(), step, nil); err != nil {
		t.Error(err)
	}
	shared("signed out", false)
	run()
	shared("signed in again", true)
	s.EndAll()
	shared("cleared", false)

	left := d.awsSignsIn(t, time.Now().Add(time.Hour))
	if _, _, err := s.SignIn(t.Context(), step, vaultcore.SignInWay{}); err != nil {
		t.Fatal(err)
	}
	s.EndAll()
	if _, text := d.file(t); text != left {
		t.Errorf("another tool's became\n%s", text)
	}
}

// TestSharedByADeadApp: what an app that was killed has left is gone when the next one
// starts.
func TestSharedByADeadApp(t *testing.T) {
	d := newFixtureWithTools(t)
	d.shares = true
	if _, err := d.source().Run(t.Context(), d.step("Admin"), vaultcore.Credentials{}); err != nil {
		t.Fatal(err)
	}
	if _, text := d.file(t); text == "" {
		t.Fatal("nothing is shared")
	}
	NewSource(Options{Cache: ssocache.Home(d.home), Log: d.fixture.source().options.Log})
	if _, text := d.file(t); text != "" {
		t.Error("it is there still")
	}
}

// inside carries requests without a socket.
type inside struct{ http.RoundTripper }

func (i inside) For(vaultcore.Via) (http.RoundTripper, error) { return i.RoundTripper, nil }

// TestSharedIsRefreshedWhereThatIsAllowed: a way that nobody has allowed, as of a config
// that was edited, is sent nothing by what nobody waits for.
func TestSharedIsRefreshedWhereThatIsAllowed(t *testing.T) {
	d := newFixtureWithTools(t)
	d.shares = true
	token := d.signIn(t)
	synctest.Test(t, func(t *testing.T) {
		token.Expires = time.Now().Add(time.Hour)
		record, err := token.Record()
		if err != nil {
			t.Fatal(err)
		}
		s := d.source()
		s.options.Carriers = inside{d.aws}
		s.options.Allows = func(step plan.Step) bool { return step.Authority != d.aws.URL() }
		refreshed := d.aws.Count("CreateToken")
		if err := errors.Join(d.keychain.SaveSignIn(t.Context(), idOf(d.session), record), s.Load(t.Context(), d.step("Admin"))); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Hour)
		synctest.Wait()
		if n := d.aws.Count("CreateToken"); n != refreshed {
			t.Errorf("refreshed %d times", n-refreshed)
		}
	})
}

// TestSharedIsKeptFresh: what is shared is refreshed ahead of its end though no program
// asks, until it is locked or has ended at AWS.
func TestSharedIsKeptFresh(t *testing.T) {
	d := newFixtureWithTools(t)
	d.shares = true
	token := d.signIn(t)
	synctest.Test(t, func(t *testing.T) {
		token.Expires = time.Now().Add(time.Hour)
		record, err := token.Record()
		if err != nil {
			t.Fatal(err)
		}
		s := d.source()
		s.options.Carriers = inside{d.aws}
		if err := errors.Join(d.keychain.SaveSignIn(t.Context(), idOf(d.session), record), s.Load(t.Context(), d.step("Admin"))); err != nil {
			t.Fatal(err)
		}
		_, before := d.file(t)
		for range 5 {
			time.Sleep(time.Hour)
			synctest.Wait()
			_, text := d.file(t)
			if text == before || !strings.Contains(text, s.atHand(d.session).Access.Reveal()) || !s.atHand(d.session).lives(time.Now()) {
				t.Fatalf("after an hour: %t", text == before)
			}
			before = text
		}
		refreshed := d.aws.Count("CreateToken")
		s.ForgetAll()
		time.Sleep(5 * time.Hour)
		synctest.Wait()
		if n := d.aws.Count("CreateToken"); n != refreshed {
			t.Errorf("refreshed %d times while locked", n-refreshed)
		}
	})
}
