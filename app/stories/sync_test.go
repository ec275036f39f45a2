//go:build linux

package stories_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// byHand is a config that a person wrote, in their own way: no byte of it changes.
const byHand = "# work\n" + directory + "\n\t\n[profile  mine ]   ; the old one\nsso_session=corp\nsso_account_id = 700000000003\n" +
	"sso_role_name: Admin # in use\n\n[profile windows]\r\nregion = eu-west-1\r\n# the end"

// company gives ann three roles in each of so many accounts, and a config in which she
// has one of them.
func (w *world) company(accounts int) {
	w.Helper()
	center := w.aws.Server.IdentityCenter(startURL)
	ann := center.Person("ann")
	for i := range accounts {
		account := w.aws.Server.Account(fmt.Sprintf("7%011d", i), awstest.Named(fmt.Sprintf("Team & Co %d", i/2)))
		for _, role := range []string{"Admin", "Audit", "Billing"} {
			ann.Assign(account, center.PermissionSet(role, time.Hour))
		}
	}
	w.writeConfig(byHand)
}

// config is what the config file holds.
func (w *world) config() string {
	w.Helper()
	text, err := os.ReadFile(w.configFile())
	w.check(err)
	return string(text)
}

// begun starts a command, waits until AWS has listed the roles of so many accounts, and
// returns what becomes of the command. More are not listed until goOn is called.
func (w *world) begun(accounts int, args ...string) (cmd *exec.Cmd, goOn func(), done <-chan outcome) {
	w.Helper()
	var listed atomic.Int32
	hold := make(chan struct{})
	w.aws.Server.Fault(awstest.Fault{Action: "ListAccountRoles", Kind: func(reply http.ResponseWriter, r *http.Request, aws http.Handler) {
		if listed.Add(1) > int32(accounts) {
			select {
			case <-hold:
			case <-r.Context().Done():
			}
		}
		aws.ServeHTTP(reply, r)
	}})
	before := w.aws.Server.CountOK("ListAccountRoles")
	cmd, ended := w.command("vaultbar", args...), make(chan outcome, 1)
	var said strings.Builder
	cmd.Stderr = &said
	w.check(cmd.Start())
	go func() {
		err := cmd.Wait()
		ended <- outcome{stderr: said.String(), code: w.exit(err)}
	}()
	w.eventually("so many accounts are listed", func() bool { return w.aws.Server.CountOK("ListAccountRoles")-before >= accounts })
	return cmd, func() { close(hold) }, ended
}

// TestStorySync: all roles of a person get profiles, though AWS throttles and both the
// command and the app are killed meanwhile; a second time nothing changes, and other
// tools read what was written.
func TestStorySync(t *testing.T) {
	t.Parallel()
	testenv.Root(t)
	needTheirPrograms(t)
	const accounts = 31
	w := newWorld(t)
	w.company(accounts)
	ssh := w.startSSH(testenv.Program(t, "sshd", "openssh-server"), testenv.Program(t, "ssh", "openssh-client"))
	w.wantComplaint(w.run("sso", "sync", "--yes", "corp"), 5, "before the sign-in")

	s := w.sit(ssh("vaultbar sso accounts corp"))
	s.expect("[c]ancel")
	shown, _, _ := s.shown()
	w.signInWithCode(shown)
	if code := s.wait(); code != 0 || !strings.Contains(s.all(), "700000000030   Team & Co 15   ") {
		t.Fatalf("exit code %d\n%s", code, s.all())
	}

	w.aws.Server.Fault(awstest.Fault{Action: "ListAccountRoles", Times: 2, Kind: awstest.Throttle})
	cmd, goOn, done := w.begun(10, "sso", "sync", "--yes", "corp")
	w.check(cmd.Process.Kill())
	wait.For(t, "the killed command ends", done)
	goOn()
	w.aws.Server.ClearFaults()
	if w.config() != byHand {
		t.Error("half a listing has changed the config")
	}
	w.aws.Server.Fault(awstest.Fault{Action: "ListAccountRoles", Times: 2, Kind: awstest.ThrottleFor(1)})
	_, goOn, done = w.begun(10, "sso", "sync", "--yes", "corp")
	w.app().kill()
	goOn()
	if got := wait.For(t, "the command ends", done); got.code != 0 || !strings.Contains(got.stderr, fmt.Sprintf("%d profiles to add", 3*accounts-1)) {
		t.Fatalf("exit code %d\n%s", got.code, got.stderr)
	}
	// What a killed app had listed in its last second, it lists again.
	if n := w.aws.Server.CountOK("ListAccountRoles"); n > accounts+2*11 {
		t.Errorf("the roles of %d accounts were listed %d times", accounts, n)
	}

	text := w.config()
	if !strings.HasPrefix(text, byHand+"\n") || strings.Count(text, "vaultbar_sso_sync = yes") != 3*accounts-1 {
		t.Errorf("the config is\n%s", text)
	}
	if got := w.run("sso", "sync", "--yes", "--prune", "corp"); got.code != 0 || got.stdout != "" || w.config() != text {
		t.Errorf("a second time: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	w.othersRead(accounts)
	if long := w.must("list", "--long"); !strings.Contains(long, "700000000030 (Team & Co 15)") {
		t.Errorf("list --long says\n%s", long)
	}
}

// signInWithCode has ann finish the sign-in whose code a terminal shows.
func (w *world) signInWithCode(shown string) {
	w.Helper()
	found := deviceAddress.FindStringSubmatch(shown)
	if found == nil {
		w.Fatalf("the terminal shows\n%s", shown)
	}
	page, err := awstest.Visitor{Name: "ann"}.Visit(w.Context(), awstest.NewBrowser(), found[1]+"?user_code="+found[2])
	if err != nil || page.Status != 200 {
		w.Fatalf("the page says %d, %v\n%s", page.Status, err, page.Text)
	}
}

// asBotocoreReads prints each profile's account and role, as botocore reads them.
const asBotocoreReads = `
import botocore.session, json
profiles = botocore.session.Session().full_config["profiles"]
print(json.dumps({name: [p.get("sso_account_id"), p.get("sso_role_name"), p.get("region")] for name, p in profiles.items()}))`

// othersRead checks that AWS's own tools read each new profile as it is meant, and that
// one of them works.
func (w *world) othersRead(accounts int) {
	w.Helper()
	got := w.do(w.command(debianPython, "-c", asBotocoreReads))
	var read map[string][]string
	if err := json.Unmarshal([]byte(got.stdout), &read); err != nil {
		w.Fatalf("%v\n%s", err, got.stderr)
	}
	for i := range accounts {
		id := fmt.Sprintf("7%011d", i)
		for _, role := range []string{"Admin", "Audit", "Billing"} {
			name := fmt.Sprintf("Team-Co-%d-%s-%s", i/2, role, id)
			if i == accounts-1 {
				name = fmt.Sprintf("Team-Co-%d-%s", i/2, role) // the only account of that name
			}
			want := []string{id, role, "us-east-1"}
			if p, there := read[name]; i == 3 && role == "Admin" {
				if there {
					w.Errorf("%s is there twice", name)
				}
			} else if strings.Join(p, " ") != strings.Join(want, " ") {
				w.Errorf("botocore reads %s as %q, want %q", name, p, want)
			}
		}
	}
	last := fmt.Sprintf("Team-Co-%d-Audit", (accounts-1)/2)
	if list := w.do(w.command(debianAWS, "configure", "list-profiles")); !strings.Contains(list.stdout, "\n"+last+"\n") {
		w.Errorf("the AWS CLI lists\n%s%s", list.stdout, list.stderr)
	}
	got = w.do(w.command("vaultbar", append([]string{"exec", last, "--"}, w.awsArgs("sts", "get-caller-identity")...)...))
	if arn := w.arnIn(got); !strings.Contains(arn, fmt.Sprintf("7%011d", accounts-1)) || !strings.Contains(arn, "AWSReservedSSO_Audit_") {
		w.Errorf("the AWS CLI is %s", arn)
	}
}
