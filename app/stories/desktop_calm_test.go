//go:build linux

package stories_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

const (
	dayProfiles  = 40
	dayProtected = 3
)

// TestDesktopCalmDay is a working day with 40 profiles, of which 3 are protected. The
// person is asked the questions that are answered here and no other: none for their own
// terminal, a program or an agent on what is not protected, and none again at once for
// what they have denied. Nothing else comes to the screen.
func TestDesktopCalmDay(t *testing.T) {
	t.Parallel()
	xterm := testenv.Program(t, "xterm", "xterm")
	d := newDesktop(t, desktoptest.Panel, desktoptest.Notifications)
	d.asShipped()
	config := "[profile " + plain + "]\nregion = eu-central-1\n"
	bob := d.aws.Account.User("bob").ARN()
	var names []string
	for i := range dayProfiles {
		name := numbered(i)
		if i < dayProtected {
			name = fmt.Sprintf("prod-%d", i)
		}
		names = append(names, name)
		role := d.aws.Account.Role(name, awstest.Trust{Principals: []string{bob}})
		config += fmt.Sprintf("[profile %s]\nrole_arn = %s\nsource_profile = %s\n", name, role.ARN(), plain)
	}
	d.writeConfig(config)
	d.start()
	d.add(plain, d.spare)
	for _, name := range names[:dayProtected] {
		d.must("settings", "set", "--profile", name, "protected", "yes")
	}
	protected, open := names[:dayProtected], names[dayProtected:]
	vaultbar := built().path("vaultbar")

	// Their own terminal, twice each.
	day := d.path("day.sh")
	script := "#!/bin/sh\nfor p in " + strings.Join(slices.Concat(open, open), " ") + "; do\n" +
		vaultbar + " export --format=json $p </dev/null >/dev/null 2>>" + d.path("day.err") + " || echo $p >>" + d.path("day.err") + "\ndone\n"
	d.check(os.WriteFile(day, []byte(script), 0o755))
	window := d.command(xterm, "-e", day)
	d.check(window.Start())
	if code := d.exit(window.Wait()); code != 0 {
		t.Errorf("the terminal: exit code %d", code)
	}
	if failed, _ := os.ReadFile(d.path("day.err")); len(failed) > 0 {
		t.Errorf("the terminal:\n%s", failed)
	}

	// Programs and an agent, on what is not protected.
	terraform, claude := d.program("terraform"), d.program("claude")
	uses := func(program, profile string, want int) {
		t.Helper()
		if got := d.do(d.command(program, vaultbar, "export", "--format=json", profile)); got.code != want {
			t.Errorf("%s of %s: exit code %d, %s", profile, program, got.code, got.stderr)
		}
	}
	for _, name := range open[:10] {
		uses(terraform, name, 0)
		uses(claude, name, 0)
	}

	// What is protected: each question is answered by the keyboard alone.
	asked := func(program, profile string, want int, keys ...string) {
		t.Helper()
		export := d.command(program, vaultbar, "export", "--format=json", profile)
		d.check(export.Start())
		d.dialog(approvalDialog)
		d.choose(approvalDialog, keys...)
		if code := d.exit(export.Wait()); code != want {
			t.Errorf("%s of %s: exit code %d", profile, program, code)
		}
	}
	asked(terraform, protected[0], 0, "Right", "Right", "Return") // for 1 hour
	asked(claude, protected[0], 4, "Return")                      // denied
	for range 5 {
		uses(claude, protected[0], 4)
	}
	asked(terraform, protected[1], 0, "Right", "Return") // once

	want := []string{protected[0] + " done hour: grant 1", protected[0] + " canceled : grant 0", protected[1] + " done once: grant 0"}
	d.eventually("the trail has the three questions, and no other", func() bool {
		var answers []string
		for _, l := range d.trail() {
			if l.Kind == "approval" {
				answers = append(answers, fmt.Sprintf("%s %s %s: grant %d", l.Profile, l.Outcome, l.Allowed, l.Grant))
			}
		}
		if len(answers) > len(want) {
			t.Fatalf("asked %q, want %q", answers, want)
		}
		return slices.Equal(answers, want)
	})
	for _, n := range d.screen.Notified() {
		if !strings.Contains(n.Title, " waits for your approval") { // on a slow machine a question is open for long
			t.Errorf("notified: %s", n.Title)
		}
	}
	d.openMenu()
	d.screen.Screenshot("calm-day-menu")
	d.closeMenu()
}

// TestDesktopProposal: a profile that looks like production is proposed by a row of the
// menu alone. Who leaves it as it is is not asked again.
func TestDesktopProposal(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel, desktoptest.Notifications)
	d.writeConfig("[profile prod-admin]\nregion = eu-central-1\n[profile product-catalog]\nregion = eu-central-1\n")
	d.start()
	d.add("prod-admin", d.spare)
	const row = "prod-admin looks like production – protect it…"
	if n := d.dialogs(); n != 0 {
		t.Errorf("%d dialogs that nobody asked for", n)
	}
	d.click(row)
	d.dialog("Vaultbar: Protect prod-admin")
	d.screen.WaitStill()
	d.screen.Screenshot("proposal")
	d.screen.Key("Left", "Left", "Return")
	d.look([]string{row}, func(_ string, _ entry, ok bool) bool { return !ok })
	if text, err := os.ReadFile(filepath.Join(d.home, ".config", "vaultbar", "settings.ini")); err != nil || !strings.Contains(string(text), "protected = no") {
		t.Errorf("the settings are %q, %v", text, err)
	}
}
