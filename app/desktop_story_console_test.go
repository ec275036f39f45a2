//go:build linux

package main_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
)

// standard makes a browser the one that links open in.
func (d *desk) standard(entry string) {
	d.Helper()
	folder := filepath.Join(d.home, ".config")
	d.check(os.MkdirAll(folder, 0o700))
	d.check(os.WriteFile(filepath.Join(folder, "mimeapps.list"), []byte("[Default Applications]\nx-scheme-handler/https="+entry+"\n"), 0o600))
}

// From the menu to the console: the mouse opens the menu on the panel, and the
// browser comes up signed in.
func TestDesktopConsole(t *testing.T) {
	tool(t, "chromium", "chromium")
	d := newBrowserDesk(t, desktoptest.Panel)
	d.standard("chromium.desktop")
	d.pick(func() { d.screen.Screenshot("console-menu") }, "● "+hoge, "Open console")
	const home = "/console/ap-northeast-1.console.aws.amazon.com/console/home"
	d.screen.Eventually("the console is open", func() bool {
		all := d.loads(home)
		return len(all) > 0 && all[0].Status != 0
	})
	if call := d.loads(home)[0]; call.Code != "" || !strings.Contains(call.Principal, ":assumed-role/hoge/") {
		t.Errorf("the console is open as %q (%s)", call.Principal, call.Code)
	}
	d.screen.Eventually("the browser's window is on the screen", func() bool {
		return slices.ContainsFunc(d.screen.Windows(), func(w desktoptest.Window) bool {
			return w.Shown && w.Active && w.Title == "Console - Chromium"
		})
	})
	d.screen.Screenshot("console")
	if n := d.dialogs(); n != 0 {
		t.Errorf("%d dialogs are open", n)
	}
}
