//go:build linux

package stories_test

import (
	"slices"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// TestDesktopAgentNotices: what an agent gets is told, many profiles in one notification and
// each once; what the person has allowed for an hour once, when it is used again.
func TestDesktopAgentNotices(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel, desktoptest.Notifications)
	config := "[profile " + plain + "]\nregion = eu-central-1\n"
	bob := d.aws.Account.User("bob").ARN()
	names := []string{"dev", "staging", "logs", "shared", "prod-admin"}
	for _, name := range names {
		role := d.aws.Account.Role(name, awstest.Trust{Principals: []string{bob}})
		config += "[profile " + name + "]\nrole_arn = " + role.ARN() + "\nsource_profile = " + plain + "\n"
	}
	d.writeConfig(config)
	d.start()
	d.add(plain, d.spare)
	d.must("settings", "set", "--profile", "prod-admin", "protected", "yes")
	claude, vaultbar := d.program("claude"), built().path("vaultbar")
	titles := func() (all []string) {
		for _, n := range d.screen.Notified() {
			all = append(all, n.Title)
		}
		return all
	}
	notified := func(title string) {
		t.Helper()
		d.eventually("a notification: "+title, func() bool { return slices.Contains(titles(), title) })
	}

	script := "for p in dev staging logs shared dev staging; do " + vaultbar + " export --format=json $p >/dev/null || exit; done"
	all := d.command(claude, "sh", "-c", script)
	all.Env = append(all.Env, "CLAUDECODE=1")
	if got := d.do(all); got.code != 0 {
		t.Fatalf("exit code %d: %s", got.code, got.stderr)
	}
	notified("claude got credentials of 4 profiles")
	d.screen.Screenshot("agent-notice")

	script = "for i in 1 2 3 4; do " + vaultbar + " export --format=json prod-admin >/dev/null || exit; done"
	asked := d.command(claude, "sh", "-c", script)
	d.check(asked.Start())
	d.dialog(approvalDialog)
	d.choose(approvalDialog, "Right", "Right", "Return") // for 1 hour
	if code := d.exit(asked.Wait()); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	const got = "claude got credentials of prod-admin"
	notified(got)
	n := 0
	for _, title := range titles() {
		if title == got {
			n++
		}
	}
	if n != 1 {
		t.Errorf("told %d times of one grant", n)
	}
}
