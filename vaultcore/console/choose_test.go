package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
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
		{"plain user", Facts{Kind: LongTerm, ARN: annARN, HasKey: true}},
		{"plain user, 2 h", Facts{Kind: LongTerm, ARN: annARN, HasKey: true, Wanted: 2 * time.Hour}},
		{"plain user, 48 h", Facts{Kind: LongTerm, ARN: annARN, HasKey: true, Wanted: 48 * time.Hour}},
		{"plain user, 1 min", Facts{Kind: LongTerm, ARN: annARN, HasKey: true, Wanted: time.Minute}},
		{"plain user, name not known", Facts{Kind: LongTerm, HasKey: true}},
		{"long-term key from elsewhere", Facts{Kind: LongTerm, ARN: annARN}},
		{"root", Facts{Kind: LongTerm, ARN: rootARN, HasKey: true}},
		{"root, 8 h", Facts{Kind: LongTerm, ARN: rootARN, HasKey: true, Wanted: 8 * time.Hour}},
		{"user with MFA session", Facts{Kind: User, ARN: annARN, HasKey: true, MFASerial: mfaARN}},
		{"user session without the key", Facts{Kind: User, ARN: annARN}},
		{"role over a session", Facts{Kind: Role, ARN: adminARN, HasKey: true}},
		{"role over a session, 8 h", Facts{Kind: Role, ARN: adminARN, HasKey: true, Wanted: 8 * time.Hour}},
		{"role over an MFA session", Facts{Kind: Role, ARN: adminARN, HasKey: true, MFASerial: mfaARN}},
		{"direct role", Facts{Kind: DirectRole, ARN: adminARN}},
		{"direct role, 12 h", Facts{Kind: DirectRole, ARN: adminARN, Wanted: 12 * time.Hour}},
		{"direct role, 90.5 min", Facts{Kind: DirectRole, ARN: adminARN, Wanted: 90*time.Minute + 500*time.Millisecond}},
		{"direct role, 13 h", Facts{Kind: DirectRole, ARN: adminARN, Wanted: 13 * time.Hour}},
		{"direct role, 10 min", Facts{Kind: DirectRole, ARN: adminARN, Wanted: 10 * time.Minute}},
		{"federated", Facts{Kind: Federated, Wanted: time.Hour}},
		{"from elsewhere, nothing known", Facts{}},
		{"from elsewhere, a role", Facts{ARN: "arn:aws:sts::222222222222:assumed-role/admin/ann", Wanted: 8 * time.Hour}},
		{"from elsewhere, federated", Facts{ARN: "arn:aws:sts::222222222222:federated-user/ann"}},
		{"from elsewhere, a user", Facts{ARN: annARN}},
		{"from elsewhere, a user whose key is here", Facts{ARN: annARN, HasKey: true}},
		{"from elsewhere, something else", Facts{ARN: "arn:aws:s3:::bucket"}},
	}
	var b strings.Builder
	for _, c := range cases {
		fmt.Fprintf(&b, "%s\n", c.name)
		choice, err := Choose(c.facts)
		if err != nil {
			fmt.Fprintf(&b, "    %s\n", describe(err))
			continue
		}
		fmt.Fprintf(&b, "    %s", choice.Way)
		if choice.Way == Federate {
			fmt.Fprintf(&b, " as %s for %s", choice.Federation.Name, choice.Federation.Duration)
		}
		if choice.SessionDuration != 0 {
			fmt.Fprintf(&b, ", SessionDuration %d", int(choice.SessionDuration/time.Second))
		}
		if choice.WithoutMFA {
			fmt.Fprint(&b, ", without MFA")
		}
		fmt.Fprintf(&b, "\n      %s\n", strings.Join(choice.Reasons, "\n      "))
	}
	golden(t, "choices.golden", b.String())
}

// What is chosen is within AWS's limits, whatever is asked for.
func TestChoicesAreWithinLimits(t *testing.T) {
	for _, kind := range []Kind{Unknown, LongTerm, User, Role, DirectRole, Federated} {
		for _, arn := range []string{"", annARN, adminARN, rootARN} {
			for _, wanted := range []time.Duration{-time.Hour, 0, time.Second, 20 * time.Minute, 11 * time.Hour, 1000 * time.Hour} {
				checkLimits(t, Facts{Kind: kind, ARN: arn, HasKey: true, Wanted: wanted})
			}
		}
	}
}

func checkLimits(t *testing.T, f Facts) {
	t.Helper()
	c, err := Choose(f)
	if err != nil {
		t.Errorf("%+v: %v", f, err)
		return
	}
	d := c.SessionDuration
	if d != 0 && (f.Kind != DirectRole || d < 15*time.Minute || d > 12*time.Hour || d%time.Second != 0) {
		t.Errorf("%+v: SessionDuration %s", f, d)
	}
	d = c.Federation.Duration
	if (c.Way == Federate) != (d >= 15*time.Minute && d <= 36*time.Hour && c.Federation.Policy != "") {
		t.Errorf("%+v: %s with %+v", f, c.Way, c.Federation)
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
		a, _ := ParseARN(text)
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
	const aws = "User: arn:aws:iam::111111111111:user/ann is not authorized to perform: sts:GetFederationToken on resource: arn:aws:sts::111111111111:federated-user/ann "
	mfa := FederationDenied("bastion", aws+"with an explicit deny in an identity-based policy")
	if !errors.Is(mfa, ErrDemandsMFA) || !errors.Is(mfa, vaultcore.ErrRefused) || !strings.Contains(mfa.Hint, "role whose trust policy checks MFA") {
		t.Errorf("%v (%s)", mfa, mfa.Hint)
	}
	plain := FederationDenied("bastion", aws+"because no identity-based policy allows the sts:GetFederationToken action")
	if errors.Is(plain, ErrDemandsMFA) || !errors.Is(plain, vaultcore.ErrRefused) || !strings.Contains(plain.Hint, "allow sts:GetFederationToken") {
		t.Errorf("%v (%s)", plain, plain.Hint)
	}
	for _, text := range []string{mfa.Message, mfa.Hint, plain.Message, plain.Hint, ExplainMFA("bastion"), MenuWithoutMFA, WithoutMFA} {
		if strings.Contains(text, "111111111111") || text == "" || strings.Contains(text, "\n") {
			t.Errorf("%q", text)
		}
	}
	if !strings.Contains(ExplainMFA("prod\u202e\n"), "console of prod denies") {
		t.Error(ExplainMFA("prod\u202e\n"))
	}
}
