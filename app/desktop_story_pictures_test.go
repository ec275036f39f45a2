//go:build linux

package app_test

import (
	"os"
	"strings"
	"testing"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// wallpaper is the colour of the desktop in the README's pictures.
const wallpaper = 0x3d4350

// What the README shows: a person's desktop with a key, three roles, a program
// that asks and a session that ends.
func TestDesktopPictures(t *testing.T) {
	t.Parallel()
	d := newDesk(t, desktoptest.Panel, desktoptest.Notifications)
	testenv.Program(t, debianAWS, "awscli")
	d.paint(wallpaper)
	d.writeConfig(d.officeConfig())
	d.setting("notify_lead = 5m\n")
	d.add("bastion", d.aws.Key)
	d.must("settings", "set", "--profile", "prod-admin", "pinned", "yes")

	line := d.awsArgs("--profile", "bastion", "sts", "get-caller-identity")
	program := d.command(line[0], line[1:]...)
	program.Dir = d.home + "/infra"
	d.check(os.Mkdir(program.Dir, 0o700))
	d.check(program.Start())
	text := d.dialog("Vaultbar: MFA code for bastion")
	if !strings.Contains(text, "aws (in ~/infra) asks for bastion.") {
		t.Errorf("the dialog does not say who asks:\n%s", text)
	}
	d.screen.Detail("readme-mfa", panelHeight, false)
	d.screen.Answer("Vaultbar: MFA code for bastion", d.code())
	d.check(program.Wait())

	for _, role := range []string{"prod-admin", "staging"} {
		d.export(role)
	}
	d.pick(func() { d.screen.Detail("readme-menu", panelHeight, true) }, "● prod-admin", "Renew now")

	d.must("clear")
	d.must("settings", "set", "session_duration", "15m")
	one := d.waits("bastion")
	d.screen.Answer("Vaultbar: MFA code for bastion", d.code())
	d.served(one)
	d.must("settings", "set", "notify_lead", "15m")
	d.screen.Notification("bastion needs a code in 1") // 15 min, or less where the machine is slow
	d.screen.Detail("readme-notification", panelHeight, false)
}

// officeConfig is the config file of somebody with one key and three roles.
func (d *desk) officeConfig() string {
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

// paint gives the desktop a colour, red, green and blue in one number.
func (d *desk) paint(colour uint32) {
	d.Helper()
	d.x(func(conn *xgb.Conn, screen *xproto.ScreenInfo) {
		d.check(xproto.ChangeWindowAttributesChecked(conn, screen.Root, xproto.CwBackPixel, []uint32{colour}).Check())
		d.check(xproto.ClearAreaChecked(conn, false, screen.Root, 0, 0, 0, 0).Check())
	})
}
