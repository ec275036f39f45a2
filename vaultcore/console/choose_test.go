package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
)

const (
	annARN   = "arn:aws:iam::111111111111:user/team/ann"
	adminARN = "arn:aws:iam::222222222222:role/admin"
	rootARN  = "arn:aws:iam::111111111111:root"
	mfaARN   = "arn:aws:iam::111111111111:mfa/ann"
)

func TestChoose(t *testing.T) {
	cases := []struct {
		name  string
		facts Facts
	}{
		{"user", Facts{Kind: User, ARN: annARN}},
		{"user, 2 h", Facts{Kind: User, ARN: annARN, Wanted: 2 * time.Hour}},
		{"user, 48 h", Facts{Kind: User, ARN: annARN, Wanted: 48 * time.Hour}},
		{"user, 1 min", Facts{Kind: User, ARN: annARN, Wanted: time.Minute}},
		{"user, name not known", Facts{Kind: User}},
		{"user with an MFA device", Facts{Kind: User, ARN: annARN, MFASerial: mfaARN}},
		{"root", Facts{Kind: User, ARN: rootARN}},
		{"root, 8 h", Facts{Kind: User, ARN: rootARN, Wanted: 8 * time.Hour}},
		{"role over a session", Facts{Kind: Role, ARN: adminARN}},
		{"role over a session, 30 min", Facts{Kind: Role, ARN: adminARN, Wanted: 30 * time.Minute}},
		{"role over a session, 8 h", Facts{Kind: Role, ARN: adminARN, Wanted: 8 * time.Hour}},
		{"role over an MFA session", Facts{Kind: Role, ARN: adminARN, MFASerial: mfaARN}},
		{"role by a token", Facts{Kind: TokenRole, ARN: adminARN}},
		{"role by a token, 8 h", Facts{Kind: TokenRole, ARN: adminARN, Wanted: 8 * time.Hour}},
		{"role by a token, 13 h", Facts{Kind: TokenRole, ARN: adminARN, Wanted: 13 * time.Hour}},
		{"issued session", Facts{Kind: Issued, ARN: adminARN}},
		{"issued session, 8 h", Facts{Kind: Issued, ARN: adminARN, Wanted: 8 * time.Hour}},
		{"direct role", Facts{Kind: DirectRole, ARN: adminARN}},
		{"direct role, 12 h", Facts{Kind: DirectRole, ARN: adminARN, Wanted: 12 * time.Hour}},
		{"direct role, 90.5 min", Facts{Kind: DirectRole, ARN: adminARN, Wanted: 90*time.Minute + 500*time.Millisecond}},
		{"direct role, 13 h", Facts{Kind: DirectRole, ARN: adminARN, Wanted: 13 * time.Hour}},
		{"direct role, 10 min", Facts{Kind: DirectRole, ARN: adminARN, Wanted: 10 * time.Minute}},
	}
	var b strings.Builder
	for _, c := range cases {
		fmt.Fprintf(&b, "%s\n", c.name)
		choice := Choose(c.facts)
		if choice.Federation == (Federation{}) {
			fmt.Fprint(&b, "    as it is")
		} else {
			fmt.Fprintf(&b, "    federated as %s for %s", choice.Federation.Name, choice.Federation.Duration)
		}
		if choice.SessionDuration != 0 {
			fmt.Fprintf(&b, ", SessionDuration %d", int(choice.SessionDuration/time.Second))
		}
		if choice.WithoutMFA {
			fmt.Fprint(&b, ", without MFA")
		}
		if choice.Otherwise != "" {
			fmt.Fprintf(&b, "\n    told: %s", choice.Otherwise)
		}
		fmt.Fprintf(&b, "\n      %s\n", strings.Join(choice.Reasons, "\n      "))
	}
	golden(t, "choices.golden", b.String())
}

// What is chosen is within AWS's limits, whatever is asked for.
func TestChoicesAreWithinLimits(t *testing.T) {
	for _, kind := range []Kind{User, Role, TokenRole, Issued, DirectRole} {
		for _, arn := range []string{"", annARN, adminARN, rootARN} {
			for _, wanted := range []time.Duration{-time.Hour, 0, time.Second, 20 * time.Minute, 11 * time.Hour, 1000 * time.Hour} {
				checkLimits(t, Facts{Kind: kind, ARN: arn, Wanted: wanted})
			}
		}
	}
}

func checkLimits(t *testing.T, f Facts) {
	t.Helper()
	c := Choose(f)
	d := c.SessionDuration
	if d != 0 && (f.Kind != DirectRole || d < 15*time.Minute || d > 12*time.Hour || d%time.Second != 0) {
		t.Errorf("%+v: SessionDuration %s", f, d)
	}
	d = c.Federation.Duration
	if (f.Kind == User) != (d >= 15*time.Minute && d <= 36*time.Hour && c.Federation.Policy != "") {
		t.Errorf("%+v: %+v", f, c.Federation)
	}
	if len(c.Reasons) == 0 {
		t.Errorf("%+v: no reason", f)
	}
}

func TestFederationName(t *testing.T) {
	cases := map[string]string{
		annARN:                                                      "ann",
		"arn:aws:iam::111111111111:user/a":                          "vaultbar-a",
		"arn:aws:iam::111111111111:user/a/b@c":                      "b@c",
		"arn:aws:iam::111111111111:user/x y":                        "vaultbar", // no ARN
		"arn:aws:iam::111111111111:user/a*b(c)":                     "a-b-c-",
		"arn:aws:iam::111111111111:user/" + strings.Repeat("n", 64): strings.Repeat("n", 32),
		rootARN: "root",
		"":      "vaultbar",
	}
	for text, want := range cases {
		a, _ := aws.ParseARN(text)
		if got := federationName(a); got != want || len(got) < 2 || len(got) > 32 {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}

func TestPolicyGrantsEverything(t *testing.T) {
	var policy struct {
		Version   string
		Statement []struct{ Effect, Action, Resource string }
	}
	if err := json.Unmarshal([]byte(everything), &policy); err != nil {
		t.Fatal(err)
	}
	if s := policy.Statement[0]; policy.Version != "2012-10-17" || s.Effect+s.Action+s.Resource != "Allow**" {
		t.Errorf("%+v", policy)
	}
}

func TestFederationDenied(t *testing.T) {
	mfa, other := FederationDenied("bastion", Denial{Outright: true, HasDevice: true}), FederationDenied("bastion", Denial{Outright: true})
	plain, unsaid := FederationDenied("bastion", Denial{Unallowed: true, HasDevice: true}), FederationDenied("bastion", Denial{HasDevice: true})
	if !errors.Is(mfa, ErrDemandsMFA) || !errors.Is(mfa, vaultcore.ErrRefused) || !strings.Contains(mfa.Hint, "role whose trust policy checks MFA") {
		t.Errorf("%v (%s)", mfa, mfa.Hint)
	}
	if errors.Is(other, ErrDemandsMFA) || !errors.Is(other, vaultcore.ErrRefused) || strings.Contains(other.Message+other.Hint, "MFA") {
		t.Errorf("a user without a device: %v (%s)", other, other.Hint)
	}
	if errors.Is(plain, ErrDemandsMFA) || !errors.Is(plain, vaultcore.ErrRefused) || !strings.Contains(plain.Hint, "allow sts:GetFederationToken") {
		t.Errorf("%v (%s)", plain, plain.Hint)
	}
	if strings.Contains(unsaid.Message, "no policy allows") || !strings.Contains(unsaid.Hint, "without MFA") || !strings.Contains(unsaid.Hint, "allow sts:GetFederationToken") {
		t.Errorf("without a cause: %v (%s)", unsaid, unsaid.Hint)
	}
	for _, text := range []string{unsaid.Message, unsaid.Hint, mfa.Message, mfa.Hint, plain.Message, plain.Hint, other.Message, other.Hint, ExplainMFA("bastion"), MenuWithoutMFA, withoutMFA} {
		if strings.Contains(text, "111111111111") || text == "" || strings.Contains(text, "\n") {
			t.Errorf("%q", text)
		}
	}
	if !strings.Contains(ExplainMFA("prod\u202e\n"), "console of prod denies") {
		t.Error(ExplainMFA("prod\u202e\n"))
	}
}
