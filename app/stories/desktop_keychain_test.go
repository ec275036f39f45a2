//go:build linux

package stories_test

import (
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
)

// A locked keychain of the desktop is the desktop's to unlock: its own dialog
// asks for the password, and Vaultbar asks for the code only.
func TestDesktopSecretService(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel, desktoptest.Keyring)
	d.env = append(d.with("VAULTBAR_FILE_PASSPHRASE", "VAULTBAR_BACKEND"), "VAULTBAR_BACKEND=secret-service")
	d.add(bastion, d.aws.Key)
	d.stop()
	d.screen.LockKeyring()
	d.start()
	d.icon()
	one := d.waits(bastion)
	d.screen.Await("the desktop's own dialog", func(all []desktoptest.Window) bool {
		for _, w := range all {
			if w.Active && strings.EqualFold(w.Class, "Gcr-prompter") {
				return true
			}
		}
		return false
	})
	if n := d.dialogs(); n != 0 {
		t.Errorf("%d dialogs of ours are open beside the desktop's", n)
	}
	d.screen.Screenshot("story-2-desktop")
	d.screen.Type(desktoptest.KeyringPassword)
	d.screen.Key("Return")
	d.screen.Answer(mfaDialog, d.code()) // the next dialog: none of ours came before
	d.served(one)
	if got := d.run("export", "--format=json", bastion); got.code != 0 || d.dialogs() != 0 {
		t.Errorf("the second program is asked again: exit code %d\n%s", got.code, got.stderr)
	}
}

// TestDesktopSecretServiceLocked: a locked keychain of the desktop is told with a
// next step, and no prompt comes up, where nobody wants one or none can be shown.
func TestDesktopSecretServiceLocked(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Keyring)
	d.env = append(d.with("VAULTBAR_FILE_PASSPHRASE", "VAULTBAR_BACKEND"), "VAULTBAR_BACKEND=secret-service")
	d.add(plain, d.spare)
	d.stop()
	prompts := func() int {
		n := 0
		for _, w := range d.screen.Windows() {
			if strings.EqualFold(w.Class, "Gcr-prompter") {
				n++
			}
		}
		return n
	}
	check := func(when string, got outcome) {
		t.Helper()
		d.wantComplaint(got, 6, when)
		if n := prompts(); n != 0 {
			t.Errorf("%s: %d prompts", when, n)
		}
	}
	d.screen.LockKeyring()
	d.start()
	for _, mode := range []string{"none", "terminal"} {
		check("--prompt="+mode, d.run("--prompt="+mode, "export", "--format=json", plain))
		check("--prompt="+mode+" unlock", d.run("--prompt="+mode, "unlock"))
	}
	d.stop()
	d.env = d.with("DISPLAY", "WAYLAND_DISPLAY")
	check("without a display", d.run("export", "--format=json", plain))
	check("without a display, unlock", d.run("unlock"))
}

// The file keychain is ours: one dialog for its passphrase, once a day.
func TestDesktopFileKeychain(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel)
	d.add(plain, d.spare)
	d.stop()
	d.env = d.with("VAULTBAR_FILE_PASSPHRASE")
	d.start()
	d.row("○ " + plain)
	const dialog = "Vaultbar: Unlock the keychain"
	all := d.startMany(5, plain)
	d.allWait(5)
	if text := d.dialog(dialog); !strings.Contains(text, "--hide-text") {
		t.Errorf("the passphrase is shown while it is typed:\n%s", text)
	}
	d.screen.Screenshot("story-2-file")
	d.screen.Answer(dialog, "not it")
	d.reads("after a wrong passphrase", lineWith(d.says(dialog), "not"))
	d.screen.Answer(dialog, d.passphrase)
	for _, one := range all {
		d.served(one)
	}
	d.rested("▢ " + hoge) // the vault is open, and the menu knows
	if _, locked := find(d.menu(), "▲ Vaultbar is locked"); locked || d.dialogs() != 0 {
		t.Errorf("%d dialogs are left; the menu says that the vault is locked: %t", d.dialogs(), locked)
	}
	d.served(d.waits(plain))
}

// TestDesktopKeychainReads holds how often the keychain is read after a cold start. The
// first program costs two reads of the key: its id says which saved session is the key's,
// and where there is none the key itself makes one. What was saved is read once as the app
// starts, and whoever comes later costs nothing.
func TestDesktopKeychainReads(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Keyring)
	d.env = append(d.with("VAULTBAR_FILE_PASSPHRASE", "VAULTBAR_BACKEND"), "VAULTBAR_BACKEND=secret-service")
	d.add(plain, d.spare)
	const key = "vaultbar.key." + plain
	count := func(when string, most int) {
		t.Helper()
		d.stop()
		reads := d.screen.SecretReads()
		d.start()
		d.export(plain)
		first := reads()[key]
		for _, m := range d.startMany(5, plain) {
			d.served(m)
		}
		d.eventually("the session is in the keychain and was read there", func() bool {
			for name := range reads() {
				if strings.HasPrefix(name, "vaultbar.session.") {
					return true
				}
			}
			return false
		})
		if later := reads()[key]; first == 0 || first > most || later != first {
			t.Errorf("%s: the key was read %d times, and %d times after others came; all reads: %v", when, first, later, reads())
		}
	}
	count("without a session", 2)
	count("with a saved session", 1)
}
