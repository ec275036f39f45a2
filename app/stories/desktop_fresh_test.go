//go:build linux

package stories_test

import (
	"os"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
)

// A person with nothing but a key on paper comes to a profile that works, and
// sees no terminal on the way.
func TestDesktopFreshPerson(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel)
	d.noKeychain()
	d.env = d.with("VAULTBAR_FILE_PASSPHRASE")
	d.check(os.RemoveAll(d.path("h", ".aws")))
	d.behindAProxy() // there is no profile yet that could say where AWS is
	d.start()
	d.icon()
	d.row("▲ No AWS keys yet")
	d.pick(func() { d.screen.Screenshot("story-6-menu") }, "▲ No AWS keys yet – add credentials")
	const head = "Vaultbar: Add credentials"
	d.screen.Window(head)
	d.screen.TypeInto("work", d.aws.Key.ID(), strings.Repeat("x", 40)) // a slip: AWS is asked, and the person again
	d.screen.Screenshot("story-6-form")
	if text := d.dialog(head); strings.Contains(text, d.aws.Key.ID()) || strings.Contains(text, "xxxx") {
		t.Errorf("what was typed is on a command line:\n%s", text)
	}
	d.screen.Key("Tab") // the region is left empty
	d.screen.Fill(head)
	if text := d.dialog(head); strings.Contains(text, "xxxx") {
		t.Errorf("after a wrong secret the dialog says\n%s", text)
	}
	d.reads("after a wrong secret", d.says(head))
	d.screen.Screenshot("story-6-again")
	d.screen.Fill(head, d.aws.Key.ID(), d.aws.Key.Secret().Reveal())
	if text := d.page(head); !strings.Contains(text, "ann") || !strings.Contains(text, "111111111111") {
		t.Errorf("the person does not see whose key it is:\n%s", text)
	}
	d.screen.Screenshot("story-6-device")
	d.screen.Answer(head, "")
	d.check(os.MkdirAll(d.path("h", ".aws"), 0o700)) // an old key in the clear
	d.check(os.WriteFile(d.path("h", ".aws", "credentials"), []byte("[work]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = old\n"), 0o600))
	d.screen.Answer("Vaultbar: New keychain", d.passphrase)
	d.screen.Answer("Vaultbar: New keychain", d.passphrase)
	d.reads("added", d.page("Vaultbar: Added work"))
	d.screen.Screenshot("story-6-added")
	d.screen.Answer("Vaultbar: Added work", "") // Set up aws
	const change = "Vaultbar: Set up aws for work"
	if text := d.page(change); !strings.Contains(text, "+credential_process = ") {
		t.Errorf("the change is not shown:\n%s", text)
	}
	d.screen.Screenshot("story-6-setup")
	if text, err := os.ReadFile(d.configFile()); err != nil || strings.Contains(string(text), "credential_process") {
		t.Errorf("written before the person agreed: %q, %v", text, err)
	}
	d.screen.Answer(change, "")
	d.screen.Window(change) // written
	d.screen.Screenshot("story-6-written")
	d.screen.Dismiss(change)
	if text, err := os.ReadFile(d.configFile()); err != nil || !strings.Contains(string(text), "credential_process") {
		t.Errorf("not written: %q, %v", text, err)
	}

	d.row("○ work")
	one := d.waits("work")
	if text := d.dialog("Vaultbar: MFA code for work"); !strings.Contains(text, d.device()) {
		t.Errorf("the dialog does not name the device:\n%s", text)
	}
	d.screen.Answer("Vaultbar: MFA code for work", d.code())
	d.served(one)
	d.row("● work   ")
	if text, err := os.ReadFile(d.configFile()); err != nil || !strings.Contains(string(text), "[profile work]") {
		t.Errorf("the config is %q, %v", text, err)
	}
}
