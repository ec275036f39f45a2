//go:build unix && !darwin

package dialog

import (
	"context"
	"os"

	"github.com/vaultbar/vaultbar/app/internal/x11"
)

// bringToFront waits for the window of this title and puts it above the others.
// A window of a background program would open behind them, or without the
// keyboard. On Wayland this is the compositor's own business.
func bringToFront(ctx context.Context, title string) {
	display, err := x11.Dial(ctx, os.Getenv("DISPLAY"))
	if err != nil {
		return // there is nothing to raise a window with, and the dialog shows all the same
	}
	defer display.Close()
	_ = display.Await(ctx, func(windows []x11.Window) bool {
		for _, w := range windows {
			if w.Title == title && w.Shown {
				return display.Raise(w) == nil
			}
		}
		return false
	})
}

// hasFocus says whether the window of this title has the keyboard.
func hasFocus(ctx context.Context, title string) bool {
	if tilerFocus(ctx, title) {
		return true
	}
	display, err := x11.Dial(ctx, os.Getenv("DISPLAY"))
	if err != nil {
		return false
	}
	defer display.Close()
	windows, err := display.Windows()
	if err != nil {
		return false
	}
	for _, w := range windows {
		if w.Active && w.Title == title {
			return true
		}
	}
	return false
}
