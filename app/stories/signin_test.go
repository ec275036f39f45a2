//go:build linux

package stories_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

const (
	startURL  = "https://d-1234567890.awsapps.com/start"
	directory = `[sso-session corp]
sso_start_url = ` + startURL + `
sso_region = us-east-1
sso_registration_scopes = sso:account:access
`
)

// signsIn gives the world an Identity Center in which ann is Admin in two accounts,
// and profiles for both; more is put behind them.
func (w *world) signsIn(more ...string) *awstest.Person {
	w.Helper()
	server := w.aws.Server
	center := server.IdentityCenter(startURL)
	set, ann := center.PermissionSet("Admin", time.Hour), center.Person("ann")
	config := directory
	for i, name := range []string{"dev", "prod"} {
		account := server.Account(strings.Repeat(fmt.Sprint(7+i), 12))
		ann.Assign(account, set)
		config += fmt.Sprintf("[profile %s]\nregion = eu-west-1\nsso_session = corp\nsso_account_id = %s\nsso_role_name = Admin\n",
			name, strings.Repeat(fmt.Sprint(7+i), 12))
	}
	w.writeConfig(config + strings.Join(more, ""))
	return ann
}

// signInDialog asks whether to sign in.
const signInDialog = "Vaultbar: Sign in to corp"

var deviceAddress = regexp.MustCompile(`(?s)(http\S+)\s+Check that the page shows ([A-Z]{4}-[A-Z]{4})`)

// TestStorySignIn: a person signs in once, at their terminal over ssh and with a code
// to compare; from then on all programs get the credentials of all their roles, also
// after a restart, until the sign-in is cleared.
func TestStorySignIn(t *testing.T) {
	t.Parallel()
	testenv.Root(t)
	w := newWorld(t)
	w.withConsole()
	w.signsIn()
	ssh := w.startSSH(testenv.Program(t, "sshd", "openssh-server"), testenv.Program(t, "ssh", "openssh-client"))

	w.wantComplaint(w.run("export", "--format=json", "dev"), 5, "before the sign-in")
	w.reads("explain", w.must("explain", "dev"))

	w.signsInAt(ssh("vaultbar signin"))
	for range 10 {
		w.export("dev")
		w.export("prod")
	}
	if address := w.must("login", "--stdout", "dev"); !strings.Contains(address, "SigninToken=") {
		t.Error("login gives no address that signs in")
	}
	if n := w.aws.Server.CountOK("GetRoleCredentials"); n != 2 {
		t.Errorf("%d times credentials of a role for two roles", n)
	}

	w.app().kill()
	w.must("clear", "prod")
	w.export("prod")
	if n, m := w.aws.Server.CountOK("StartDeviceAuthorization"), w.aws.Server.CountOK("RegisterClient"); n != 1 || m != 1 {
		t.Errorf("after a restart: %d sign-ins, %d registrations", n, m)
	}

	w.must("clear")
	for range 2 {
		w.wantComplaint(w.run("export", "--format=json", "prod"), 5, "after all is cleared")
		w.app().kill()
	}
}

// TestDesktopSignIn: programs that wait are one question on the desktop, and one page
// in the browser.
func TestDesktopSignIn(t *testing.T) {
	t.Parallel()
	testenv.Program(t, "chromium", "chromium")
	d := newDesktop(t, desktoptest.Panel, desktoptest.Notifications)
	d.standard("chromium.desktop")
	d.Cleanup(d.closeBrowsers)
	d.signsIn()
	d.launch(d.rootless(d.command("vaultbar-app")))
	d.aws.Server.PlayVisitor(&awstest.Visitor{Name: "ann"})

	waiting := append(d.startMany(3, "dev"), d.startMany(2, "prod")...)
	d.dialog(signInDialog) // TestDesktopPictureOfSignIn reads it
	d.screen.Screenshot("signin-dialog")
	d.screen.Key("Tab", "Return")
	for _, m := range waiting {
		d.served(m)
	}
	d.screen.Eventually("the page that ends it is on the screen", func() bool {
		return slices.ContainsFunc(d.screen.Windows(), func(w desktoptest.Window) bool { return w.Shown && w.Title == "Vaultbar - Chromium" })
	})
	d.screen.Screenshot("signin-page")
	if n := d.aws.Server.CountOK("CreateToken"); n != 1 {
		t.Errorf("%d tokens", n)
	}
	d.eventually("the trail has the sign-in, beside what it was for", func() bool {
		return slices.ContainsFunc(d.trail(), func(l trailLine) bool {
			return l.Kind == "sign-in" && l.Outcome == "done" && l.Detail == "corp" && len(l.Caller) > 0
		})
	})
	d.row("● dev")
	d.row("● prod")
	if n := d.dialogs(); n != 0 {
		t.Errorf("%d dialogs are left", n)
	}
}
