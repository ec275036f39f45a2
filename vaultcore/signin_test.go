package vaultcore_test

import (
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// TestWhoNeedsASignIn: the question says who needs it, and how many more of whatever
// profile wait.
func TestWhoNeedsASignIn(t *testing.T) {
	terraform := vaultcore.Caller{Program: "terraform", Dir: "~/infra", Profile: "dev"}
	other := vaultcore.Caller{Program: "aws", Profile: "prod"}
	for _, test := range []struct {
		waiting []vaultcore.Caller
		want    string
	}{
		{nil, ""},
		{[]vaultcore.Caller{terraform}, "terraform (in ~/infra) needs you to sign in to corp."},
		{[]vaultcore.Caller{terraform, other, other}, "terraform (in ~/infra) and 2 more need you to sign in to corp."},
		{[]vaultcore.Caller{vaultcore.Click("dev"), other}, "To sign in to corp."},
	} {
		q := vaultcore.SignInApproval("corp", "Sign in to corp?")
		q.Waiting = test.waiting
		if got := q.Who(); got != test.want {
			t.Errorf("got %q, want %q", got, test.want)
		}
	}
	if first, page := vaultcore.SignInApproval("corp", "Sign in to corp?"), vaultcore.SignInApproval("corp", "Check the code."); first.ID() != page.ID() {
		t.Error("who refused to sign in is asked again with a code")
	}
}

// TestSignInWords: the sign-in, its end and its token are told apart.
func TestSignInWords(t *testing.T) {
	now := time.Now()
	at := func(hours float64) time.Time { return now.Add(time.Duration(hours * float64(time.Hour))) }
	for name, test := range map[string]struct {
		state vaultcore.SignInState
		want  string
	}{
		"nobody":         {vaultcore.SignInState{}, "not signed in"},
		"ended":          {vaultcore.SignInState{SignedIn: at(-9), Expires: at(-1)}, "not signed in"},
		"of another":     {vaultcore.SignInState{SignedIn: at(-2), Expires: at(1), Tool: "aws sso login"}, "signed in 2 h ago with aws sso login; token ends in 1 h"},
		"just now":       {vaultcore.SignInState{SignedIn: now, Expires: at(1), Renews: true}, "signed in just now; token ends in 1 h, renews by itself"},
		"since a time":   {vaultcore.SignInState{SignedIn: at(-6), Expires: at(0.5), Renews: true, Ends: at(2)}, "signed in 6 h ago, ends in about 2 h; token ends in 30 min, renews by itself"},
		"longer than it": {vaultcore.SignInState{SignedIn: at(-9), Expires: at(0.5), Renews: true, Ends: at(-1)}, "signed in 9 h ago, ends any time now; token ends in 30 min, renews by itself"},
		"not used":       {vaultcore.SignInState{SignedIn: at(-6), Expires: at(-2), Renews: true}, "signed in 6 h ago; token renews when it is used"},
		"the old kind":   {vaultcore.SignInState{SignedIn: at(-6), Expires: at(2), Ends: at(2)}, "signed in 6 h ago, ends in about 2 h; token ends in 2 h"},
		"by another":     {vaultcore.SignInState{Expires: at(1), Renews: true}, "signed in; token ends in 1 h, renews by itself"},
	} {
		if got := test.state.Words(now); got != test.want {
			t.Errorf("%s: got %q, want %q", name, got, test.want)
		}
	}
}
