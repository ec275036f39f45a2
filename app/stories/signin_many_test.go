//go:build linux

package stories_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// team is how many profiles of one sign-in the programs use.
const team = 10

// teamProfile is the name of one of them.
func teamProfile(i int) string { return fmt.Sprintf("team-%d", i%team) }

// teamSignsIn gives the world an Identity Center in which ann is Admin in ten
// accounts, and a profile for each.
func (w *world) teamSignsIn() {
	w.Helper()
	server := w.aws.Server
	center := server.IdentityCenter(startURL)
	set, ann := center.PermissionSet("Admin", time.Hour), center.Person("ann")
	config := directory
	for i := range team {
		account := strings.Repeat(fmt.Sprint(i), 12)
		ann.Assign(server.Account(account), set)
		config += fmt.Sprintf("[profile %s]\nregion = eu-west-1\nsso_session = corp\nsso_account_id = %s\nsso_role_name = Admin\n", teamProfile(i), account)
	}
	w.writeConfig(config)
}

// startTeam starts n programs, each of which wants credentials of one of the team's
// profiles in turn.
func (w *world) startTeam(n int) []*member {
	w.Helper()
	var all []*member
	for i := range n {
		all = append(all, w.startMany(1, teamProfile(i))...)
	}
	return all
}

// teamServed checks that each program got the credentials of its own profile, and
// that AWS was asked no more than was needed for that.
func (w *world) teamServed(members []*member, way string) {
	w.Helper()
	keys := make(map[string]map[string]bool)
	for i, m := range members {
		code := w.exit(m.cmd.Wait())
		if _, err := parse(m.stdout.String()); code != 0 || err != nil || m.stderr.Len() > 0 {
			w.Errorf("program %d: exit code %d (%v)\n%s", i, code, err, m.stderr.Bytes())
			continue
		}
		if keys[teamProfile(i)] == nil {
			keys[teamProfile(i)] = make(map[string]bool)
		}
		keys[teamProfile(i)][keyID(m.stdout.String())] = true
	}
	all := make(map[string]bool)
	for profile, its := range keys {
		if len(its) != 1 {
			w.Errorf("%s has %d sessions", profile, len(its))
		}
		for key := range its {
			all[key] = true
		}
	}
	if len(all) != team {
		w.Errorf("%d sessions for %d profiles", len(all), team)
	}
	server := w.aws.Server
	for action, want := range map[string]int{"RegisterClient": 1, way: 1, "GetRoleCredentials": team} {
		if n := server.Count(action); n != want {
			w.Errorf("AWS was asked %d times for %s, %d is enough", n, action, want)
		}
	}
	if n := server.CountOK("CreateToken"); n != 1 {
		w.Errorf("%d tokens, one is enough", n)
	}
}

// TestTwoHundredProgramsOneSignIn: two hundred programs that find no app want
// credentials of ten profiles of one sign-in. One dialog asks, and one page opens. The
// program that was first is killed meanwhile, and nobody else fails.
func TestTwoHundredProgramsOneSignIn(t *testing.T) {
	t.Parallel()
	testenv.Program(t, "chromium", "chromium")
	d := newDesktop(t, desktoptest.Panel, desktoptest.Notifications)
	d.standard("chromium.desktop")
	d.Cleanup(d.closeBrowsers)
	d.teamSignsIn()
	d.aws.Server.PlayVisitor(&awstest.Visitor{Name: "ann"})

	first := &member{cmd: d.rootless(d.command("vaultbar", "export", teamProfile(0)))} // and with it the app
	d.check(first.cmd.Start())
	d.dialog(signInDialog)
	members := d.startTeam(manyPrograms - 1)
	d.allWait(manyPrograms)
	killAll([]*member{first})
	d.eventually("the app has noticed who left", func() bool { return d.connections() < manyPrograms })
	if n := d.dialogs(); n != 1 {
		t.Errorf("%d dialogs are open", n)
	}
	d.dialog(signInDialog)
	d.screen.Key("Tab", "Return")
	d.teamServed(members, "Authorize")
	if n := d.dialogs(); n != 0 {
		t.Errorf("%d dialogs are left", n)
	}
}

// TestTwoHundredProgramsOneCode: the same with a code that is shown at a terminal. The
// command that showed it is killed before the person has finished at AWS's page.
func TestTwoHundredProgramsOneCode(t *testing.T) {
	t.Parallel()
	testenv.Root(t)
	w := newWorld(t)
	w.teamSignsIn()
	ssh := w.startSSH(testenv.Program(t, "sshd", "openssh-server"), testenv.Program(t, "ssh", "openssh-client"))

	first := w.sit(ssh("vaultbar export --format=json " + teamProfile(0)))
	first.expect("[c]ancel")
	shown, _, _ := first.shown()
	found := deviceAddress.FindStringSubmatch(shown)
	if found == nil {
		t.Fatalf("the terminal shows\n%s", shown)
	}
	members := w.startTeam(manyPrograms - 1)
	w.allWait(manyPrograms)
	w.check(first.cmd.Process.Kill()) // the ssh client: the command is hung up on
	_ = first.cmd.Wait()
	w.eventually("the app has noticed who left", func() bool { return w.connections() < manyPrograms })

	ann := awstest.Visitor{Name: "ann"}
	page, err := ann.Visit(t.Context(), awstest.NewBrowser(), found[1]+"?user_code="+found[2])
	if err != nil || page.Status != 200 {
		t.Fatalf("the page says %d, %v\n%s", page.Status, err, page.Text)
	}
	w.teamServed(members, "StartDeviceAuthorization")
}
