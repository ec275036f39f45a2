package dialog_test

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/vaultcore"
)

// notForAll is what no other user of the machine may read.
var notForAll = regexp.MustCompile(`arn:|\d{12}|AKIA|customers`)

// labeled is a dialog whose button that goes ahead has a word of ours on it, which is
// what a screen reader reads.
var labeled = regexp.MustCompile(`--(ok-label|extra-button)[ =]\w`)

// onCommandLines looks at every program of a desktop for what is not for all, and for
// dialogs without labels.
func onCommandLines(t *testing.T, s *desktoptest.Session) string {
	t.Helper()
	shown := false
	for _, words := range s.CommandLines() {
		ours := strings.Contains(words, "--title Vaultbar: ")
		shown = shown || ours
		if ours && !labeled.MatchString(words) {
			t.Errorf("the buttons have no labels: %s", words)
		}
		if strings.Contains(words, "Vaultbar: ") && notForAll.MatchString(words) {
			return words
		}
	}
	if !shown {
		t.Error("no dialog is open")
	}
	return ""
}

// TestNothingPrivateOnACommandLine holds that while a dialog is open no account
// id, ARN or key id, nor where in the person's folders a program runs, is on a
// command line, which every user of the machine can read.
func TestNothingPrivateOnACommandLine(t *testing.T) {
	s := desktoptest.Enter(t)
	var d dialog.Dialogs
	const account = "111122223333"
	ann := vaultcore.Identity{
		Account: account, User: "ann", ARN: "arn:aws:iam::" + account + ":user/ann",
		MFADevices: []string{"arn:aws:iam::" + account + ":mfa/ann", "arn:aws:iam::" + account + ":mfa/spare"},
	}
	one := ann
	one.MFADevices = ann.MFADevices[:1]
	asker := vaultcore.Caller{Program: "terraform", Dir: "~/customers/acme/infra", Profile: "admin-" + account}
	refusal := "AWS refused: User: " + ann.ARN + " is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::444455556666:role/x (AKIAIOSFODNN7EXAMPLE)"
	profiles := []vaultcore.ProfileState{{Name: "a", Account: account, Role: "x"}, {Name: "b-" + account, Account: "444455556666"}}
	ask := func(q vaultcore.Question) func(context.Context) error {
		q.Waiting = []vaultcore.Caller{asker}
		return func(ctx context.Context) error { _, err := d.Ask(ctx, q); return err }
	}
	for _, test := range []struct {
		name string
		show func(context.Context) error
	}{
		{"code", ask(vaultcore.Question{Kind: vaultcore.AskMFA, Profile: asker.Profile, Device: ann.MFADevices[0], Notice: refusal})},
		{"passphrase", ask(vaultcore.Question{Kind: vaultcore.AskPassphrase, Profile: asker.Profile})},
		{"approval", ask(vaultcore.Approval("Let terraform use "+asker.Profile+" of "+ann.ARN+"?", deny, once))},
		{"choices", ask(vaultcore.Approval("Let terraform use "+asker.Profile+" of "+ann.ARN+"?", deny, once, hour, always))},
		{"error", func(ctx context.Context) error {
			return d.Error(ctx, dialog.Message{Title: asker.Profile, Text: refusal})
		}},
		{"news", func(ctx context.Context) error { return d.Tell(ctx, dialog.Message{Title: "news", Text: refusal}) }},
		{"yes or no", func(ctx context.Context) error {
			_, err := d.Confirm(ctx, dialog.Message{Title: "link", Text: refusal, Yes: "Open", Risky: true})
			return err
		}},
		{"device", func(ctx context.Context) error { _, err := d.ChooseDevice(ctx, asker.Profile, one); return err }},
		{"devices", func(ctx context.Context) error { _, err := d.ChooseDevice(ctx, asker.Profile, ann); return err }},
		{"list", func(ctx context.Context) error {
			_, err := d.Choose(ctx, dialog.Table{Title: "choose", Heads: []string{"Profile", "Account"}, Rows: [][]string{{"a", account}, {"b", refusal}}})
			return err
		}},
		{"removal", func(ctx context.Context) error {
			_, err := d.ConfirmRemoval(ctx, asker.Profile, vaultcore.Snapshot{}.RemovalQuestion(asker.Profile))
			return err
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			done := start(t.Context(), func(ctx context.Context) (string, error) { return "", test.show(ctx) })
			w := s.Window("Vaultbar: ")
			if w.Class != "Vaultbar" {
				t.Errorf("the window is of class %q", w.Class)
			}
			s.Screenshot("dialog-private-" + strings.ReplaceAll(test.name, " ", "-"))
			if words := onCommandLines(t, s); words != "" {
				t.Errorf("for all to read: %s", words)
			}
			s.Dismiss("Vaultbar: ")
			wait(t, done)
		})
	}

	done := start(t.Context(), func(ctx context.Context) (string, error) { return d.Find(ctx, profiles, "") })
	s.Window("Find a profile")
	s.Screenshot("dialog-private-find")
	if words := onCommandLines(t, s); words != "" {
		t.Errorf("for all to read: %s", words)
	}
	s.WaitStill()
	s.Key("Home", "Down", "Return")
	if r := wait(t, done); r.text != profiles[1].Name {
		t.Errorf("got %+v", r)
	}
}
