//go:build linux

package stories_test

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// The panel dies and comes back: so does the icon, and its menu works.
func TestDesktopPanelRestarts(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel)
	d.add(plain, d.spare)
	app := d.app()
	d.icon()
	d.iconPlace()
	d.screen.Panel.Kill()
	d.served(d.waits(plain))
	d.screen.Panel.Start()
	d.icon()
	d.iconPlace()
	d.openMenu()
	d.screen.Screenshot("story-4-panel-again")
	d.closeMenu()
	d.click("▢ "+bastion, "Pin to the top")
	d.screen.Eventually("the click is obeyed", func() bool {
		row, ok := find(d.menu(), "▢ "+bastion, "Pin to the top")
		return ok && row.ticked
	})
	if !app.alive() {
		t.Error("the app ended with the panel")
	}
}

// The session bus dies, as at a logout that leaves the app behind.
func TestDesktopBusDies(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel)
	d.add(plain, d.spare)
	app := d.app()
	d.icon()
	d.screen.BusDaemon.Kill()
	d.screen.Eventually("the loss is in the log", func() bool { return d.logged("there is no tray") == 1 })
	d.served(d.waits(plain))
	if !app.alive() {
		t.Error("the app ended with the bus")
	}
	if n := d.logged("there is no tray"); n != 1 {
		t.Errorf("that the tray is gone is in the log %d times", n)
	}
}

// Nothing shows notifications: the app says so once, and goes on.
func TestDesktopNoNotifications(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel)
	d.setting("session_duration = 15m\nnotify_lead = 15m\n")
	d.add(bastion, d.aws.Key)
	one := d.waits(bastion)
	d.screen.Answer(mfaDialog, d.code())
	d.served(one)
	d.screen.Eventually("it is in the log", func() bool { return d.logged("notifications cannot be shown") > 0 })
	for range 2 { // each time the end comes near is a new reason to tell
		d.must("settings", "set", "notify_lead", "5m")
		d.row("● " + bastion)
		d.must("settings", "set", "notify_lead", "15m")
		d.rested("◐ " + bastion)
	}
	if n := d.logged("notifications cannot be shown"); n != 1 {
		t.Errorf("it is in the log %d times", n)
	}
}

// zenity is not installed: who asks without a terminal is told what to do.
func TestDesktopNoZenity(t *testing.T) {
	t.Parallel()
	testenv.Root(t)
	d := newDesktop(t, desktoptest.Panel)
	d.add(bastion, d.aws.Key)
	d.stop()
	hide := "mount --bind /dev/null " + testenv.Program(t, "zenity", "zenity") + " && exec " + built().path("vaultbar-app")
	app := d.launch(d.command(testenv.Program(t, "unshare", "util-linux"), "--mount", "sh", "-c", hide))
	d.icon()
	for range 3 {
		got := d.run("export", bastion)
		if got.code == 0 || got.stdout != "" {
			t.Errorf("exit code %d without a code", got.code)
		}
	}
	d.click("✕ "+bastion, "Start session")
	d.screen.Eventually("it is in the log", func() bool { return d.logged("could not be shown") > 0 })
	if n := d.logged("zenity is not installed"); n != 1 {
		t.Errorf("it is in the log %d times", n)
	}
	d.signIn(bastion) // a terminal answers
	d.row("● " + bastion)
	if !app.alive() {
		t.Error("the app ended")
	}
}

// No program opens a log file: the person can take its path to one that does.
func TestDesktopNothingOpensTheLog(t *testing.T) {
	t.Parallel()
	testenv.Root(t)
	d := newDesktop(t, desktoptest.Panel)
	hide := "mount --bind /dev/null " + testenv.Program(t, "xdg-open", "xdg-utils") +
		"; if [ -e /usr/bin/gio ]; then mount --bind /dev/null /usr/bin/gio; fi; exec " + built().path("vaultbar-app")
	d.launch(d.command(testenv.Program(t, "unshare", "util-linux"), "--mount", "sh", "-c", hide))
	d.icon()
	d.click("Open log file")
	const dialog = "Vaultbar: Open the log file"
	if text := d.dialog(dialog); !strings.Contains(text, d.logFile()) {
		t.Errorf("the dialog does not name the file:\n%s", text)
	}
	d.screen.Screenshot("story-no-opener")
	d.screen.Answer(dialog, "")
	d.screen.Eventually("the path is on the clipboard", func() bool {
		text, _ := d.screen.Paste("UTF8_STRING")
		return text == d.logFile()
	})
}

// The dialog's program is killed: nobody gets credentials, everybody is told,
// and the next question is asked again.
func TestDesktopDialogKilled(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel)
	d.add(bastion, d.aws.Key)
	app := d.app()
	one := d.waits(bastion)
	d.check(unix.Kill(d.screen.Window(mfaDialog).PID, unix.SIGKILL))
	if code := d.exit(one.cmd.Wait()); code == 0 || one.stdout.Len() > 0 {
		t.Errorf("exit code %d, %d bytes", code, one.stdout.Len())
	}
	d.screen.NoWindow("MFA code")
	if n := d.logged("no dialog can be shown"); n != 1 {
		t.Errorf("that the dialog ended is in the log %d times", n)
	}
	d.click("✕ "+bastion, "Start session")
	d.screen.Answer(mfaDialog, d.code())
	d.row("● " + bastion)
	if !app.alive() {
		t.Error("the app ended with its dialog")
	}
}
