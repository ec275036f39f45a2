//go:build linux

package stories_test

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// teamSize is how many programs wait for one answer.
const teamSize = 20

// From logging in to working: the login item starts the app, its menu starts a
// session, one question serves everybody.
func TestDesktopMorning(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel)
	testenv.Program(t, debianAWS, "awscli")
	d.add(bastion, d.aws.Key)
	d.must("settings", "set", "open_at_login", "yes")
	d.stop()
	d.aws.Server.ResetCalls()
	app := d.launch(d.command("sh", "-c", "exec "+d.loginLine()))
	d.icon()

	d.pick(func() { d.screen.Screenshot("story-1-menu") }, "○ "+hoge, "Start session")
	text := d.dialog(mfaDialog)
	for _, want := range []string{bastion, hoge, d.device()} {
		if !strings.Contains(text, want) {
			t.Errorf("the dialog does not name %q:\n%s", want, text)
		}
	}
	team := d.team()
	d.allWait(teamSize)
	d.screen.Screenshot("story-1-dialog")
	d.screen.Answer(mfaDialog, d.wrongCode())
	d.reads("after a wrong code", lineWith(d.says(mfaDialog), "refused"))
	d.screen.Screenshot("story-1-again")
	d.screen.Answer(mfaDialog, d.code())

	d.row("● " + hoge + "   ")
	d.row("● "+hoge, "Ends at ")
	d.openMenu()
	d.screen.Screenshot("story-1-active")
	d.closeMenu()
	for i, one := range team {
		if err := one.Wait(); err != nil || !strings.Contains(one.Stdout.(*bytes.Buffer).String(), d.aws.User.ARN()) {
			t.Errorf("program %d: %v\n%s%s", i, err, one.Stdout, one.Stderr)
		}
	}
	if n := d.aws.Server.Count("GetSessionToken"); n != 2 || d.aws.Server.CountOK("GetSessionToken") != 1 {
		t.Errorf("two codes were typed, and AWS was asked for %d sessions", n)
	}
	if n := d.dialogs(); n != 0 || !app.alive() {
		t.Errorf("%d dialogs are left; the app lives: %t", n, app.alive())
	}
}

// teamOfPython is how many of them are AWS's command, which takes most of a second of a
// processor to start.
const teamOfPython = 4

// team starts programs that know nothing of Vaultbar but a profile: AWS's command, and ones
// with AWS's SDK for Go.
func (d *desktop) team() []*exec.Cmd {
	d.Helper()
	all := make([]*exec.Cmd, teamSize)
	for i := range all {
		line := d.awsArgs("--profile", bastion, "sts", "get-caller-identity")
		all[i] = d.command(line[0], line[1:]...)
		if i >= teamOfPython {
			all[i] = d.command(os.Args[0], bastion)
			all[i].Env = d.with(roleVariable + "=sdk")
		}
		all[i].Stdout, all[i].Stderr = new(bytes.Buffer), new(bytes.Buffer)
		d.check(all[i].Start())
	}
	return all
}

// wrongCode is a code that AWS will not take.
func (d *desktop) wrongCode() string {
	for _, code := range []string{"123456", "654321"} {
		if code != d.aws.MFA.Code() && code != d.aws.MFA.FreshCode() {
			return code
		}
	}
	return "111111"
}
