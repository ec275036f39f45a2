package dialog_test

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// spoken is a dialog as somebody uses it who hears it and has no pointer.
type spoken struct {
	name  string
	title string   // in that of its window
	types string   // what is typed into it
	keys  []string // what is pressed then
	more  bool     // and after that there is another dialog
	heard bool     // a screen reader is on
	show  func(context.Context, *dialog.Dialogs) (string, error)
}

func question(q vaultcore.Question) func(context.Context, *dialog.Dialogs) (string, error) {
	return func(ctx context.Context, d *dialog.Dialogs) (string, error) {
		answer, err := d.Ask(ctx, q)
		return answer.Reveal(), err
	}
}

func told(err error) (string, error) { return "closed", err }

func yes(sure bool, err error) (string, error) {
	return map[bool]string{true: "yes", false: "no"}[sure], err
}

func row(at int, err error) (string, error) { return fmt.Sprintf("row %d", at), err }

// dialogs are all kinds of them.
func dialogs() []spoken {
	const account, device = "111111111111", "arn:aws:iam::111111111111:mfa/ann"
	waiting := mfa.Waiting
	ann := vaultcore.Identity{Account: account, User: "ann", ARN: "arn:aws:iam::" + account + ":user/ann", MFADevices: []string{device}}
	two := ann
	two.MFADevices = []string{device, "arn:aws:iam::111111111111:mfa/spare"}
	deny, runs := vaultcore.Choice{ID: "no", Label: "Deny"}, vaultcore.Choice{ID: "runs", Label: "While this runs"}
	wanted := approval(deny, once, hour, runs)
	wanted.Wants = &vaultcore.Wanted{What: "prod-admin", Protected: true, Way: "claude → zsh → tofu", Confirm: "prod-admin"}
	private := approval(deny, once, always)
	private.Subject = "Run the credential_process of dev: okta --role arn:aws:iam::" + account + ":role/admin?"
	again := mfa
	again.Again, again.Notice = true, "AWS refused that code. Try the next one."
	no, start := vaultcore.Choice{ID: "no", Label: "Not now"}, vaultcore.Choice{ID: "yes", Label: "Sign in"}
	signIn := vaultcore.SignInApproval("corp", "Sign in to corp?", no, start)
	signIn.Waiting = waiting
	elsewhere := signIn
	elsewhere.Notice = "Requests go to http://127.0.0.1:4566."
	page := vaultcore.SignInApproval("corp", "Check that the page shows ABCD-EFGH.", vaultcore.Choice{ID: "no", Label: "Cancel"}, vaultcore.Choice{ID: "open", Label: "Open page"})
	page.Address, page.Waiting = "https://device.sso.eu-central-1.amazonaws.com/", waiting
	code := vaultcore.Question{Kind: vaultcore.AskSignInCode, SignIn: "corp", Waiting: waiting, Subject: "Open this page in any browser, and enter the code that it shows.", Address: "https://signin.aws.amazon.com/x"}
	protected := vaultcore.ProfileState{Name: "prod-admin", Account: "222222222222", Role: "admin", Protected: true, State: vaultcore.StateNone}
	key := vaultcore.ProfileState{Name: "bastion", Account: account, Key: true, Source: "bastion", State: vaultcore.StateNone}
	var many []vaultcore.ProfileState
	for i := range 30 {
		many = append(many, vaultcore.ProfileState{Name: fmt.Sprintf("team-%02d", i), State: vaultcore.StateNone})
	}
	region := func(text string) error {
		if text != "eu-central-1" {
			return vaultcore.Faultf(vaultcore.ErrRequest, "that is no region")
		}
		return nil
	}
	add := func(ctx context.Context, d *dialog.Dialogs) (string, error) {
		entered, err := d.AddCredentials(ctx, dialog.Blank{Region: region})
		return entered.Profile, err
	}
	enter := []string{"Return"}
	diff := "+[profile prod-admin]\n+credential_process = vaultbar export --format=json prod-admin\n"
	return []spoken{
		{name: "mfa", title: "MFA code for prod-admin", types: "123456", keys: enter, show: question(mfa)},
		{name: "mfa-again", title: "MFA code for prod-admin", types: "123456", keys: enter, show: question(again)},
		{name: "passphrase", title: "Unlock the keychain", types: "sesame", keys: enter, show: question(vaultcore.Question{Kind: vaultcore.AskPassphrase, Device: "/home/ann"})},
		{name: "new-passphrase", title: "New keychain", types: "sesame", keys: enter, more: true, show: question(vaultcore.Question{Kind: vaultcore.AskNewPassphrase})},
		{name: "sign-in", title: "Sign in to corp", keys: enter, show: question(signIn)},
		{name: "sign-in-elsewhere", title: "Sign in to corp", keys: enter, show: question(elsewhere)},
		{name: "sign-in-page", title: "Sign in to corp", keys: enter, show: question(page)},
		{name: "sign-in-code", title: "Sign in to corp", types: "abc", keys: enter, show: question(code)},
		{name: "approval", title: "Your approval", keys: enter, show: question(approval(deny, once, always))},
		{name: "approval-two", title: "Your approval", keys: enter, show: question(approval(deny, once))},
		{name: "approval-private", title: "Your approval", keys: []string{"Tab", "space", "Tab", "Tab", "space"}, show: question(private)},
		{name: "approval-protected", title: "Your approval", keys: enter, show: question(wanted)},
		{name: "approval-typed", title: "Your approval", keys: []string{"Right", "Return"}, more: true, show: question(wanted)},
		{name: "add", title: "Add credentials", show: add},
		{name: "add-spoken", title: "Add credentials", types: "bastion", keys: enter, more: true, heard: true, show: add},
		{name: "device", title: "Add credentials", keys: enter, show: func(ctx context.Context, d *dialog.Dialogs) (string, error) {
			return d.ChooseDevice(ctx, "bastion", ann)
		}},
		{name: "devices", title: "Add credentials", keys: []string{"Down", "Return"}, show: func(ctx context.Context, d *dialog.Dialogs) (string, error) {
			return d.ChooseDevice(ctx, "bastion", two)
		}},
		{name: "added", title: "Added bastion", keys: enter, show: func(ctx context.Context, d *dialog.Dialogs) (string, error) {
			next, err := d.Next(ctx, dialog.Added("bastion", ann, device, nil), true)
			return map[dialog.AddedNext]string{dialog.AddedDone: "done", dialog.AddedStart: "start", dialog.AddedSetup: "set up"}[next], err
		}},
		{name: "remove", title: "Remove bastion", keys: enter, show: func(ctx context.Context, d *dialog.Dialogs) (string, error) {
			return yes(d.ConfirmRemoval(ctx, "bastion", "Remove the key of bastion? The sessions of 3 profiles end with it."))
		}},
		{name: "change", title: "Set up aws", keys: enter, show: func(ctx context.Context, d *dialog.Dialogs) (string, error) {
			return yes(d.ConfirmChange(ctx, "Set up aws for prod-admin", "This change lets aws and the SDKs use prod-admin. Write it?", diff))
		}},
		{name: "protect", title: "Protect prod-admin", keys: enter, show: func(ctx context.Context, d *dialog.Dialogs) (string, error) {
			return row(d.Offer(ctx, dialog.Message{
				Title: "Protect prod-admin", Text: "prod-admin looks like production by its name.\nWhen it is protected you are asked before a program gets its credentials.",
				Hint: "Its menu has this too: Ask before a program gets it.",
			}, "Not now", "Leave as is", "Protect"))
		}},
		{name: "message", title: "News", keys: enter, show: func(ctx context.Context, d *dialog.Dialogs) (string, error) {
			return told(d.Tell(ctx, dialog.Message{Title: "News", Text: "Something to read.", Hint: "What to do next."}))
		}},
		{name: "error", title: "Prod-admin", keys: enter, show: func(ctx context.Context, d *dialog.Dialogs) (string, error) {
			return told(d.Error(ctx, dialog.Message{Title: "prod-admin", Text: "AWS did not answer.", Hint: "try again"}))
		}},
		{name: "error-private", title: "Prod-admin", keys: enter, show: func(ctx context.Context, d *dialog.Dialogs) (string, error) {
			return told(d.Error(ctx, dialog.Message{Title: "prod-admin", Text: "AWS refused: User: " + ann.ARN + " is not authorized to perform: sts:AssumeRole", Hint: "ask for the right to assume the role"}))
		}},
		{name: "about", title: "About", keys: enter, show: func(ctx context.Context, d *dialog.Dialogs) (string, error) {
			return yes(d.About(ctx, "v1.2.3", "1 of 12 checks failed.", "Keychain: Secret Service"))
		}},
		{name: "find", title: "Find a profile", types: "prod", keys: enter, show: func(ctx context.Context, d *dialog.Dialogs) (string, error) {
			return d.Find(ctx, append(many, protected), "")
		}},
		{name: "find-list", title: "Find a profile", keys: []string{"Down", "Return"}, show: func(ctx context.Context, d *dialog.Dialogs) (string, error) {
			return d.Find(ctx, []vaultcore.ProfileState{protected, key}, "")
		}},
		{name: "choose", title: "Open the console of prod", keys: []string{"Down", "Return"}, show: func(ctx context.Context, d *dialog.Dialogs) (string, error) {
			return row(d.Choose(ctx, dialog.Table{Title: "Open the console of prod", Heads: []string{"Service", "Name"}, Rows: [][]string{{"S3", "s3"}, {"EC2", "ec2"}}}))
		}},
		{name: "pick", title: "Window color of prod", keys: []string{"Down", "Return"}, show: func(ctx context.Context, d *dialog.Dialogs) (string, error) {
			return row(d.Pick(ctx, "Window color of prod", "Its console opens in a browser window of this color.", []string{"none", "blue", "red"}))
		}},
		{name: "line", title: "Region of bastion", types: "eu-central-1", keys: enter, show: func(ctx context.Context, d *dialog.Dialogs) (string, error) {
			return d.Type(ctx, dialog.Line{Title: "Region of bastion", Text: "The region:", Check: region})
		}},
	}
}

// TestDialogsForEverybody holds what a screen reader is told of each kind of dialog, in
// which order Tab goes through it, and what the keys do: two at a time, on two desktops.
func TestDialogsForEverybody(t *testing.T) {
	all := dialogs()
	for name, half := range map[string][]spoken{"one": all[:len(all)/2], "other": all[len(all)/2:]} {
		t.Run(name, func(t *testing.T) {
			if !testenv.Beside(t) {
				forEverybody(t, half)
			}
		})
	}
}

func forEverybody(t *testing.T, dialogs []spoken) {
	t.Helper()
	s := desktoptest.Enter(t, desktoptest.Accessibility)
	testenv.That(t, strings.HasPrefix(version(t), "3."), "zenity 3, whose dialogs the golden files are of")
	var d dialog.Dialogs
	for _, test := range dialogs {
		s.ScreenReader(test.heard)
		file := "access/" + test.name + ".txt"
		golden.Check(t, file, walked(t, s, &d, test, golden.Text(t, file)))
	}
}

// version is that of zenity.
func version(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("zenity", "--version").Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// walked opens a dialog twice: to read it, go round in it and leave it by Escape, and to
// press keys in it. It returns all of that in words, which are wanted to begin like those.
func walked(t *testing.T, s *desktoptest.Session, d *dialog.Dialogs, test spoken, want string) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	show := func() (desktoptest.Window, <-chan reply) {
		done := start(ctx, func(ctx context.Context) (string, error) { return test.show(ctx, d) })
		return s.Window(test.title), done
	}
	w, done := show()
	said := s.Accessible(test.title).String()
	for range 3 { // a list fills after it has come
		if want != "" && strings.HasPrefix(want, said) {
			break
		}
		s.WaitStill()
		said = s.Accessible(test.title).String()
	}
	said += "Tab: " + briefly(s.TabOrder(test.title)) + "\n"
	s.Key("Escape")
	s.Gone(w)
	said += "Escape: " + ending(wait(t, done)) + "\n"

	if len(test.keys) == 0 {
		return said
	}
	w, done = show()
	s.WaitStill() // a window has the keyboard before what is in it takes a key
	if test.types != "" {
		s.Type(test.types)
		said += "“" + test.types + "” "
	}
	s.Key(test.keys...)
	s.Gone(w)
	said += strings.Join(test.keys, " ") + ": "
	if test.more {
		w = s.Window(test.title)
		said += "another dialog, “" + w.Title + "”\n"
		cancel()
		s.Gone(w)
		wait(t, done)
		return said
	}
	return said + ending(wait(t, done)) + "\n"
}

// briefly names the parts that Tab goes to.
func briefly(order []desktoptest.Accessible) string {
	names := make([]string, len(order))
	for i, part := range order {
		names[i] = part.Brief()
	}
	return strings.Join(names, " → ")
}

// ending says how a dialog ended.
func ending(r reply) string {
	switch {
	case errors.Is(r.err, vaultcore.ErrCanceled):
		return "canceled"
	case r.err != nil:
		return r.err.Error()
	default:
		return "“" + r.text + "”"
	}
}
