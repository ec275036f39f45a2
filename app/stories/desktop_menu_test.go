//go:build linux

package stories_test

import (
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// What cannot be used says why, in full, and offers what helps; what was told goes
// away when it is no longer so.
func TestDesktopWhatHelps(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel, desktoptest.Notifications)
	d.appendConfig(`
[profile orphan]
role_arn = arn:aws:iam::444444444444:role/x
source_profile = nowhere-at-all-in-this-file-and-a-long-name
`)
	d.start()
	d.row("▲ No AWS keys yet")

	d.click("✕ orphan   cannot be used", "Why it cannot be used…")
	d.reads("why", d.says("Why orphan cannot be used"))
	d.screen.Screenshot("menu-why")
	d.screen.Dismiss("Why orphan cannot be used")

	d.click("▢ "+hoge, "No key is stored for "+bastion)
	d.screen.Window("Why " + hoge + " cannot be used")
	d.add(bastion, d.aws.Key)
	d.screen.NoWindow("Why " + hoge + " cannot be used") // its cause is gone

	for _, c := range []struct{ line, title, copied string }{
		{"Role hoge", "ARN of ", d.aws.Role.ARN()},
		{"Account 111111111111", "Account id of ", "111111111111"},
	} {
		d.click("○ "+hoge, c.line)
		d.screen.Notification(c.title + hoge + " copied")
		if text, ok := d.screen.Paste("UTF8_STRING"); text != c.copied {
			t.Errorf("on the clipboard is %q, %t, not %s", text, ok, c.copied)
		}
	}
	d.click("○ "+hoge, "From "+bastion+" with MFA")
	d.screen.Window("Where the credentials of " + hoge + " come from")
	d.screen.Screenshot("menu-explain")
	d.screen.Dismiss("Where the credentials of " + hoge)
}

// Mistakes of the config file are read whole.
func TestDesktopFaults(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel)
	d.add(plain, d.spare)
	d.appendConfig("[profile long]\nregion = " + strings.Repeat("a-region-that-is-none-", 9) + "x\n")
	d.row("✕ long   cannot be used")
	row := d.row("✕ ~/")
	if !strings.HasSuffix(row.label, "…") {
		t.Errorf("the row is not cut: %s", row.label)
	}
	d.clickRow(d.rested("✕ ~/"))
	d.reads("", d.says("Mistakes in ~/.aws/config"))
	d.screen.Dismiss("Mistakes in ~/.aws/config")
}

// Who finds a profile is offered what can be done with it.
func TestDesktopFind(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel)
	d.add(plain, d.spare)
	d.start()
	d.click("Find profile…")
	d.screen.Window("ind a profile")
	d.screen.WaitStill()
	d.screen.Screenshot("menu-find")
	d.screen.Type(plain)
	d.screen.Key("Return", "Return") // the first ends the typing
	const actions = "What to do with " + plain
	d.screen.Window(actions)
	d.screen.Screenshot("menu-find-actions")
	d.screen.WaitStill()
	d.screen.Key("End") // the last of them
	d.screen.Answer(actions, "")
	d.screen.Window("emove " + plain)
	d.screen.Dismiss("emove " + plain)

	// so is who has bound the command to a key
	find := d.command("vaultbar", "find", "n") // more than one fits
	got := make(chan outcome, 1)
	go func() { got <- d.do(find) }()
	d.screen.Window("ind a profile")
	d.screen.WaitStill()
	d.screen.Screenshot("command-find")
	if again := d.run("find"); again.code != 1 || !strings.Contains(again.stderr, "already") {
		t.Errorf("a list beside the list: exit code %d\n%s", again.code, again.stderr)
	}
	d.screen.Type(plain)
	d.screen.Key("Return", "Return")
	d.screen.Window(actions)
	d.screen.WaitStill()
	d.screen.Dismiss(actions)
	if left := wait.For(t, "the command ends", got); left.code != 4 {
		t.Errorf("left: exit code %d\n%s", left.code, left.stderr)
	}
}

// A desktop without a tray is told of once, not at each start.
func TestDesktopNoTray(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Notifications)
	d.start()
	const title = "Vaultbar is running, but this desktop shows no tray icons"
	d.screen.Notification(title)
	d.stop()
	d.start()
	d.screen.Eventually("no tray is noticed again", func() bool { return d.logged("no tray host has come") == 2 })
	n := 0
	for _, notice := range d.screen.Notified() {
		if notice.Title == title {
			n++
		}
	}
	if n != 1 {
		t.Errorf("it was told %d times", n)
	}
}

// unwrapped is text whose lines were broken to fit a dialog.
func unwrapped(text string) string { return strings.ReplaceAll(text, "\n", " ") }

// What was done of late is in the menu: what, who and when; a click shows more.
func TestDesktopRecentActivity(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel)
	d.add(plain, d.spare)
	d.must("export", plain)
	d.run("export", "nosuch")
	const title, one = "Recent activity", "Activity of"
	var latest []entry
	d.screen.Eventually("the menu has what was refused", func() bool {
		latest = d.row(title).children
		return len(latest) > 1 && strings.Contains(latest[0].label, "✕ nosuch: no credentials – ")
	})
	d.pick(func() { d.screen.Screenshot("menu-recent") }, title, latest[1].label)
	d.screen.Window(title)
	d.screen.WaitStill()
	d.screen.Screenshot("menu-recent-list")
	d.screen.Key("Home", "Down", "Return") // the one before the latest
	if said := d.dialog(one); !strings.Contains(said, "Profile: "+plain) || !strings.Contains(said, "Access key id: ASIA") {
		t.Errorf("the details are\n%s", said)
	}
	d.screen.Screenshot("menu-recent-details")
	d.screen.Dismiss(one)
	d.screen.Window(title)
	d.screen.WaitStill()
	d.screen.Dismiss(title)
}
