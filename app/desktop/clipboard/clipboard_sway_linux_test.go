package clipboard_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/clipboard"
	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/vaultcore"
)

// pasted is what a program of Wayland's gets; empty when there is nothing.
func pasted(s *desktoptest.Session, kind string) string {
	text, _ := s.Try("wl-paste", "--no-newline", "--type", kind) // it fails on an empty clipboard
	return text
}

// TestClipboardOnWayland holds that what is said to be copied is what a program
// pastes, with an X server on the desktop and without one.
func TestClipboardOnWayland(t *testing.T) {
	for name, x := range map[string]bool{"with an X server": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			s := desktoptest.EnterSway(t, x)
			s.Run("wl-copy", "hello")
			var c clipboard.Clipboard
			if err := c.Copy(t.Context(), vaultcore.NewSecret(exportLines)); err != nil {
				t.Fatal(err)
			}
			for _, kind := range []string{"text/plain;charset=utf-8", "text/plain", "UTF8_STRING"} {
				if got := pasted(s, kind); got != exportLines {
					t.Errorf("%s: got %q", kind, got)
				}
			}
			if got := pasted(s, "x-kde-passwordManagerHint"); got != "secret" {
				t.Errorf("the hint for clipboard managers is %q", got)
			}
			if err := c.Copy(t.Context(), vaultcore.NewSecret("second")); err != nil {
				t.Fatal(err)
			}
			if got := pasted(s, "text/plain"); got != "second" {
				t.Errorf("after a second copy: %q", got)
			}
			c.Clear()
			if types, err := s.Try("wl-paste", "--list-types"); err == nil {
				t.Errorf("after Clear there is %q", types)
			}
		})
	}
}

func TestClipboardOnWaylandIsEmptiedInTime(t *testing.T) {
	s := desktoptest.EnterSway(t, false)
	c := clipboard.Clipboard{Life: 200 * time.Millisecond}
	if err := c.Copy(t.Context(), vaultcore.NewSecret("mine")); err != nil {
		t.Fatal(err)
	}
	s.Eventually("the clipboard is empty", func() bool { _, err := s.Try("wl-paste", "--list-types"); return err != nil })
}

// TestClipboardOfOthersOnWayland holds that what the person copies meanwhile
// stays.
func TestClipboardOfOthersOnWayland(t *testing.T) {
	s := desktoptest.EnterSway(t, false)
	var c clipboard.Clipboard
	if err := c.Copy(t.Context(), vaultcore.NewSecret("mine")); err != nil {
		t.Fatal(err)
	}
	s.Run("wl-copy", "theirs")
	s.Eventually("the other text is there", func() bool { return pasted(s, "text/plain") == "theirs" })
	c.Clear()
	if got := pasted(s, "text/plain"); got != "theirs" {
		t.Errorf("got %q", got)
	}
}

// TestNoClipboard holds that a desktop without one is told in words that name
// the next step.
func TestNoClipboard(t *testing.T) {
	s := desktoptest.EnterSway(t, false)
	s.Sway.Stop()
	var c clipboard.Clipboard
	for _, socket := range []string{"", s.WaylandDisplay, "/nonexistent"} {
		t.Setenv("WAYLAND_DISPLAY", socket)
		err := c.Copy(t.Context(), vaultcore.NewSecret("mine"))
		if !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(vaultcore.Hint(err), "vaultbar exec") {
			t.Errorf("%q: %v; %q", socket, err, vaultcore.Hint(err))
		}
	}
}
