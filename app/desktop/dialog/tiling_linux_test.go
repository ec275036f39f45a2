package dialog_test

import (
	"context"
	"errors"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/app/desktop/dialog"
)

// TestDialogFloatsOnSway holds that a tiling desktop shows a dialog in its own
// size, whether the environment says where the window manager is or not, and that
// the dialog is known to have the keyboard.
func TestDialogFloatsOnSway(t *testing.T) {
	for name, named := range map[string]bool{"named by the environment": true, "found": false} {
		t.Run(name, func(t *testing.T) {
			s := desktoptest.EnterSway(t, false)
			if !named {
				t.Setenv("SWAYSOCK", "")
			}
			var d dialog.Dialogs
			if d.Focused(t.Context()) {
				t.Error("a dialog has the keyboard before there is one")
			}
			ctx, cancel := context.WithCancel(t.Context())
			done := asking(ctx, &d, mfa)
			w := s.SwayWindow("Vaultbar: MFA code")
			if !w.Floating || w.Width > 800 {
				t.Errorf("got %+v", w)
			}
			if w.App != "vaultbar" && w.App != "Vaultbar" {
				t.Errorf("the window is of the application %q", w.App)
			}
			s.Eventually("the dialog has the keyboard", func() bool { return d.Focused(t.Context()) })
			cancel()
			if r := wait(t, done); !errors.Is(r.err, context.Canceled) {
				t.Errorf("got %v", r.err)
			}
			if d.Focused(t.Context()) {
				t.Error("a dialog has the keyboard that is gone")
			}
		})
	}
}

// TestDialogHasTheKeyboard is the same on X.
func TestDialogHasTheKeyboard(t *testing.T) {
	s := desktoptest.Enter(t)
	var work, d dialog.Dialogs
	done := asking(t.Context(), &d, mfa)
	s.Window("MFA code")
	if !d.Focused(t.Context()) {
		t.Error("the dialog has the keyboard, and is said not to")
	}
	shown := start(t.Context(), func(ctx context.Context) (string, error) {
		return "", work.Tell(ctx, dialog.Message{Title: "work", Text: "The person is busy here."})
	})
	s.Window("Vaultbar: Work")
	if d.Focused(t.Context()) {
		t.Error("another window has the keyboard")
	}
	s.Dismiss("Vaultbar: Work")
	wait(t, shown)
	s.Dismiss("MFA code")
	wait(t, done)
}
