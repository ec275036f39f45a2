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
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
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
		{"printed credentials", Facts{Kind: Printed}},
		{"printed credentials, 8 h", Facts{Kind: Printed, Wanted: 8 * time.Hour}},
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
	golden.Check(t, "choices.golden", b.String())
}

// What is chosen is within AWS's limits, whatever is asked for.
func TestChoicesAreWithinLimits(t *testing.T) {
	for _, kind := range []Kind{User, Role, TokenRole, Issued, Printed, DirectRole} {
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
	var b strings.Builder
	for _, d := range []struct {
		name string
		Denial
	}{
		{"a policy denies it, to a user with a device", Denial{Outright: true, HasDevice: true}},
		{"a policy denies it, to one without", Denial{Outright: true}},
		{"no policy allows it, to a user with a device", Denial{Unallowed: true, HasDevice: true}},
		{"no policy allows it, to one without", Denial{Unallowed: true}},
		{"AWS does not say why, to a user with a device", Denial{HasDevice: true}},
		{"AWS does not say why, to one without", Denial{}},
	} {
		fault := FederationDenied("bastion\u202e\n", d.Denial)
		if !errors.Is(fault, vaultcore.ErrRefused) || errors.Is(fault, ErrDemandsMFA) != (d.Outright && d.HasDevice) {
			t.Errorf("%s: %v", d.name, fault)
		}
		if strings.Contains(fault.Message+fault.Hint, "\n") || fault.Hint == "" {
			t.Errorf("%s: %q (%q)", d.name, fault.Message, fault.Hint)
		}
		fmt.Fprintf(&b, "%s\n    %s\n", d.name, describe(fault))
	}
	fmt.Fprintf(&b, "explain\n    %s\n    %s\nmenu\n    %s\n", withoutMFA, ExplainMFA("prod\u202e\n"), MenuWithoutMFA)
	golden.Check(t, "denied.golden", b.String())
}
