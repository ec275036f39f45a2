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

// What the README and the pages show: a person's desktop with a key, three roles, programs
// that ask and a session that ends. The dialog for a code, which names the endpoint of a
// local AWS, is with the tests of dialogs.
func TestDesktopPictures(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel, desktoptest.Buttons)
	d.screen.Paint()
	d.writeConfig(d.officeConfig())
	d.setting("notify_lead = 5m\n")
	d.add("bastion", d.aws.Key)
	d.must("settings", "set", "--profile", "prod-admin", "pinned", "yes")

	const dialog = "Vaultbar: MFA code for bastion"
	ended := d.inFolder(d.program("terraform"), built().path("vaultbar"), "export", "--format=json", "bastion")
	d.reads("who asks for a code", lineWith(d.says(dialog), "terraform"))
	d.screen.Answer(dialog, d.code())
	ended()

	for _, role := range []string{"prod-admin", "staging"} {
		d.export(role)
	}
	d.protectProduction()
	ended = d.inFolder("/usr/bin/env", "CLAUDECODE=1", d.program("claude"), d.program("zsh"), d.program("terraform"),
		built().path("vaultbar"), "export", "--format=json", "prod-admin")
	d.reads("who asks for what is protected", d.says(approvalDialog))
	d.shot("approval")
	d.screen.Dismiss(approvalDialog)
	ended()
	d.pick(func() { d.screen.Detail("readme-menu", panelHeight, true) }, "● prod-admin", "Renew now")

	d.must("clear")
	d.must("settings", "set", "session_duration", "15m")
	one := d.waits("bastion")
	d.screen.Answer(dialog, d.code())
	d.served(one)
	d.must("settings", "set", "notify_lead", "15m")
	d.screen.Notification("bastion needs a code in 1") // 15 min, or less where the machine is slow
	d.shot("notification")
}

// TestDesktopPictureOfSignIn: a program needs a person to sign in.
func TestDesktopPictureOfSignIn(t *testing.T) {
	t.Parallel()
	testenv.Program(t, "chromium", "chromium")
	d := newDesktop(t, desktoptest.Panel)
	d.screen.Paint()
	d.standard("chromium.desktop")
	d.Cleanup(d.closeBrowsers)
	d.signsIn()
	d.launch(d.rootless(d.command("vaultbar-app")))
	ended := d.inFolder(d.program("terraform"), built().path("vaultbar"), "export", "--format=json", "dev")
	d.reads("", d.says(signInDialog))
	d.screen.Screenshot("sign-in-asked") // with the local AWS in it: the picture for people is made where the dialog is tested
	d.screen.Dismiss(signInDialog)
	ended()
}

// TestDesktopPictureOfConsole: production's own window has the color that was set.
func TestDesktopPictureOfConsole(t *testing.T) {
	t.Parallel()
	testenv.Program(t, "chromium", "chromium")
	d := newDesktop(t, desktoptest.Panel)
	d.screen.Paint()
	d.withConsole()
	d.Cleanup(d.closeBrowsers)
	d.writeConfig(d.officeConfig())
	d.launch(d.rootless(d.command("vaultbar-app")))
	d.add("bastion", d.aws.Key)
	d.protectProduction()
	opening := d.command("vaultbar", "login", "--isolated", "--browser", "chromium", "prod-admin")
	d.check(opening.Start())
	d.choose(approvalDialog, "Right", "Return")
	d.screen.Answer("Vaultbar: MFA code for bastion", d.code())
	d.check(opening.Wait())
	d.screen.Eventually("the console is open", func() bool {
		return slices.ContainsFunc(d.screen.Windows(), func(w desktoptest.Window) bool { return w.Active && strings.HasPrefix(w.Title, "Console") })
	})
	d.screen.Park()
	d.screen.Top("readme-console", panelHeight, 52) // the tabs: the address below is of the local AWS
}

// shot is a picture of what is on the desktop, without the pointer.
func (d *desktop) shot(name string) {
	d.Helper()
	d.screen.Park()
	d.screen.Detail("readme-"+name, panelHeight, false)
}

// inFolder starts a program where a person has their infrastructure.
func (d *desktop) inFolder(program string, args ...string) (ended func() (string, string)) {
	d.Helper()
	d.check(os.MkdirAll(filepath.Join(d.home, "infra"), 0o700))
	const run = `cd ~/infra && exec "$0" "$@"`
	return d.inSession("/bin/sh", append([]string{"-c", run, program}, args...)...)
}

// protectProduction makes production what it is for a careful person.
func (d *desktop) protectProduction() {
	d.Helper()
	for _, setting := range [][]string{{"prod-admin", "protected", "yes"}, {"prod-admin", "color", "red"}, {"prod-readonly", "protected", "no"}} {
		d.must(append([]string{"settings", "set", "--profile"}, setting...)...)
	}
}

// officeConfig is the config file of somebody with one key and three roles.
func (d *desktop) officeConfig() string {
	production, staging := d.aws.Server.Account("222222222222"), d.aws.Server.Account("333333333333")
	trust := awstest.Trust{Principals: []string{d.aws.User.ARN()}, RequireMFA: true}
	role := func(profile string, r *awstest.Role) string {
		return "[profile " + profile + "]\nregion = eu-central-1\nrole_arn = " + r.ARN() + "\nsource_profile = bastion\n\n"
	}
	return "[profile bastion]\nregion = eu-central-1\nmfa_serial = " + d.aws.MFA.Serial() +
		"\ncredential_process = " + built().path("vaultbar") + " export --format=json bastion\n\n" +
		role("prod-admin", production.Role("admin", trust)) + role("prod-readonly", production.Role("readonly", trust)) +
		role("staging", staging.Role("developer", trust))
}
