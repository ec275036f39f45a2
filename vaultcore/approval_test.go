package vaultcore

import (
	"errors"
	"strings"
	"testing"
)

func endpoint(choices ...Choice) Question {
	return Approval("Send the requests for dev to http://127.0.0.1:4566?", choices...)
}

func TestChosen(t *testing.T) {
	three := endpoint(Choice{"no", "No"}, Choice{"once", "Once"}, Choice{"always", "Always"})
	four := endpoint(Choice{"no", "Deny"}, Choice{"once", "Once"}, Choice{"hour", "For 1 hour"}, Choice{"while", "For as long as this runs"})
	for _, test := range []struct {
		q     Question
		typed string
		want  string // empty when it is none
	}{
		{three, "", "no"}, {three, "  ", "no"}, {three, "n", "no"}, {three, "No", "no"}, {three, "nope", ""},
		{three, "o", "once"}, {three, " ON ", "once"}, {three, "always", "always"}, {three, "a", "always"},
		{three, "y", ""}, {three, "yes", ""}, {three, "x", ""},
		{four, "for", ""}, {four, "for 1", "hour"}, {four, "for  a", "while"}, {four, "hour", "hour"}, {four, "d", "no"},
		{Approval("?"), "", ""},
	} {
		got, ok := test.q.Chosen(test.typed)
		if got.ID != test.want || ok != (test.want != "") {
			t.Errorf("%q is %q, %t; want %q", test.typed, got.ID, ok, test.want)
		}
	}
	for q, want := range map[*Question]string{
		&three: "Send the requests for dev to http://127.0.0.1:4566? [n]o, [o]nce, [a]lways",
		&four:  "Send the requests for dev to http://127.0.0.1:4566? [d]eny, [o]nce, [for 1] hour, [for a]s long as this runs",
	} {
		if got := q.Text(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestAllows(t *testing.T) {
	q := endpoint(Choice{"no", "No"}, Choice{"yes", "Yes"})
	for answer, want := range map[string]bool{"yes": true, "no": false, "": false, "other": false, "Yes": false} {
		if q.Allows(answer) != want {
			t.Errorf("%q allows: %t", answer, !want)
		}
	}
	if endpoint().Allows("") || endpoint(Choice{"yes", "Yes"}).Allows("yes") {
		t.Error("a question without a choice to allow allows")
	}
}

// Approvals of different subjects are different questions; who asks, or in which
// words the answers are, makes no other question of one.
func TestApprovalID(t *testing.T) {
	one, other := endpoint(Choice{"no", "No"}), Approval("Set links to yes?")
	again := endpoint()
	again.Waiting = []Caller{{Program: "x"}}
	if one.ID() == other.ID() || one.ID() != again.ID() || one.ID() == (Question{Kind: AskMFA}).ID() {
		t.Errorf("%q, %q, %q", one.ID(), other.ID(), again.ID())
	}
	long := Approval("a\x1b[31m\n" + strings.Repeat("x", 1000))
	if text := long.SafeSubject(); len([]rune(text)) != maxSubject || strings.ContainsAny(text, "\x1b\n") {
		t.Errorf("shown as %q", text)
	}
}

// What a program wants is one sentence with who it is; what has to be typed is the name
// alone.
func TestWanted(t *testing.T) {
	terraform := Caller{Program: "terraform", Dir: "~/infra", By: "claude", Profile: "prod-admin"}
	for _, test := range []struct {
		wants             Wanted
		waiting           []Caller
		who, way, account string
	}{
		{Wanted{What: "prod-admin", Protected: true, Way: "claude → zsh → terraform", Account: "222222222222 (acme\nprod)"}, []Caller{terraform},
			"terraform (in ~/infra, started by claude) wants prod-admin, which is protected.", "claude → zsh → terraform in ~/infra", "Account 222222222222 (acmeprod)"},
		{Wanted{What: "the long-term key of dev"}, []Caller{{}}, "a program wants the long-term key of dev.", "", ""},
		{Wanted{What: "dev"}, []Caller{{Program: "tofu"}, {}, {}}, "tofu and 2 more want dev.", "", ""},
		{Wanted{What: "dev\nAllowed"}, []Caller{{Program: "tofu"}}, "tofu wants devAllowed.", "", ""},
	} {
		q := endpoint(Choice{"no", "Deny"}, Choice{"once", "Once"})
		q.Wants, q.Waiting = &test.wants, test.waiting
		if q.Who() != test.who || q.Way() != test.way || q.Account() != test.account || q.Text() != "Allow it? [d]eny, [o]nce" || q.Confirm(q.Choices[1], nil) != nil {
			t.Errorf("%q, %q, %q, %q", q.Who(), q.Way(), q.Account(), q.Text())
		}
		q.Wants.Confirm = "prod\tadmin"
		for typed, tries := range map[string]int{"": 1, "prod": 3, "PROD\tADMIN": 3} {
			asked := 0
			err := q.Confirm(q.Choices[1], func(string, string) (string, error) {
				asked++
				return typed, nil
			})
			if !errors.Is(err, ErrCanceled) || asked != tries {
				t.Errorf("%q confirms: %v after %d tries", typed, err, asked)
			}
		}
		for _, typed := range []string{" prod\tadmin ", Printable("prod\tadmin")} {
			if err := q.Confirm(q.Choices[1], func(string, string) (string, error) { return typed, nil }); err != nil {
				t.Errorf("%q does not confirm: %v", typed, err)
			}
		}
	}
}
