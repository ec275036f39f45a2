package dialog_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

const (
	keyID  = "AKIAIOSFODNN7EXAMPLE"
	secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

// TestAddCredentials holds that a form takes a key by the keyboard alone, asks again for
// what was wrong only, and shows no part of it to other users of the machine.
func TestAddCredentials(t *testing.T) {
	if testenv.Beside(t) {
		return
	}
	s := desktoptest.Enter(t)
	var d dialog.Dialogs
	var got dialog.Entered
	add := func(blank dialog.Blank) <-chan reply {
		return start(t.Context(), func(ctx context.Context) (string, error) {
			var err error
			got, err = d.AddCredentials(ctx, blank)
			return "", err
		})
	}
	region := func(text string) error {
		if text != "eu-central-1" {
			return vaultcore.Faultf(vaultcore.ErrRequest, "that is no region")
		}
		return nil
	}
	const head = "Vaultbar: Add credentials"
	done := add(dialog.Blank{Region: region})
	s.Window(head)
	s.TypeInto("bas|tion", keyID, secret, "eu-central-1")
	s.Screenshot("dialog-add-form")
	if argv := strings.Join(s.CommandLines(), "\n"); strings.Contains(argv, "AKIAIOS") || strings.Contains(argv, "wJalr") {
		t.Errorf("a key is on a command line: %s", argv)
	}
	s.Fill(head)
	if r := wait(t, done); r.err != nil {
		t.Fatal(r.err)
	}
	if got.Profile != "bas|tion" || got.Key.AccessKeyID != keyID || got.Key.SecretAccessKey.Reveal() != secret || got.Region != "eu-central-1" || got.Move {
		t.Errorf("got %+v", got)
	}

	done = add(dialog.Blank{Profile: "bastion", Region: region, Notice: "AWS does not know that <key>."})
	s.Window(head)
	s.Screenshot("dialog-add-form-again")
	s.Fill(head, secret, keyID, "moon") // in the wrong places
	s.Window(head)
	s.Screenshot("dialog-add-form-wrong")
	if argv := strings.Join(s.CommandLines(), "\n"); strings.Contains(argv, "AKIAIOS") || strings.Contains(argv, "wJalr") {
		t.Errorf("a secret in the wrong place is on a command line: %s", argv)
	}
	s.Fill(head, keyID, "too short", "")
	s.Window(head)
	s.Screenshot("dialog-add-form-secret")
	s.Fill(head, secret)
	if r := wait(t, done); r.err != nil {
		t.Fatal(r.err)
	}
	if got.Profile != "bastion" || got.Key.AccessKeyID != keyID || got.Key.SecretAccessKey.Reveal() != secret || got.Region != "" {
		t.Errorf("got %+v", got)
	}
}

// TestAddCredentialsOfATakenName holds that no key is replaced, or kept beside one in
// plain text, without a question.
func TestAddCredentialsOfATakenName(t *testing.T) {
	if testenv.Beside(t) {
		return
	}
	s := desktoptest.Enter(t)
	var d dialog.Dialogs
	var got dialog.Entered
	add := func() <-chan reply {
		return start(t.Context(), func(ctx context.Context) (string, error) {
			var err error
			got, err = d.AddCredentials(ctx, dialog.Blank{
				Taken: func(name string) bool { return name == "taken" },
				Plain: func(name string) string { return map[string]string{"plain": "~/.aws/credentials, line 3"}[name] },
			})
			return "", err
		})
	}
	const head = "Add credentials"
	done := add()
	for _, bad := range []string{"", "a]b", strings.Repeat("x", 300)} {
		s.Fill(head, bad, keyID, secret)
		s.Fill(head, "taken") // the key is kept
		s.Window(head)
		s.Screenshot("dialog-add-replace")
		s.Answer(head, "") // Return alone replaces nothing
		s.Dismiss(head)
		if r := wait(t, done); !errors.Is(r.err, vaultcore.ErrCanceled) {
			t.Errorf("got %v", r.err)
		}
		done = add()
	}
	s.Fill(head, "taken", keyID, secret)
	s.Answer(head, "")
	s.Fill(head, "plain")
	s.Window(head)
	s.Screenshot("dialog-add-plain")
	s.Answer(head, "") // Move it
	if r := wait(t, done); r.err != nil || !got.Move || got.Profile != "plain" {
		t.Errorf("got %+v, %v", got, r.err)
	}
	done = add()
	s.Fill(head, "taken", keyID, secret)
	s.Window(head)
	s.Key("Tab", "Return")
	if r := wait(t, done); r.err != nil || got.Move || got.Profile != "taken" || got.Key.AccessKeyID != keyID {
		t.Errorf("got %+v, %v", got, r.err)
	}
	done = add()
	s.Dismiss(head)
	if r := wait(t, done); !errors.Is(r.err, vaultcore.ErrCanceled) {
		t.Errorf("got %v", r.err)
	}
}

func TestChooseDevice(t *testing.T) {
	if testenv.Beside(t) {
		return
	}
	s := desktoptest.Enter(t)
	var d dialog.Dialogs
	ann := vaultcore.Identity{Account: "111111111111", User: "ann", ARN: "arn:aws:iam::111111111111:user/ann"}
	choose := func() <-chan reply {
		return start(t.Context(), func(ctx context.Context) (string, error) { return d.ChooseDevice(ctx, "bastion", ann) })
	}
	if r := wait(t, choose()); r.text != "" || r.err != nil {
		t.Errorf("no device: %+v", r)
	}

	ann.MFADevices = []string{"arn:aws:iam::111111111111:mfa/ann"}
	done := choose()
	s.Window("Add credentials")
	s.Screenshot("dialog-one-device")
	s.Answer("Add credentials", "")
	if r := wait(t, done); r.text != ann.MFADevices[0] || r.err != nil {
		t.Errorf("yes: %+v", r)
	}
	done = choose()
	s.Dismiss("Add credentials")
	if r := wait(t, done); r.text != "" || r.err != nil {
		t.Errorf("no: %+v", r)
	}

	ann.MFADevices = append(ann.MFADevices, "arn:aws:iam::111111111111:mfa/spare")
	done = choose()
	s.Window("Add credentials")
	s.WaitStill()
	s.Screenshot("dialog-two-devices")
	s.Key("Down", "Return")
	if r := wait(t, done); !strings.HasPrefix(r.text, "arn:aws:iam::111111111111:mfa/") || r.err != nil {
		t.Errorf("one of two: %+v", r)
	}

}

// TestAdded holds which way on each button is, with aws to be set up and without.
func TestAdded(t *testing.T) {
	if testenv.Beside(t) {
		return
	}
	s := desktoptest.Enter(t)
	var d dialog.Dialogs
	ann := vaultcore.Identity{Account: "111111111111", User: "ann", ARN: "arn:aws:iam::111111111111:user/ann"}
	for _, test := range []struct {
		name  string
		setup bool
		keys  []string
		want  dialog.AddedNext
	}{
		{"return", true, []string{"Return"}, dialog.AddedSetup},
		{"escape", true, []string{"Escape"}, dialog.AddedDone},
		{"no setup", false, []string{"Return"}, dialog.AddedStart},
		{"no setup escape", false, []string{"Escape"}, dialog.AddedDone},
		{"extra", true, []string{"ctrl+shift+Tab", "Right", "Return"}, dialog.AddedStart},
	} {
		t.Run(test.name, func(t *testing.T) {
			done := start(t.Context(), func(ctx context.Context) (string, error) {
				next, err := d.Next(ctx, dialog.Added("bastion", ann, "arn:aws:iam::111111111111:mfa/ann", []string{"bastion has no region."}), test.setup)
				return fmt.Sprint(next), err
			})
			s.Window("Added bastion")
			s.WaitStill()
			s.Screenshot("dialog-added-" + strings.ReplaceAll(test.name, " ", "-"))
			s.Key(test.keys...)
			if r := wait(t, done); r.text != fmt.Sprint(test.want) || r.err != nil {
				t.Errorf("got %+v, want %d", r, test.want)
			}
		})
	}
}

func TestConfirmRemoval(t *testing.T) {
	s := desktoptest.Enter(t)
	var d dialog.Dialogs
	remove := func(profile, question string) <-chan reply {
		return start(t.Context(), func(ctx context.Context) (string, error) {
			yes, err := d.ConfirmRemoval(ctx, profile, question)
			return fmt.Sprint(yes), err
		})
	}
	done := remove("bastion", "Remove it? The sessions of 3 profiles end with it.")
	s.Window("Remove bastion")
	s.Screenshot("dialog-remove")
	s.Answer("Remove bastion", "") // Return alone must not remove
	if r := wait(t, done); r.text != "false" || r.err != nil {
		t.Errorf("a mere Return: %+v", r)
	}
	done = remove("<b>a</b> & \\n b", "Remove <b>a</b> & \\n b?")
	s.Window("Remove <b>a</b>")
	s.Screenshot("dialog-remove-hostile")
	s.Key("Tab", "Return")
	if r := wait(t, done); r.text != "true" || r.err != nil {
		t.Errorf("the other button: %+v", r)
	}
	done = remove("bastion", "Remove it?")
	s.Dismiss("Remove bastion")
	if r := wait(t, done); r.text != "false" || r.err != nil {
		t.Errorf("Escape: %+v", r)
	}
}

func TestMessages(t *testing.T) {
	s := desktoptest.Enter(t)
	var d dialog.Dialogs
	done := start(t.Context(), func(ctx context.Context) (string, error) {
		return "", d.Error(ctx, dialog.Message{
			Title: "prod-admin",
			Text:  "AWS refused: User: arn:aws:iam::111111111111:user/ann is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::222222222222:role/admin <i>x</i> \\n",
			Hint:  "ask for the right to assume the role\nor choose another profile",
		})
	})
	s.Window("Vaultbar: Prod-admin")
	s.Screenshot("dialog-error")
	s.Answer("Vaultbar: Prod-admin", "")
	if r := wait(t, done); r.err != nil {
		t.Error(r.err)
	}
	done = start(t.Context(), func(ctx context.Context) (string, error) {
		_, err := d.About(ctx, "v1.2.3", "", "Log: /home/ann/.local/state/vaultbar/vaultbar.log")
		return "", err
	})
	s.Window("Vaultbar: About")
	s.Screenshot("dialog-about")
	s.Dismiss("Vaultbar: About")
	if r := wait(t, done); r.err != nil {
		t.Error(r.err)
	}
}

func TestFind(t *testing.T) {
	if testenv.Beside(t) {
		return
	}
	s := desktoptest.Enter(t)
	var d dialog.Dialogs
	var many []vaultcore.ProfileState
	for i := range 500 {
		many = append(many, vaultcore.ProfileState{
			Name: fmt.Sprintf("team-%03d-admin", i), Account: fmt.Sprintf("%012d", 111111111000+i), Role: "admin", Region: "eu-central-1",
		})
	}
	many = append(many, vaultcore.ProfileState{Name: "--help"}, vaultcore.ProfileState{Name: "--help <b>&"}, vaultcore.ProfileState{Name: "本番環境 🗾", Account: "222222222222"})
	look := func() <-chan reply {
		return start(t.Context(), func(ctx context.Context) (string, error) { return d.Find(ctx, many, "") })
	}
	const head = "Find a profile"
	done := look()
	s.Window(head)
	s.Screenshot("dialog-find")
	s.Answer(head, "nothing like it")
	s.Window(head)
	s.Screenshot("dialog-find-nothing")
	s.Answer(head, "https://111111111123.signin.aws.amazon.com/console")
	if r := wait(t, done); r.text != "team-123-admin" || r.err != nil {
		t.Errorf("by address: %+v", r)
	}

	done = look()
	s.Answer(head, "") // all of them
	s.Window(head)
	s.Screenshot("dialog-find-500")
	s.WaitStill()
	s.Key("Home", "Down", "Down")
	s.Key("Return")
	if r := wait(t, done); r.text != "team-002-admin" || r.err != nil {
		t.Errorf("from the list: %+v", r)
	}

	done = look()
	s.Answer(head, "help")
	s.Window(head)
	s.Screenshot("dialog-find-hostile")
	s.WaitStill()
	s.Key("Home", "Down", "Return")
	if r := wait(t, done); !strings.HasPrefix(r.text, "--help") || r.err != nil {
		t.Errorf("a name like an option: %+v", r)
	}

	done = look()
	s.Answer(head, "team")
	s.Dismiss(head)
	if r := wait(t, done); !errors.Is(r.err, vaultcore.ErrCanceled) {
		t.Errorf("left: %+v", r)
	}
}

// TestFindInOneList holds that a few profiles are a list at once, and that a query that
// was given needs no typing.
func TestFindInOneList(t *testing.T) {
	if testenv.Beside(t) {
		return
	}
	s := desktoptest.Enter(t)
	var d dialog.Dialogs
	soon := time.Now().Add(52*time.Minute + 30*time.Second)
	few := []vaultcore.ProfileState{
		{Name: "bastion", Account: "111111111111", Region: "eu-central-1", State: vaultcore.StateActive, Expires: soon.Add(3 * time.Hour)},
		{Name: "prod-admin", Account: "222222222222", AccountName: "Acme Production", Role: "admin", Region: "eu-central-1", State: vaultcore.StateEnding, Expires: soon},
		{Name: "prod-read", Account: "222222222222", AccountName: "Acme Production", Role: "ReadOnly", Region: "eu-central-1"},
		{Name: "sandbox", Wants: "sandbox", Region: "us-east-1"},
	}
	look := func(query string) <-chan reply {
		return start(t.Context(), func(ctx context.Context) (string, error) { return d.Find(ctx, few, query) })
	}
	const head = "Find a profile"
	done := look("")
	s.Window(head)
	s.WaitStill()
	s.Screenshot("dialog-find-few")
	s.Key("Home", "Down", "Down", "Return")
	if r := wait(t, done); r.text != "prod-read" || r.err != nil {
		t.Errorf("from the list: %+v", r)
	}
	if r := wait(t, look("arn:aws:iam::222222222222:role/admin")); r.text != "prod-admin" || r.err != nil {
		t.Errorf("the only one that fits: %+v", r)
	}
	done = look("prod")
	s.Window(head)
	s.WaitStill()
	s.Screenshot("dialog-find-given")
	s.Dismiss(head)
	if r := wait(t, done); !errors.Is(r.err, vaultcore.ErrCanceled) {
		t.Errorf("left: %+v", r)
	}
	done = look("nothing like it")
	s.Window(head)
	s.Answer(head, "111111111111")
	if r := wait(t, done); r.text != "bastion" || r.err != nil {
		t.Errorf("by account: %+v", r)
	}
}

// TestDialogTypesAhead holds that a list can be walked by typing.
func TestDialogTypesAhead(t *testing.T) {
	s := desktoptest.Enter(t)
	var d dialog.Dialogs
	var many []vaultcore.ProfileState
	for i := range 500 {
		many = append(many, vaultcore.ProfileState{Name: fmt.Sprintf("team-%03d", i), Role: "admin"})
	}
	done := start(t.Context(), func(ctx context.Context) (string, error) { return d.Find(ctx, many, "") })
	s.Answer("Find a profile", "team-41")
	s.Window("Find a profile")
	s.WaitStill()
	s.Type("417")
	s.Screenshot("dialog-find-typed")
	s.Key("Return", "Return")
	if r := wait(t, done); r.text != "team-417" || r.err != nil {
		t.Errorf("got %+v", r)
	}
}

// TestChoose holds that of many rows the wanted ones are found by typing, that a
// button without a row is no answer, and that cells are shown as they are.
func TestChoose(t *testing.T) {
	if testenv.Beside(t) {
		return
	}
	s := desktoptest.Enter(t)
	var d dialog.Dialogs
	table := dialog.Table{Title: "Open the console of prod", Heads: []string{"Service", "Name"}, Things: "services and regions"}
	for i := range 30 {
		table.Rows = append(table.Rows, []string{fmt.Sprintf("Service %d", i), fmt.Sprintf("svc-%d", i)})
	}
	table.Rows = append(table.Rows, []string{"--help <b>&", `\n`}, []string{"--help <b>&", ""})
	choose := func() <-chan reply {
		return start(t.Context(), func(ctx context.Context) (string, error) {
			at, err := d.Choose(ctx, table)
			return fmt.Sprint(at), err
		})
	}
	const head = "Open the console of prod"
	done := choose()
	s.Answer(head, "no such thing")
	s.Window(head)
	s.Screenshot("dialog-choose-nothing")
	s.Answer(head, "SVC 2")
	s.Window(head)
	s.Screenshot("dialog-choose-narrowed")
	s.WaitStill()
	s.Key("Down", "Return") // 2, 12, 20 and so on
	if r := wait(t, done); r.text != "12" || r.err != nil {
		t.Errorf("the second that matches: %+v", r)
	}
	done = choose()
	s.Answer(head, "help")
	s.Window(head)
	s.Screenshot("dialog-choose-hostile")
	s.WaitStill()
	s.Key("Down", "Return")
	if r := wait(t, done); r.text != "31" || r.err != nil {
		t.Errorf("the second of two that look alike: %+v", r)
	}
	done = choose()
	s.Dismiss(head)
	if r := wait(t, done); !errors.Is(r.err, vaultcore.ErrCanceled) {
		t.Errorf("left: %+v", r)
	}
}
