//go:build linux

package stories_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

const approvalDialog = "Vaultbar: Your approval"

// TestDesktopApproval: to loosen a protection is asked at the person's own
// terminal, and on the desktop where a program asks, also one that made a terminal
// for itself. It is told by a notification.
func TestDesktopApproval(t *testing.T) {
	t.Parallel()
	xterm := testenv.Program(t, "xterm", "xterm")
	d := newDesktop(t, desktoptest.Panel, desktoptest.Notifications)
	d.asShipped()
	d.start()
	for i, key := range protectors(t) {
		way := protections[key]
		if key == "agents_policy" {
			continue // the way back is asked about too: no policy is narrower than all others
		}
		if i%4 == 3 { // after several dialogs that were canceled in a row none comes up by itself
			d.must("settings", "set", "--profile", plain, "protected", "yes")
			d.allows("settings", "set", "--profile", plain, "protected", "no")
		}
		d.must("settings", "set", key, way.tight)

		// A window of the person's: the question stands there, and no dialog.
		window := d.command(xterm, "-e", built().path("vaultbar"), "settings", "set", key, way.loose)
		d.check(window.Start())
		d.screen.Await("the terminal's window", func(windows []desktoptest.Window) bool {
			return slices.ContainsFunc(windows, func(w desktoptest.Window) bool { return w.Class == "XTerm" && w.Active })
		})
		d.screen.Eventually("the question is asked", d.approving)
		if n := d.dialogs(); n != 0 {
			t.Errorf("%s: %d dialogs beside the person's terminal", key, n)
		}
		d.screen.Screenshot("approval-terminal")
		d.screen.Type("allow\n")
		if code := d.exit(window.Wait()); code != 0 || d.value(key) != way.loose {
			t.Errorf("%s, own terminal: exit code %d, it is %s", key, code, d.value(key))
		}
		d.screen.Notification("The setting " + key + " is now " + redacted(way.loose))
		d.must("settings", "set", key, way.tight)

		// A program with a terminal of its making types the answer into it in vain.
		s := d.sit(d.command("vaultbar", "settings", "set", key, way.loose))
		s.answer("allow")
		d.reads(key, d.says(approvalDialog))
		d.screen.Key("Escape")
		if code := s.wait(); code != 4 || d.value(key) != way.tight {
			t.Errorf("%s, a program's terminal: exit code %d, it is %s", key, code, d.value(key))
		}

		// Within the pause nobody is asked again for a program.
		if got := d.run("settings", "set", key, way.loose); got.code != 4 || d.value(key) != way.tight {
			t.Errorf("%s, within the pause: exit code %d\n%s", key, got.code, got.stderr)
		}
	}
}

// allows runs the command as a program that the person allows, in a dialog.
func (d *desktop) allows(args ...string) {
	d.Helper()
	cmd := d.command("vaultbar", args...)
	d.check(cmd.Start())
	d.choose(approvalDialog, "Tab", "Return")
	if code := d.exit(cmd.Wait()); code != 0 {
		d.Errorf("%s: exit code %d", args, code)
	}
}

// TestDesktopApprovalOfAProgram: without a terminal it is a dialog, and a yes there
// is a yes.
func TestDesktopApprovalOfAProgram(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel, desktoptest.Notifications)
	d.start()
	setting := d.command("vaultbar", "settings", "set", "links", "yes")
	d.check(setting.Start())
	d.screen.Window(approvalDialog)
	d.screen.Screenshot("approval-dialog")
	d.screen.Key("Tab", "Return")
	if code := d.exit(setting.Wait()); code != 0 || d.value("links") != "yes" {
		t.Errorf("exit code %d, it is %s", code, d.value("links"))
	}
	d.private(d.screen.Notification("The setting links is now yes"))
}

// TestDesktopWayToAWS: a command that nobody sits before, with a company's proxy in its
// environment, puts up a dialog that names that; after Always the person is not asked
// again, and the menu, which has no variables, goes by it too.
func TestDesktopWayToAWS(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel, desktoptest.Notifications)
	d.steered = false
	d.writeConfig(d.usual())
	d.settings("")
	proxy, ca := awstest.NewProxy(t, d.aws.Server), d.path("t", "ca.pem")
	d.check(os.WriteFile(ca, proxy.CA(), 0o600))
	d.env = d.with("AWS_ENDPOINT_URL", "HTTPS_PROXY="+proxy.URL(), "AWS_CA_BUNDLE="+ca)
	d.start()

	adding := d.adding(plain, d.spare)
	d.check(adding.Start())
	d.reads("", unwrapped(d.says(approvalDialog)))
	d.screen.Screenshot("approval-proxy")
	d.choose(approvalDialog, "shift+Tab", "Return") // Always
	if code := d.exit(adding.Wait()); code != 0 || d.value("trusted_proxies") != proxy.URL() || d.value("ca_bundle") != ca {
		t.Errorf("exit code %d, trusted are %q and %q", code, d.value("trusted_proxies"), d.value("ca_bundle"))
	}
	d.export(plain)
	d.must("clear", plain)
	calls := len(d.aws.Server.Calls())
	d.click("○ "+plain, "Start session")
	d.row("● " + plain)
	if len(d.aws.Server.Calls()) == calls || len(proxy.Hosts()) == 0 {
		t.Errorf("%d calls for a click, the proxy was asked for %q", len(d.aws.Server.Calls())-calls, proxy.Hosts())
	}
	if n := d.dialogs(); n != 0 {
		t.Errorf("%d dialogs are open", n)
	}
}

// TestDesktopFolder: a program that wants a .vaultbar trusted puts up a dialog, where
// Return alone is a no.
func TestDesktopFolder(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel, desktoptest.Notifications)
	d.start()
	cloned := d.clone("cloned", plain+"\n")
	for _, answer := range []struct {
		keys  []string
		code  int
		named string
	}{{[]string{"Return"}, 4, ""}, {[]string{"Tab", "Return"}, 0, plain + "\n"}} {
		trusting := d.command("vaultbar", "dir", "trust")
		trusting.Dir = cloned
		if answer.code == 0 {
			trusting.Dir = d.clone("again", plain+"\n") // the first one is not asked about again at once
		}
		d.check(trusting.Start())
		d.reads(filepath.Base(trusting.Dir), d.says(approvalDialog))
		d.screen.WaitStill()
		d.screen.Screenshot("approval-folder")
		d.screen.Key(answer.keys...)
		if code := d.exit(trusting.Wait()); code != answer.code {
			t.Errorf("%q: exit code %d", answer.keys, code)
		}
		if got := d.in(trusting.Dir, "dir", "--name"); got.stdout != answer.named {
			t.Errorf("%q: %+v", answer.keys, got)
		}
	}
}

// TestDesktopProtected: a program that wants a protected profile is put to the person,
// who allows it for an hour by the keyboard alone; the menu shows that and ends it.
func TestDesktopProtected(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel, desktoptest.Notifications)
	d.start()
	d.add(plain, d.spare)
	d.must("settings", "set", "--profile", plain, "protected", "yes")
	ended := d.inSession(d.program("terraform"), built().path("vaultbar"), "export", "--format=json", plain)
	d.reads("", d.says(approvalDialog))
	d.screen.Screenshot("approval-protected")
	d.choose(approvalDialog, "Right", "Right", "Return") // for 1 hour
	if _, code := ended(); code != "0" || len(d.granted()) != 1 {
		t.Errorf("exit code %s, granted %q", code, d.granted())
	}
}

// TestDesktopClicksOfPrograms: a program that clicks in the menu over the session bus takes
// no protection away, and copies nothing that is protected: the person is asked.
func TestDesktopClicksOfPrograms(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel, desktoptest.Notifications)
	d.start()
	d.add(plain, d.spare)
	d.must("settings", "set", "--profile", plain, "protected", "yes")
	protected := func() bool {
		row, ok := find(d.menu(), "○ "+plain, "Ask before a program gets it")
		return ok && row.ticked
	}

	for _, click := range []struct{ row, title string }{
		{"Ask before a program gets it", approvalDialog},
		{"Copy as environment variables", "Vaultbar: Copy credentials"},
	} {
		d.click("○ "+plain, click.row)
		d.reads(click.row, d.says(click.title))
		window := d.screen.Window(click.title)
		d.screen.Screenshot("click-" + strings.Fields(click.row)[0])
		d.choose(click.title, "Return") // which is the refusal
		d.screen.Gone(window)
		if !protected() {
			t.Errorf("%s: it is not protected any more", click.row)
		}
	}
	if text, ok := d.screen.Paste("UTF8_STRING"); strings.Contains(text, "AWS_") {
		t.Errorf("on the clipboard, %v: %d bytes", ok, len(text))
	}
	d.click("○ "+plain, "Ask before a program gets it")
	d.dialog(approvalDialog)
	d.choose(approvalDialog, "Tab", "Return")
	d.eventually("the person takes the protection away", func() bool { return !protected() })
}

// TestDesktopRevoke: what a program was allowed is taken back where it stands in the
// menu under what was done of late, by the keyboard alone. The server that it started ends
// with it, and so does the row; what others were allowed goes on.
func TestDesktopRevoke(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel, desktoptest.Notifications)
	d.start()
	d.add(plain, d.spare)
	d.must("settings", "set", "--profile", plain, "protected", "yes")
	// allowed runs a command by a program that the person allows it to for an hour.
	allowed := func(program string, args ...string) (stdout string) {
		ended := d.inSession(d.program(program), append([]string{built().path("vaultbar")}, args...)...)
		d.dialog(approvalDialog)
		d.choose(approvalDialog, "Right", "Right", "Return") // for 1 hour
		out, code := ended()
		if code != "0" {
			t.Fatalf("%s: exit code %s", program, code)
		}
		return out
	}
	values := printed(allowed("compose", "serve", plain))
	s := &servedCommand{world: d.world, address: values["AWS_CONTAINER_CREDENTIALS_FULL_URI"], token: values["AWS_CONTAINER_AUTHORIZATION_TOKEN"]}
	allowed("terraform", "export", "--format=json", plain)
	if got := s.ask("/"); got.status != 200 {
		t.Fatalf("it is not served: %+v", got)
	}
	const recent = "Recent activity"
	revoke := func(program string) func(entry) bool {
		return func(e entry) bool { return strings.Contains(e.label, "Revoke: "+program) }
	}
	var label string
	d.screen.Eventually("the menu offers to revoke both", func() bool {
		rows := d.row(recent).children
		if at := slices.IndexFunc(rows, revoke("compose")); at >= 0 && slices.ContainsFunc(rows, revoke("terraform")) {
			label = rows[at].label
			return true
		}
		return false
	})
	d.pick(func() { d.screen.Screenshot("menu-recent-revoke") }, recent, label)
	d.screen.Eventually("it is served no more", func() bool { return s.ask("/").status == 0 })
	d.screen.Eventually("the menu says what was done", func() bool {
		rows := d.row(recent).children
		return slices.ContainsFunc(rows, func(e entry) bool {
			return strings.Contains(e.label, "revoke: grant") && strings.HasSuffix(e.label, "you")
		}) &&
			!slices.ContainsFunc(rows, revoke("compose")) && slices.ContainsFunc(rows, revoke("terraform"))
	})
	if granted := d.granted(); len(granted) != 1 || !strings.Contains(granted[0], "terraform") {
		t.Errorf("granted is %q", granted)
	}
}

// redacted is how a notification shows a value.
func redacted(value string) string {
	if len(value) == 12 { // an account
		return "…" + value[8:]
	}
	return value
}

// TestDesktopEditsAreTold: what somebody wrote into the settings file is told by a
// notification when the app starts.
func TestDesktopEditsAreTold(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel, desktoptest.Notifications)
	d.start()
	d.must("settings", "set", "allow_no_session", "no")
	d.stop()
	d.setting("allow_no_session = yes\n")
	d.start()
	d.private(d.screen.Notification("The setting allow_no_session is now yes"))
}

// TestDesktopDamagedTrailIsTold: that the audit trail is not as it was written is told by a
// notification when the app starts, and everybody is served all the same.
func TestDesktopDamagedTrailIsTold(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel, desktoptest.Notifications)
	d.start()
	d.add(plain, d.spare)
	d.export(plain)
	d.stop()
	file := filepath.Join(filepath.Dir(d.logFile()), "audit", "trail.jsonl")
	text, err := os.ReadFile(file)
	d.check(err)
	d.check(os.WriteFile(file, bytes.Replace(text, []byte(plain), []byte("other"), 1), 0o600))
	d.start()
	d.private(d.screen.Notification("Vaultbar's audit trail"))
	d.export(plain)
}

// approving says whether the app waits for an approval.
func (d *desktop) approving() bool {
	return strings.Contains(d.say(`{"v":1,"op":"snapshot"}`), `"kind":"approval"`)
}

// TestDesktopContainer: a program in a container gets credentials when its person
// allows it on the desktop, once or for good.
func TestDesktopContainer(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel, desktoptest.Notifications)
	d.start()
	d.add(plain, d.spare)
	for _, keys := range [][]string{{"Tab", "Return"}, {"shift+Tab", "Return"}} { // Once, then Always
		export := d.boxed("export", "--format=json", plain)
		d.check(export.Start())
		d.reads(keys[0], d.says(approvalDialog))
		d.screen.Screenshot("approval-container")
		d.screen.Key(keys...)
		if code := d.exit(export.Wait()); code != 0 {
			t.Errorf("%q: exit code %d", keys, code)
		}
	}
	if d.value("sandboxes") != "allow" {
		t.Errorf("after Always, sandboxes is %s", d.value("sandboxes"))
	}
	if got := d.do(d.boxed("export", "--format=json", plain)); got.code != 0 {
		t.Errorf("exit code %d, %q", got.code, got.stderr)
	}
}
