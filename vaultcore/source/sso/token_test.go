package sso

import (
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// TestLasted: how long a sign-in lasted is learned where it is known closely enough,
// in whole hours where one fits.
func TestLasted(t *testing.T) {
	signedIn := time.Date(2026, 1, 2, 9, 0, 0, 0, time.UTC)
	at := func(d time.Duration) time.Time { return signedIn.Add(d) }
	const m = time.Minute
	for name, test := range map[string]struct {
		issued, refused time.Time
		want            time.Duration
	}{
		"eight hours":             {at(7*time.Hour + 20*m), at(8*time.Hour + 15*m), 8 * time.Hour},
		"no whole hour fits":      {at(7*time.Hour + 5*m), at(7*time.Hour + 55*m), 7*time.Hour + 5*m},
		"a short one":             {at(0), at(15 * m), 0},
		"a night in between":      {at(7*time.Hour + 20*m), at(24 * time.Hour), 0},
		"of a version without it": {time.Time{}, at(8 * time.Hour), 0},
		"the clock was set":       {at(-time.Hour), at(time.Hour), 0},
	} {
		if got := (Token{SignedIn: signedIn, Issued: test.issued}).lasted(test.refused); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
}

// TestRecord: what the keychain keeps of a token is all of it.
func TestRecord(t *testing.T) {
	at := time.Date(2026, 1, 2, 9, 0, 0, 0, time.UTC)
	token := Token{
		Access: vaultcore.NewSecret("access"), Refresh: vaultcore.NewSecret("refresh"), Expires: at.Add(time.Hour),
		Registration: Registration{ClientID: "id", ClientSecret: vaultcore.NewSecret("secret"), Expires: at.AddDate(0, 3, 0), Grants: []string{grantCode}, Scopes: []string{"scope"}},
		Issued:       at.Add(time.Minute), SignedIn: at, Lasts: 8 * time.Hour, Mark: 7,
	}
	record, err := token.Record()
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseToken(record)
	if err != nil {
		t.Fatal(err)
	}
	again, err := got.Record()
	if err != nil || !again.Equal(record) || got.Ends() != at.Add(8*time.Hour) {
		t.Errorf("it is read as %+v: %v", got, err)
	}
}

// TestRefusedInPassing: a refresh that AWS refuses once is tried once more, before a
// person is asked.
func TestRefusedInPassing(t *testing.T) {
	d, s := signedInFixture(t)
	d.center.RevokeAccessTokens()
	d.aws.Fault(awstest.Fault{Action: "CreateToken", Times: 1, Kind: awstest.Refuse("InvalidGrantException")})
	if _, err := s.Run(t.Context(), d.step("Admin"), vaultcore.Credentials{}); err != nil || d.person.asked != 1 {
		t.Errorf("asked %d times: %v", d.person.asked, err)
	}
}

// TestEndIsLearned: after AWS has ended a sign-in, the end of the next one is expected
// after as long, also when the person signs out in between and after a restart.
func TestEndIsLearned(t *testing.T) {
	d, s := signedInFixture(t)
	if ends := s.State(d.step("Admin")).Ends; !ends.IsZero() {
		t.Errorf("the first one is expected to end at %s", ends)
	}
	s.mu.Lock()
	in := s.entryLocked(d.session)
	now := time.Now()
	in.token.SignedIn, in.token.Issued, in.token.Expires = now.Add(-8*time.Hour-10*time.Minute), now.Add(-time.Hour), now
	s.mu.Unlock()
	d.ann.EndSignIn()
	run := func(s *Source) {
		t.Helper()
		if _, err := s.Run(t.Context(), d.step("Admin"), vaultcore.Credentials{}); err != nil {
			t.Fatal(err)
		}
		state := s.State(d.step("Admin"))
		if got := state.Ends.Sub(state.SignedIn); got != 8*time.Hour {
			t.Errorf("it is expected to last %s", got)
		}
	}
	run(s)
	if _, _, err := s.SignIn(t.Context(), d.step("Admin"), vaultcore.SignInWay{Force: true}); err != nil {
		t.Fatal(err)
	}
	run(s)
	run(d.source())
}
