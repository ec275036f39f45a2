//go:build linux

package stories_test

import (
	"os"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
)

// A person with a key gives it a role, a region and a color, without an editor and
// without a terminal.
func TestDesktopRoleAboveAKey(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel)
	d.writeConfig("[profile base]\nmfa_serial = " + d.aws.MFA.Serial() + "\n\n[profile hoge]\nregion = eu-west-1\n")
	d.start()
	d.add("base", d.aws.Key)

	const region = "Vaultbar: Region of base"
	d.click("○ base", "Set the region…")
	d.screen.Answer(region, "moon")
	d.screen.Answer(region, "eu-central-1")
	if text := d.page(region); !strings.Contains(text, "+region = eu-central-1") {
		t.Errorf("the change is not shown:\n%s", text)
	}
	d.screen.Screenshot("role-region")
	d.screen.Answer(region, "")
	d.row("○ base", "Region eu-central-1…")

	const head = "Vaultbar: Add a role above base"
	d.pick(func() { d.screen.Screenshot("role-menu") }, "○ base", "Add a role above this key…")
	d.screen.Answer(head, d.aws.User.ARN()) // a slip
	d.screen.Window(head)
	d.screen.Screenshot("role-slip")
	d.screen.Answer(head, d.aws.Role.ARN())
	if text := d.dialog(head); !strings.Contains(text, "base-hoge") || strings.Contains(text, "111111111111") {
		t.Errorf("the name is asked for by\n%s", text)
	}
	d.screen.Screenshot("role-name")
	d.screen.Answer(head, "hoge") // it is taken
	d.screen.Answer(head, "ops")
	if text := d.page(head); !strings.Contains(text, "+role_arn = "+d.aws.Role.ARN()) || !strings.Contains(text, "+region = eu-central-1") {
		t.Errorf("the change is not shown:\n%s", text)
	}
	d.screen.Screenshot("role-change")
	if text, err := os.ReadFile(d.configFile()); err != nil || strings.Contains(string(text), "role_arn") {
		t.Errorf("written before the person agreed: %q, %v", text, err)
	}
	d.screen.Answer(head, "")
	d.reads("added", d.page("Vaultbar: Added ops"))
	d.screen.Screenshot("role-added")
	d.screen.Key("Escape")
	d.row("○ ops")

	const color = "Vaultbar: Window color of ops"
	d.click("○ ops", "Set the window color…")
	d.screen.Window(color)
	d.screen.WaitStill()
	d.screen.Screenshot("role-color")
	d.screen.Key("Down", "Return") // behind none: red
	d.row("○ ops", "Window color red…")

	d.click("○ ops", "Start session")
	d.screen.Answer("Vaultbar: MFA code for base", d.code())
	d.row("● ops")
}
