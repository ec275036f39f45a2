package sso

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// signedInFixture is a desk at which somebody has signed in.
func signedInFixture(t *testing.T) (fixture, *Source) {
	t.Helper()
	d := newFixture(t)
	s := d.source()
	if _, err := s.Run(t.Context(), d.step("Admin"), vaultcore.Credentials{}); err != nil {
		t.Fatal(err)
	}
	return d, s
}

// TestSignOut: after signing out there is no session at AWS and no token here, and a
// copy that the keychain gets back is of no use.
func TestSignOut(t *testing.T) {
	for _, test := range []struct {
		name   string
		before func(d fixture, s *Source) *Source
	}{
		{"in memory", func(_ fixture, s *Source) *Source { return s }},
		{"after a restart", func(d fixture, _ *Source) *Source { return d.source() }},
		{"locked meanwhile", func(_ fixture, s *Source) *Source { s.ForgetAll(); return s }},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, s := signedInFixture(t)
			kept := maps.Clone(d.keychain.records)
			s = test.before(d, s)
			was, livesOn, err := s.SignOut(t.Context(), d.step("Admin"), nil)
			if err != nil || !was || len(livesOn) != 2 {
				t.Fatalf("%t, %q, %v", was, livesOn, err)
			}
			if n := d.aws.CountOK("Logout"); n != 1 {
				t.Errorf("%d sessions ended at AWS", n)
			}
			if len(d.keychain.records) != 0 || !s.State(d.step("Admin")).SignedIn.IsZero() {
				t.Error("it is kept still")
			}
			if was, livesOn, err = s.SignOut(t.Context(), d.step("Admin"), nil); was || len(livesOn) != 0 || err != nil {
				t.Errorf("signed out once more: %t, %q, %v", was, livesOn, err)
			}
			// A keychain that could not remove its copy: the journal knows.
			_ = d.journal.EndSignIn(idOf(d.session))
			d.keychain.records = kept
			again := d.source()
			if err := again.Load(t.Context(), d.step("Admin")); err != nil || !again.Asks(d.step("Admin")) {
				t.Errorf("a copy came back: %v", err)
			}
		})
	}
}

// TestSignOutUnheard: where AWS does not answer, it has ended here, and the person
// hears what lives on.
func TestSignOutUnheard(t *testing.T) {
	d, s := signedInFixture(t)
	d.aws.Fault(awstest.Fault{Action: "Logout", Kind: awstest.Status(500)})
	was, livesOn, err := s.SignOut(t.Context(), d.step("Admin"), nil)
	if err != nil || !was {
		t.Errorf("%t, %q, %v", was, livesOn, err)
	}
	golden.Message(t, "", strings.Join(livesOn, "\n"))
	if len(d.keychain.records) != 0 || !s.Asks(d.step("Admin")) {
		t.Error("it is kept still")
	}
}

// TestSignInAgain: signing in where somebody is signed in does nothing, and by force
// ends the session at AWS first, which a new sign-in would else join.
func TestSignInAgain(t *testing.T) {
	d, s := signedInFixture(t)
	fresh, warnings, err := s.SignIn(t.Context(), d.step("Admin"), vaultcore.SignInWay{})
	if fresh || len(warnings) != 0 || err != nil || d.aws.CountOK("Authorize") != 1 {
		t.Errorf("%t, %q, %v", fresh, warnings, err)
	}
	fresh, warnings, err = s.SignIn(t.Context(), d.step("Admin"), vaultcore.SignInWay{Force: true})
	if !fresh || len(warnings) != 0 || err != nil || d.aws.CountOK("Logout") != 1 || d.aws.CountOK("Authorize") != 2 {
		t.Errorf("%t, %q, %v", fresh, warnings, err)
	}
	state := s.State(d.step("Admin"))
	if time.Since(state.SignedIn) > time.Hour || !state.Renews || !state.Expires.After(time.Now()) || state.StartURL != d.session.StartURL {
		t.Errorf("it stands at %+v", state)
	}
	d.person.answer = "no"
	if _, _, err = s.SignIn(t.Context(), d.step("Admin"), vaultcore.SignInWay{Force: true}); !errors.Is(err, vaultcore.ErrCanceled) {
		t.Errorf("got %v", err)
	}
}
