package dialog_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

var (
	deny   = vaultcore.Choice{ID: "no", Label: "No"}
	once   = vaultcore.Choice{ID: "once", Label: "Once"}
	always = vaultcore.Choice{ID: "always", Label: "Always"}
	hour   = vaultcore.Choice{ID: "hour", Label: "For 1 hour"}
)

func approval(choices ...vaultcore.Choice) vaultcore.Question {
	q := vaultcore.Approval("Send the requests for dev to http://127.0.0.1:4566 instead of AWS?", choices...)
	q.Waiting = []vaultcore.Caller{{Program: "tofu", Dir: "~/lab", Profile: "dev"}}
	return q
}

// TestPrivateApproval: where the text must not stand on a command line, each button
// means what is written on it.
func TestPrivateApproval(t *testing.T) {
	s := desktoptest.Enter(t)
	var d dialog.Dialogs
	const head = "Vaultbar: Your approval"
	for want, keys := range map[string][]string{
		"":       {"Tab", "space", "Tab", "space"},
		"once":   {"Tab", "space", "Tab", "Tab", "space"},
		"always": {"Tab", "space", "Tab", "Tab", "Tab", "space"},
	} {
		q := approval(deny, once, always)
		q.Subject = "Run the credential_process of dev: okta --role arn:aws:iam::111111111111:role/admin?"
		done := asking(t.Context(), &d, q)
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", s.Window(head).PID))
		if words := strings.ReplaceAll(string(line), "\x00", " "); err != nil || !strings.Contains(words, "--ok-label Once --cancel-label No --extra-button Always") {
			t.Errorf("the dialog is %s, %v", words, err)
		}
		s.WaitStill()
		s.Screenshot("dialog-private-three")
		s.Key(keys...)
		if r := wait(t, done); r.text != want {
			t.Errorf("%s: got %q, %v", keys, r.text, r.err)
		}
		s.NoWindow(head)
	}
}

// TestApproval: with two, three and four choices each can be taken, and whoever
// only presses Return or Escape, or whose typing the dialog interrupts, allows
// nothing.
func TestApproval(t *testing.T) {
	if testenv.Beside(t) {
		return
	}
	s := desktoptest.Enter(t)
	var d dialog.Dialogs
	const head = "Vaultbar: Your approval"
	for _, test := range []struct {
		name    string
		choices []vaultcore.Choice
		keys    []string
		want    string // empty for a refusal
	}{
		{"two", []vaultcore.Choice{deny, always}, []string{"Return"}, ""},
		{"two", []vaultcore.Choice{deny, always}, []string{"space"}, ""},
		{"two", []vaultcore.Choice{deny, always}, []string{"Escape"}, ""},
		{"two", []vaultcore.Choice{deny, always}, []string{"Tab", "Return"}, "always"},
		{"three", []vaultcore.Choice{deny, once, always}, []string{"Return"}, ""},
		{"three", []vaultcore.Choice{deny, once, always}, []string{"Escape"}, ""},
		{"three", []vaultcore.Choice{deny, once, always}, []string{"Left", "Return"}, "always"},
		{"three", []vaultcore.Choice{deny, once, always}, []string{"Right", "Return"}, "once"},
		{"four", []vaultcore.Choice{deny, once, hour, always}, []string{"Return"}, ""},
		{"four", []vaultcore.Choice{deny, once, hour, always}, []string{"space"}, ""},
		{"four", []vaultcore.Choice{deny, once, hour, always}, []string{"Escape"}, ""},
		{"four", []vaultcore.Choice{deny, once, hour, always}, []string{"Right", "Return"}, "once"},
		{"four", []vaultcore.Choice{deny, once, hour, always}, []string{"Tab", "Tab", "Return"}, "hour"},
		{"four", []vaultcore.Choice{deny, once, hour, always}, []string{"Right", "Right", "Right", "space"}, "always"},
	} {
		t.Run(test.name+" "+strings.Join(test.keys, " "), func(t *testing.T) {
			done := asking(t.Context(), &d, approval(test.choices...))
			s.Window(head)
			s.WaitStill()
			s.Screenshot("dialog-approval-" + test.name)
			s.Key(test.keys...)
			r := wait(t, done)
			if r.text != test.want || (test.want == "") != errors.Is(r.err, vaultcore.ErrCanceled) {
				t.Errorf("got %q, %v", r.text, r.err)
			}
			s.NoWindow(head)
		})
	}
}

// TestApprovalIsTyped: where a name has to be typed, a choice alone allows nothing; a
// slip is asked for again, and nothing typed is a refusal.
func TestApprovalIsTyped(t *testing.T) {
	if testenv.Beside(t) {
		return
	}
	s := desktoptest.Enter(t)
	var d dialog.Dialogs
	const head = "Vaultbar: Your approval"
	for _, test := range []struct {
		types []string
		want  string // empty for a refusal
	}{
		{[]string{"prod-admin"}, "hour"},
		{[]string{"prod", " prod-admin "}, "hour"},
		{[]string{""}, ""},
		{[]string{"a", "b", "c"}, ""},
	} {
		q := approval(deny, once, hour, always)
		q.Wants = &vaultcore.Wanted{What: "prod-admin", Protected: true, Way: "zsh → tofu", Account: "222222222222 (acme-prod)", Confirm: "prod-admin"}
		done := asking(t.Context(), &d, q)
		s.Window(head)
		s.WaitStill()
		s.Screenshot("dialog-approval-protected")
		if argv := strings.Join(s.CommandLines(), "\n"); !strings.Contains(argv, "Account …2222 (acme-prod)") || strings.Contains(argv, "222222222222") {
			t.Errorf("the account is shown by %s", argv)
		}
		s.Key("Right", "Right", "Return")
		for _, text := range test.types {
			s.Window(head)
			s.WaitStill()
			s.Screenshot("dialog-approval-typed")
			s.Answer(head, text)
		}
		if r := wait(t, done); r.text != test.want || (test.want == "") != errors.Is(r.err, vaultcore.ErrCanceled) {
			t.Errorf("%q: got %q, %v", test.types, r.text, r.err)
		}
		s.NoWindow(head)
	}
}
