package dialog_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/tray/icon"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

var mfa = vaultcore.Question{
	Kind: vaultcore.AskMFA, Profile: "prod-admin", Device: "arn:aws:iam::111111111111:mfa/ann",
	Waiting: []vaultcore.Caller{{Program: "terraform", Dir: "~/infra", Profile: "prod-admin"}},
}

// reply is how a dialog ended.
type reply struct {
	text string
	err  error
}

// start asks without waiting for the answer.
func start(ctx context.Context, ask func(context.Context) (string, error)) <-chan reply {
	done := make(chan reply, 1)
	go func() {
		text, err := ask(ctx)
		done <- reply{text, err}
	}()
	return done
}

// asking puts a question to the person on the screen.
func asking(ctx context.Context, d *dialog.Dialogs, q vaultcore.Question) <-chan reply {
	return start(ctx, func(ctx context.Context) (string, error) {
		answer, err := d.Ask(ctx, q)
		return answer.Reveal(), err
	})
}

func wait(t *testing.T, done <-chan reply) reply {
	t.Helper()
	select {
	case r := <-done:
		return r
	case <-time.After(desktoptest.Patience):
		t.Fatal("the dialog did not end")
		return reply{}
	}
}

// noChild fails the test when a program that the test started is still there.
func noChild(t *testing.T, s *desktoptest.Session, name string) {
	t.Helper()
	s.Eventually("the end of every "+name, func() bool {
		stats, err := filepath.Glob("/proc/[0-9]*/stat")
		if err != nil {
			return false
		}
		for _, path := range stats {
			text, _ := os.ReadFile(path)
			_, rest, _ := strings.Cut(string(text), ") ")
			fields := strings.Fields(rest)
			if len(fields) > 1 && fields[1] == strconv.Itoa(os.Getpid()) && strings.Contains(string(text), "("+name+")") {
				return false
			}
		}
		return true
	})
}

// alike says whether two pictures of one size show the same wherever the second hides all
// that is behind it.
func alike(got, want *image.NRGBA) bool {
	if got.Bounds() != want.Bounds() {
		return false
	}
	const opaque = 255
	for i := 0; i < len(want.Pix); i += 4 {
		if want.Pix[i+3] == opaque && !bytes.Equal(got.Pix[i:i+4], want.Pix[i:i+4]) {
			return false
		}
	}
	return true
}

func TestCode(t *testing.T) {
	if testenv.Beside(t) {
		return
	}
	s := desktoptest.Enter(t)
	d := dialog.Dialogs{Icon: filepath.Join(t.TempDir(), "icon.png")}
	if err := os.WriteFile(d.Icon, icon.App(48), 0o600); err != nil {
		t.Fatal(err)
	}
	if !d.Available() {
		t.Fatal(d.Missing())
	}

	s.Paint()
	s.Park()
	done := asking(t.Context(), &d, mfa)
	w := s.Window("Vaultbar: MFA code for prod-admin")
	if got := s.WindowIcon(w); !alike(got, icon.Image(icon.Active, 48)) {
		t.Errorf("the window's icon is not ours, but %v", got.Bounds())
	}
	s.Detail("readme-mfa", 32, false)
	s.Answer("Vaultbar: MFA code for prod-admin", "123456")
	if r := wait(t, done); r.text != "123456" || r.err != nil {
		t.Errorf("typed right: got %q, %v", r.text, r.err)
	}

	signIn := vaultcore.SignInApproval("corp", "Sign in to corp?", vaultcore.Choice{ID: "no", Label: "Not now"}, vaultcore.Choice{ID: "yes", Label: "Sign in"})
	signIn.Waiting = mfa.Waiting
	done = asking(t.Context(), &d, signIn)
	s.Window("Vaultbar: Sign in to corp")
	s.WaitStill()
	s.Detail("readme-sign-in", 32, false)
	s.Dismiss("Vaultbar: Sign in to corp")
	if r := wait(t, done); !errors.Is(r.err, vaultcore.ErrCanceled) {
		t.Errorf("no sign-in: got %q, %v", r.text, r.err)
	}

	again := mfa
	again.Again, again.Notice = true, "AWS refused that code. Try the next one."
	done = asking(t.Context(), &d, again)
	for _, wrong := range []string{"12345", "", "abcdef", "1234567"} {
		s.Answer("MFA code", wrong)
	}
	s.Window("MFA code")
	s.Screenshot("dialog-mfa-six-digits")
	s.Answer("MFA code", "654 321")
	if r := wait(t, done); r.text != "654321" || r.err != nil {
		t.Errorf("wrong, then right: got %q, %v", r.text, r.err)
	}
}

func TestCodeAfterAWrongOne(t *testing.T) {
	s := desktoptest.Enter(t)
	var d dialog.Dialogs
	q := mfa
	q.Again, q.Notice = true, "AWS refused that code. Try the next one."
	for range 19 {
		q.Waiting = append(q.Waiting, vaultcore.Caller{Program: "aws"})
	}
	done := asking(t.Context(), &d, q)
	s.Window("MFA code")
	s.Screenshot("dialog-mfa-again")
	s.Dismiss("MFA code")
	if r := wait(t, done); !errors.Is(r.err, vaultcore.ErrCanceled) || errors.Is(r.err, vaultcore.ErrUnanswered) {
		t.Errorf("canceled: got %v", r.err)
	}
}

func TestDialogEndsWithItsContext(t *testing.T) {
	s := desktoptest.Enter(t)
	var d dialog.Dialogs
	ctx, cancel := context.WithCancel(t.Context())
	done := asking(ctx, &d, mfa)
	s.Window("MFA code")
	cancel()
	if r := wait(t, done); !errors.Is(r.err, context.Canceled) {
		t.Errorf("got %v", r.err)
	}
	s.NoWindow("MFA code")
	noChild(t, s, "zenity")
}

func TestDialogThatNobodyAnswers(t *testing.T) {
	s := desktoptest.Enter(t)
	d := dialog.Dialogs{Timeout: time.Second}
	r := wait(t, asking(t.Context(), &d, mfa))
	if !errors.Is(r.err, vaultcore.ErrUnanswered) || !errors.Is(r.err, vaultcore.ErrCanceled) {
		t.Errorf("got %v", r.err)
	}
	s.NoWindow("MFA code")
	noChild(t, s, "zenity")
}

// TestNoAnswerIsNotANo holds that a dialog nobody could answer is told apart
// from one that a person closed.
func TestNoAnswerIsNotANo(t *testing.T) {
	t.Run("killed", func(t *testing.T) {
		s := desktoptest.Enter(t)
		var d dialog.Dialogs
		done := asking(t.Context(), &d, mfa)
		w := s.Window("MFA code")
		kill(t, w.PID)
		if r := wait(t, done); !errors.Is(r.err, vaultcore.ErrNobodyToAsk) || errors.Is(r.err, vaultcore.ErrCanceled) {
			t.Errorf("got %v", r.err)
		}
	})
	t.Run("display gone", func(t *testing.T) {
		s := desktoptest.Enter(t)
		var d dialog.Dialogs
		done := asking(t.Context(), &d, mfa)
		s.Window("MFA code")
		s.XServer.Kill()
		if r := wait(t, done); !errors.Is(r.err, vaultcore.ErrNobodyToAsk) || errors.Is(r.err, vaultcore.ErrCanceled) {
			t.Errorf("got %v", r.err)
		}
		if d.Available() {
			t.Error("a display that is gone is available")
		}
	})
	t.Run("no display", func(t *testing.T) {
		t.Setenv("DISPLAY", "")
		t.Setenv("WAYLAND_DISPLAY", "")
		var d dialog.Dialogs
		_, err := d.Ask(t.Context(), mfa)
		if !errors.Is(err, vaultcore.ErrNobodyToAsk) || vaultcore.Hint(err) == "" {
			t.Errorf("got %v", err)
		}
	})
}

// TestForeignDialogProgram holds that a program called zenity that somebody put
// into PATH is not started.
func TestForeignDialogProgram(t *testing.T) {
	desktoptest.Enter(t)
	dir := t.TempDir()
	trap := filepath.Join(dir, "sprung")
	script := "#!/bin/sh\ntouch " + trap + "\necho 123456\n"
	for _, name := range []string{"zenity", "qarma"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
			ctx, cancel := context.WithTimeout(t.Context(), desktoptest.Patience)
			defer cancel()
			var d dialog.Dialogs
			if _, err := d.Ask(ctx, mfa); !errors.Is(err, vaultcore.ErrNobodyToAsk) {
				t.Errorf("got %v", err)
			}
		})
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(trap); err == nil {
		t.Error("a foreign program was started")
	}
}

func TestHostileNames(t *testing.T) {
	if testenv.Beside(t) {
		return
	}
	s := desktoptest.Enter(t)
	var d dialog.Dialogs
	long := strings.Repeat("long-name-", 20)
	for name, profile := range map[string]string{
		"markup":   `<b>prod</b> & <span size="90000">x</span>`,
		"escapes":  `prod\nAWS needs your password:\t\101`,
		"controls": "prod\n\x1b[31madmin\u202ereversed\u200b",
		"option":   "--help",
		"long":     long,
		"japanese": "本番環境・管理者 🗾🔑 prod_admin",
	} {
		t.Run(name, func(t *testing.T) {
			q := mfa
			q.Profile, q.Waiting[0].Profile = profile, profile
			q.Waiting[0].Program = profile
			done := asking(t.Context(), &d, q)
			w := s.Window("Vaultbar: MFA code for ")
			if want := "Vaultbar: MFA code for " + vaultcore.Printable(profile); w.Title != want {
				t.Errorf("title %q, want %q", w.Title, want)
			}
			s.Screenshot("dialog-hostile-" + name)
			s.Answer("MFA code", "123456")
			if r := wait(t, done); r.text != "123456" {
				t.Errorf("got %q, %v", r.text, r.err)
			}
		})
	}
}

func TestPassphrases(t *testing.T) {
	if testenv.Beside(t) {
		return
	}
	s := desktoptest.Enter(t)
	var d dialog.Dialogs
	done := asking(t.Context(), &d, vaultcore.Question{Kind: vaultcore.AskPassphrase, Device: "/home/ann", Notice: "That passphrase does not open it."})
	s.Window("Unlock the keychain")
	s.Screenshot("dialog-passphrase")
	s.Answer("Unlock the keychain", "")
	s.Answer("Unlock the keychain", " open | sesame ")
	if r := wait(t, done); r.text != " open | sesame " || r.err != nil {
		t.Errorf("got %q, %v", r.text, r.err)
	}

	done = asking(t.Context(), &d, vaultcore.Question{Kind: vaultcore.AskNewPassphrase})
	for i, text := range []string{"one", "two", "three", "three"} {
		s.Window("New keychain")
		s.Screenshot("dialog-new-passphrase-" + strconv.Itoa(i))
		s.Answer("New keychain", text)
	}
	if r := wait(t, done); r.text != "three" || r.err != nil {
		t.Errorf("got %q, %v", r.text, r.err)
	}
}

// What was told last is in front of what was told before, which comes back.
func TestNewsComesBeforeOldNews(t *testing.T) {
	s := desktoptest.Enter(t)
	var d dialog.Dialogs
	tell := func(ctx context.Context, title string) <-chan reply {
		return start(ctx, func(ctx context.Context) (string, error) {
			return "", d.Error(ctx, dialog.Message{Title: title, Text: "Something to read."})
		})
	}
	old := tell(t.Context(), "old")
	s.Window("Vaultbar: Old")
	lapsed, lapse := context.WithCancel(t.Context())
	news := tell(lapsed, "new")
	s.Window("Vaultbar: New")
	if n := len(s.Windows()); n != 1 {
		t.Errorf("%d windows at once: %+v", n, s.Windows())
	}
	lapse() // its cause is gone
	if r := wait(t, news); !errors.Is(r.err, context.Canceled) {
		t.Errorf("got %v", r.err)
	}
	s.Dismiss("Vaultbar: Old")
	if r := wait(t, old); r.err != nil {
		t.Errorf("got %v", r.err)
	}
}

func TestOneDialogAtATime(t *testing.T) {
	s := desktoptest.Enter(t)
	var d dialog.Dialogs
	shown := start(t.Context(), func(ctx context.Context) (string, error) {
		return "", d.Tell(ctx, dialog.Message{Title: "news", Text: "Something to read."})
	})
	s.Window("Vaultbar: News")
	var all []<-chan reply
	for range 3 {
		all = append(all, asking(t.Context(), &d, mfa))
	}
	for range all {
		s.Window("MFA code")
		if n := len(s.Windows()); n != 1 {
			t.Errorf("%d windows at once: %+v", n, s.Windows())
		}
		s.Answer("MFA code", "123456")
	}
	for _, done := range all {
		if r := wait(t, done); r.text != "123456" || r.err != nil {
			t.Errorf("got %q, %v", r.text, r.err)
		}
	}
	s.Dismiss("Vaultbar: News") // it has come back
	if r := wait(t, shown); r.err != nil {
		t.Error(r.err)
	}
}

// TestDialogWaitsForThePerson holds that nothing opens on a locked screen.
func TestDialogWaitsForThePerson(t *testing.T) {
	s := desktoptest.Enter(t)
	unlocked := make(chan struct{})
	waits := make(chan struct{})
	d := dialog.Dialogs{Ready: func(ctx context.Context) error {
		select {
		case waits <- struct{}{}:
		case <-ctx.Done():
		}
		select {
		case <-unlocked:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
	done := asking(t.Context(), &d, mfa)
	select {
	case <-waits:
	case <-time.After(desktoptest.Patience):
		t.Fatal("the dialog does not wait for the screen")
	}
	if n := len(s.Windows()); n != 0 {
		t.Errorf("%d windows on a locked screen", n)
	}
	close(unlocked)
	s.Dismiss("MFA code")
	wait(t, done)
}

// TestDialogIsInFront holds that a dialog comes before a window that the person
// keeps above all others, and gets the keyboard.
func TestDialogIsInFront(t *testing.T) {
	s := desktoptest.Enter(t)
	var work, d dialog.Dialogs
	shown := start(t.Context(), func(ctx context.Context) (string, error) {
		return "", work.Tell(ctx, dialog.Message{Title: "work", Text: "The person is busy here."})
	})
	s.Raise(s.Window("Vaultbar: Work"))
	done := asking(t.Context(), &d, mfa)
	s.Await("the dialog in front", func(windows []desktoptest.Window) bool {
		if len(windows) == 0 {
			return false
		}
		top := windows[len(windows)-1]
		return strings.Contains(top.Title, "MFA code") && top.Active
	})
	s.Answer("MFA code", "123456")
	wait(t, done)
	s.Dismiss("Vaultbar: Work")
	wait(t, shown)
}
