//go:build linux

package stories_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// standard makes a browser the one that links open in.
func (d *desktop) standard(entry string) {
	d.Helper()
	folder := filepath.Join(d.home, ".config")
	d.check(os.MkdirAll(folder, 0o700))
	d.check(os.WriteFile(filepath.Join(folder, "mimeapps.list"), []byte("[Default Applications]\nx-scheme-handler/https="+entry+"\n"), 0o600))
}

// From the menu to the console: the mouse opens the menu on the panel, and the
// browser comes up signed in.
func TestDesktopConsole(t *testing.T) {
	t.Parallel()
	testenv.Program(t, "chromium", "chromium")
	d := newBrowserDesktop(t, desktoptest.Panel)
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

// What comes of a link and of a click is told by a notification, without account
// ids: there is no terminal.
func TestDesktopConsoleNotices(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel, desktoptest.Notifications)
	f := newFakeBrowsers(d.world)
	far := d.aws.Server.Account("222222222222").Role("far", awstest.Trust{Principals: []string{d.aws.User.ARN()}})
	d.writeConfig(d.aws.Config() + "[profile far]\nrole_arn = " + far.ARN() + "\nsource_profile = " + bastion + "\n")
	d.setting("links = yes\n")
	d.launch(f.app())
	d.add(bastion, d.aws.Key)
	d.signIn(hoge)

	d.must("open", "VAULTBAR:arn:aws:lambda:eu-west-1:222222222222:function:f")
	d.screen.Notification("Signed in to the console as far")
	if starts := f.starts(); len(starts) != 1 {
		t.Errorf("a link started %q", starts)
	}
	if got := d.run("open", "vaultbar://333333333333-abcd1234.eu-west-1.console.aws.amazon.com/ec2/home"); got.code != 3 {
		t.Errorf("a link to nobody's account: exit code %d\n%s", got.code, got.stderr)
	}
	n := d.screen.Notification("A link could not open the console")
	d.private(n)

	f.misbehave("fails", true)
	for range 2 { // it is told each time
		before := len(d.screen.Notified())
		d.click("● "+hoge, "Open console")
		d.screen.Eventually("the failure is told", func() bool { return len(d.screen.Notified()) > before })
	}
	n = d.screen.Notification("The console of " + hoge + " could not be opened")
	d.private(n)
	if n := d.dialogs(); n != 0 {
		t.Errorf("%d dialogs are open", n)
	}
	d.screen.Screenshot("console-failed")
}

// private checks that a notification tells nothing that is not for others' eyes.
func (d *desktop) private(n desktoptest.Notification) {
	d.Helper()
	if n.Body == "" {
		d.Errorf("%q does not say why", n.Title)
	}
	for _, text := range append(d.aws.Server.Issued(), "111111111111", "333333333333", "arn:", "127.0.0.1") {
		if strings.Contains(n.Title+n.Body, text) {
			d.Errorf("a notification tells %q: %s, %s", text, n.Title, n.Body)
		}
	}
}
