//go:build linux

package stories_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
)

// TestDesktopProcess: a command of the config is confirmed by one dialog for all who
// wait, which shows it whole; what it says of a security key is on the dialog for a
// code, which goes away when the key was touched.
func TestDesktopProcess(t *testing.T) {
	t.Parallel()
	d := newDesktop(t, desktoptest.Panel, desktoptest.Notifications)
	okta := d.tool("okta", "cat "+d.prints("session.json", `, "Expiration": "`+time.Now().Add(time.Hour).UTC().Format(time.RFC3339)+`"`))
	touched, code := filepath.Join(d.home, "touched"), filepath.Join(d.home, "code")
	d.tool("ykman", "echo 'Touch your YubiKey...' >&2\nuntil [ -e "+touched+" ]; do sleep 0.05; done\ncat "+code)
	d.add(bastion, d.aws.Key)
	d.stop()
	d.setting("prompt = ykman\n")
	d.writeConfig(d.usual() + "[profile dev]\nregion = eu-west-1\ncredential_process = okta --for dev\n")
	d.start()

	waiting := d.startMany(3, "dev")
	words := strings.Join(strings.Fields(d.says(approvalDialog)), " ")
	d.reads("", regexp.MustCompile(`Run [^?]*\?`).FindString(words)) // who asks is a crowd
	d.screen.WaitStill()
	d.screen.Screenshot("process-dialog")
	d.screen.Key("Left", "Return") // Always
	for _, m := range waiting {
		d.served(m)
	}
	d.row("● dev")
	if n := okta.ran(); n != 1 {
		t.Errorf("the program ran %d times", n)
	}

	m := d.waits(hoge)
	d.reads("a touch", lineWith(d.says("Vaultbar: MFA code for "+bastion), "Touch"))
	d.screen.WaitStill()
	d.screen.Screenshot("touch-dialog")
	d.check(os.WriteFile(code, []byte(d.code()+"\n"), 0o600))
	d.check(os.WriteFile(touched, nil, 0o600))
	d.served(m)
	d.screen.Eventually("no dialog is left", func() bool { return d.dialogs() == 0 })
}
