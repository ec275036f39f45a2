package dialog

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/ncruces/zenity"
	"golang.org/x/sys/windows"
)

var (
	findWindow = user32.NewProc("FindWindowW")
	isVisible  = user32.NewProc("IsWindowVisible")
	press      = user32.NewProc("SendMessageW")
)

// opened waits for the window of a title to be shown: before that it is without its parts.
func opened(t *testing.T, title string) uintptr {
	t.Helper()
	name, err := windows.UTF16PtrFromString(title)
	if err != nil {
		t.Fatal(err)
	}
	for {
		window, _, _ := findWindow.Call(0, uintptr(unsafe.Pointer(name)))
		if shown, _, _ := isVisible.Call(window); shown != 0 {
			return window
		}
		select {
		case <-t.Context().Done():
			t.Fatal("no window")
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// told is what a part of a window says.
func told(window, id uintptr) string {
	var text [longestEntry]uint16
	n, _, _ := itemText.Call(window, id, uintptr(unsafe.Pointer(&text[0])), longestEntry)
	return windows.UTF16ToString(text[:n])
}

// TestEntry reads the whole text in the window, and answers it in each way.
func TestEntry(t *testing.T) {
	if !present(t.Context()) {
		t.Skip("this login has no screen")
	}
	e := entry{title: "Vaultbar: MFA code for prod & co " + t.Name(), lines: []string{"", "terraform (in C:\\infra) wants prod & co.", "Code of ann:"}, text: "12"}
	type answer struct {
		text string
		err  error
	}
	show := func(ctx context.Context, e entry) <-chan answer {
		got := make(chan answer, 1)
		go func() {
			text, err := showEntry(ctx, e, nil)
			got <- answer{text, err}
		}()
		return got
	}
	t.Run("typed", func(t *testing.T) {
		got := show(t.Context(), e)
		window := opened(t, e.title)
		if text := told(window, idText); text != "terraform (in C:\\infra) wants prod & co.\nCode of ann:" {
			t.Errorf("it says %q", text)
		}
		if text := told(window, idLine); text != "12" {
			t.Errorf("in the line is %q", text)
		}
		code, err := windows.UTF16PtrFromString("123456")
		if err != nil {
			t.Fatal(err)
		}
		_, _, _ = setItemText.Call(window, idLine, uintptr(unsafe.Pointer(code)))
		_, _, _ = press.Call(window, messageCommand, idOK, 0)
		if a := <-got; a.text != "123456" || a.err != nil {
			t.Errorf("%q, %v", a.text, a.err)
		}
	})
	t.Run("canceled", func(t *testing.T) {
		got := show(t.Context(), e)
		_, _, _ = press.Call(opened(t, e.title), messageCommand, idCancel, 0)
		if a := <-got; a.text != "" || !errors.Is(a.err, zenity.ErrCanceled) {
			t.Errorf("%q, %v", a.text, a.err)
		}
	})
	t.Run("ended", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		got := show(ctx, e)
		opened(t, e.title)
		cancel()
		if a := <-got; a.text != "" || !errors.Is(a.err, context.Canceled) {
			t.Errorf("%q, %v", a.text, a.err)
		}
		if a := <-show(ctx, e); !errors.Is(a.err, context.Canceled) {
			t.Errorf("before it began: %v", a.err)
		}
	})
}

// TestEntryTemplate: the text has room for each of its lines, and no zero ends the window's
// title.
func TestEntryTemplate(t *testing.T) {
	low, high := entryTemplate("a", "b", false), entryTemplate("a\x00", "b"+strings.Repeat("\nb", 3), true)
	height := func(b []byte) int { return int(b[16]) | int(b[17])<<8 }
	if got := height(high) - height(low); got != 3*lineHeight {
		t.Errorf("three more lines are %d higher", got)
	}
}
