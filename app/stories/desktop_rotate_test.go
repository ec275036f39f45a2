//go:build linux

package stories_test

import (
	"slices"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
)

// A person rotates a key with the mouse: the menu's row, one dialog that shows the steps,
// one yes. Then the menu says that the old key waits for its deletion, and does it now.
func TestDesktopRotate(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel)
	bob := d.aws.Account.User("bob")
	d.start()
	d.add(plain, d.spare)
	d.icon()
	d.click("○ "+plain, "Rotate key…")
	const ask = "Vaultbar: Rotate the key of " + plain
	d.screen.Window(ask)
	d.screen.Screenshot("rotate-question")
	d.reads("", d.says(ask))
	d.press(ask)
	const done = "Vaultbar: The key of " + plain + " was replaced"
	d.screen.Window(done)
	d.screen.Screenshot("rotate-done")
	d.screen.Dismiss(done)
	ids, active := bob.Keys()
	if len(ids) != 2 || active[ids[0]] || !active[ids[1]] {
		t.Fatalf("IAM has %q, active %v", ids, active)
	}
	d.openMenu()
	d.screen.Screenshot("rotate-menu")
	d.closeMenu()
	d.click("○ "+plain, "Delete the old key now…")
	const finish = "Vaultbar: Finish the rotation of the key of " + plain
	d.screen.Window(finish)
	d.screen.Screenshot("rotate-finish")
	d.press(finish)
	d.screen.Window(done)
	d.screen.Dismiss(done)
	if left, _ := bob.Keys(); !slices.Equal(left, ids[1:]) {
		t.Errorf("IAM has %q", left)
	}
}
