package clipboard_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/clipboard"
	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

const exportLines = "export AWS_ACCESS_KEY_ID=ASIAEXAMPLE\nexport AWS_SECRET_ACCESS_KEY=日本\n"

func TestClipboard(t *testing.T) {
	s := desktoptest.Enter(t)
	var c clipboard.Clipboard
	if err := c.Copy(t.Context(), vaultcore.NewSecret(exportLines)); err != nil {
		t.Fatal(err)
	}
	for _, target := range []string{"UTF8_STRING", "text/plain;charset=utf-8", "STRING"} {
		if got, _ := s.Paste(target); got != exportLines {
			t.Errorf("%s: got %q", target, got)
		}
	}
	if got, _ := s.Paste("x-kde-passwordManagerHint"); got != "secret" {
		t.Errorf("the hint for clipboard managers is %q", got)
	}
	if list, ok := s.Paste("TARGETS"); !ok || len(list) < 4*5 {
		t.Errorf("the list of forms has %d bytes", len(list))
	}
	if _, ok := s.Paste("image/png"); ok {
		t.Error("the text is a picture too")
	}

	if err := c.Copy(t.Context(), vaultcore.NewSecret("second")); err != nil {
		t.Fatal(err)
	}
	if got, _ := s.Paste("UTF8_STRING"); got != "second" {
		t.Errorf("after a second copy: %q", got)
	}
	c.Clear()
	if got, ok := s.Paste("UTF8_STRING"); ok {
		t.Errorf("after Clear: %q", got)
	}
	if err := c.Copy(t.Context(), vaultcore.NewSecret(strings.Repeat("x", 1<<20))); err == nil {
		t.Error("a text was taken that cannot be handed on in one piece")
	}
}

func TestClipboardIsEmptiedInTime(t *testing.T) {
	s := desktoptest.Enter(t)
	c := clipboard.Clipboard{Life: 200 * time.Millisecond}
	if err := c.Copy(t.Context(), vaultcore.NewSecret("mine")); err != nil {
		t.Fatal(err)
	}
	s.Eventually("the clipboard is empty", func() bool { _, ok := s.Paste("UTF8_STRING"); return !ok })
}

// TestClipboardOfOthers holds that what the person copies meanwhile stays.
func TestClipboardOfOthers(t *testing.T) {
	s := desktoptest.Enter(t)
	var ours, theirs clipboard.Clipboard
	if err := ours.Copy(t.Context(), vaultcore.NewSecret("mine")); err != nil {
		t.Fatal(err)
	}
	if err := theirs.Copy(t.Context(), vaultcore.NewSecret("theirs")); err != nil {
		t.Fatal(err)
	}
	ours.Clear()
	if got, _ := s.Paste("UTF8_STRING"); got != "theirs" {
		t.Errorf("got %q", got)
	}
}

// TestClipboardText holds that what is no secret is not marked as one, and stays.
func TestClipboardText(t *testing.T) {
	s := desktoptest.Enter(t)
	c := clipboard.Clipboard{Life: time.Millisecond}
	if err := c.CopyText(t.Context(), "111122223333"); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Paste("x-kde-passwordManagerHint"); ok {
		t.Error("it is marked as a secret")
	}
	if got, _ := s.Paste("UTF8_STRING"); got != "111122223333" {
		t.Errorf("got %q", got)
	}
	if err := c.Copy(t.Context(), vaultcore.NewSecret("mine")); err != nil {
		t.Fatal(err)
	}
	s.Eventually("the secret is gone", func() bool { _, ok := s.Paste("UTF8_STRING"); return !ok })
}

// TestClipboardOfADesktopThatKeepsIt holds that a secret is gone also where a
// clipboard manager takes no notice of the hint, and puts back what was there.
func TestClipboardOfADesktopThatKeepsIt(t *testing.T) {
	s := desktoptest.Enter(t)
	does := s.KeepClipboard()
	var c clipboard.Clipboard
	if err := c.Copy(t.Context(), vaultcore.NewSecret("mine")); err != nil {
		t.Fatal(err)
	}
	if got := wait.For(t, "the clipboard manager acts", does); got != "keeps" {
		t.Fatalf("the clipboard manager %s", got)
	}
	c.Clear()
	if got := wait.For(t, "the clipboard manager acts", does); got != "forgets" {
		t.Errorf("the clipboard manager %s", got)
	}
	if text, ok := s.Paste("UTF8_STRING"); ok {
		t.Errorf("on the clipboard is %q", text)
	}
}
