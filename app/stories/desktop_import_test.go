//go:build linux

package stories_test

import (
	"path/filepath"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// A person who has only ever had plain keys opens the menu, clicks its first row and
// says yes once, all with the mouse: no secret is in their files then, and AWS's own tools go on by the
// same names.
func TestDesktopImport(t *testing.T) {
	t.Parallel()
	needTheirPrograms(t)
	d := newDesktop(t, desktoptest.Panel)
	d.writeConfig("[profile " + plain + "]\nregion = eu-central-1\n\n[profile ci]\nregion = eu-west-1\n")
	bob, build := d.aws.Account.User("bob"), d.aws.Account.User("ci")
	ci := build.NewKey()
	d.plainKeys(map[string]*awstest.Key{plain: d.spare, "ci": ci}, "[other]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\naws_session_token = y\n")
	d.everyProgramIs("with the plain key", plain, bob.ARN())
	d.start()
	d.icon()
	const row = "▲ 2 keys are in plain text in ~/.aws/credentials – move them…"
	d.row(row)
	if first := d.menu()[0]; first.label != row {
		t.Errorf("the first row is %q", first.label)
	}
	d.click("Add credentials…")
	d.screen.Fill("Vaultbar: Add credentials", plain, d.spare.ID(), d.spare.Secret().Reveal(), "")
	d.screen.Window("Vaultbar: Add credentials")
	d.screen.Screenshot("import-instead")
	d.screen.Answer("Vaultbar: Add credentials", "") // Move it
	d.screen.Dismiss("Vaultbar: Move the key of " + plain + " into the keychain")

	d.openMenu()
	d.screen.Screenshot("import-menu")
	d.clickFirstRow()
	const ask = "Vaultbar: Move 2 keys into the keychain"
	d.screen.Window(ask)
	d.screen.Screenshot("import-question")
	d.reads("", d.says(ask))
	if len(d.inPlain(d.home, d.spare, ci)) != 2 {
		t.Error("something moved before the person agreed")
	}
	d.press(ask)
	const done = "Vaultbar: Moved 2 keys into the keychain"
	d.screen.Window(done)
	d.screen.Screenshot("import-done")
	d.screen.Dismiss(done)
	if left := d.inPlain(filepath.Join(d.home, ".aws"), d.spare, ci); len(left) > 0 {
		t.Errorf("in plain text still: %q", left)
	}
	if copies := d.inPlain(d.home, d.spare, ci); len(copies) != 2 {
		t.Errorf("the keys are in %q", copies)
	}
	d.everyProgramIs("after the import", plain, bob.ARN())
	d.everyProgramIs("after the import", "ci", build.ARN())
	d.row("● ci")
	d.look([]string{"▲"}, func(_ string, _ entry, ok bool) bool { return !ok })
	d.openMenu()
	d.screen.Screenshot("import-after")
	d.closeMenu()

	other := d.aws.Account.User("bob").NewKey() // the old key comes back from a backup
	d.plainKeys(map[string]*awstest.Key{plain: other}, "")
	d.click("▲ The key of " + plain + " is in plain text")
	const kept = "Vaultbar: Keys in plain text"
	d.screen.Window(kept)
	d.screen.Screenshot("import-refused")
	d.screen.Dismiss(kept)
	if left := d.inPlain(d.home, other); len(left) != 1 {
		t.Errorf("a key that was refused is in %q", left)
	}
}
