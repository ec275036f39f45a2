//go:build unix && !darwin

package dialog

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/vaultbar/vaultbar/app/internal/i3"
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

// floatRule has sway show our dialogs as windows of their own size: it would give
// those that can grow a whole screen. It is informed to the window manager that runs,
// and no file of the person's is touched. On i3, where every dialog floats by
// itself, there is no such command, and its refusal is of no consequence.
const floatRule = `for_window [title="^Vaultbar: "] floating enable`

// tiling knows which window managers have been informed of our dialogs.
type tiling struct {
	mu       sync.Mutex // guards informed
	informed map[string]bool
}

// float tells each window manager of the person's once.
func (t *tiling) float(ctx context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.informed == nil {
		t.informed = make(map[string]bool)
	}
	for _, socket := range tilers() {
		if t.informed[socket] {
			continue
		}
		t.informed[socket] = true
		withTiler(ctx, socket, func(c *i3.Conn) {
			_ = c.Run(floatRule) // a dialog of any size can be answered
		})
	}
}

// tilers are the sockets of sway and i3: those that the environment names, and
// where it names none those of the user's, for an app that something else started.
func tilers() []string {
	var all []string
	for _, name := range []string{"SWAYSOCK", "I3SOCK"} {
		if socket := os.Getenv(name); socket != "" {
			all = append(all, socket)
		}
	}
	if len(all) > 0 {
		return all
	}
	folder := os.Getenv("XDG_RUNTIME_DIR")
	if folder == "" {
		return nil
	}
	for _, pattern := range []string{"sway-ipc.*.sock", "i3/ipc-socket.*"} {
		found, _ := filepath.Glob(filepath.Join(folder, pattern)) // it fails on a bad pattern only
		for _, socket := range found {
			if isOwn(socket) {
				all = append(all, socket)
			}
		}
	}
	return all
}

// isOwn says whether a file belongs to the user.
func isOwn(path string) bool {
	info, err := os.Lstat(path)
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}

// withTiler does something with the window manager behind a socket, if one
// answers.
func withTiler(ctx context.Context, socket string, do func(*i3.Conn)) {
	ctx, cancel := context.WithTimeout(ctx, probe)
	defer cancel()
	c, err := i3.Dial(ctx, socket)
	if err != nil {
		return // an earlier session's
	}
	defer func() { _ = c.Close() }()
	do(c)
}

// tilerFocus says whether sway or i3 say that the window of this title has the
// keyboard.
func tilerFocus(ctx context.Context, title string) bool {
	has := false
	for _, socket := range tilers() {
		withTiler(ctx, socket, func(c *i3.Conn) {
			focused, err := c.Focused()
			has = has || err == nil && focused == title
		})
	}
	return has
}
