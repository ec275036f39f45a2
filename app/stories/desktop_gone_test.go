//go:build linux

package stories_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
)

// TestDesktopKeychainGone: what was cleared or removed while the desktop's keychain
// was dead is served to nobody: at once, after a restart, and after one with the
// keychain back, which then loses what it had of it.
func TestDesktopKeychainGone(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args []string
		code int
	}{
		"clear all":     {[]string{"clear"}, 1},
		"clear profile": {[]string{"clear", plain}, 1},
		"remove":        {[]string{"remove", "--force", plain}, 1},
		"lock":          {[]string{"lock"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesktop(t, desktoptest.Keyring)
			d.env = append(d.with("VAULTBAR_FILE_PASSPHRASE", "VAULTBAR_BACKEND"), "VAULTBAR_BACKEND=secret-service")
			d.add(plain, d.spare)
			old := d.export(plain)
			d.must("settings", "set", "notify_lead", "5m") // plans are made anew after it
			d.screen.Keyring.Kill()
			d.screen.AwaitNoName("org.freedesktop.secrets")
			got := d.run(test.args...)
			if got.code != test.code {
				t.Errorf("exit code %d\n%s", got.code, got.stderr)
			}
			d.reads("", got.stderr)
			d.notServed("at once", old)
			d.app().kill()
			d.notServed("after a restart without the keychain", old)
			d.screen.Keyring.Start()
			if name == "lock" {
				d.notServed("after a restart", old)
				d.must("unlock")
				if now := d.export(plain); now.AccessKeyID != old.AccessKeyID {
					t.Error("a lock ended the session for good")
				}
				return
			}
			got = d.run("export", "--format=json", plain)
			if name == "remove" && got.code != 3 || name != "remove" && got.code != 0 || strings.Contains(got.stdout, old.AccessKeyID) {
				t.Errorf("with the keychain back: exit code %d\n%s", got.code, got.stderr)
			}
			d.screen.Eventually("the journal is done", func() bool {
				text, err := os.ReadFile(filepath.Join(d.home, ".local", "state", "vaultbar", "journal.json"))
				return err == nil && !strings.Contains(string(text), "keys") && !strings.Contains(string(text), "sessions") && !strings.Contains(string(text), "roots")
			})
			if name == "remove" {
				d.add(plain, d.spare)
				d.app().kill()
				d.export(plain)
			}
		})
	}
}

// notServed checks that nobody gets a session that has ended.
func (d *desktop) notServed(when string, old granted) {
	d.Helper()
	got := d.run("export", "--format=json", plain)
	if got.code == 0 || strings.Contains(got.stdout, old.AccessKeyID) {
		d.Errorf("%s: exit code %d, the old session: %t\n%s", when, got.code, strings.Contains(got.stdout, old.AccessKeyID), got.stderr)
	}
}
