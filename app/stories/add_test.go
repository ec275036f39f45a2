//go:build linux

package stories_test

import (
	"os"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// From an empty config to a profile with MFA: what a person types, in the
// order in which it is asked for.
func TestAddOnATerminal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.writeConfig("# nothing yet")
	w.noKeychain()
	w.env = w.with("VAULTBAR_FILE_PASSPHRASE")
	s := w.sit(w.command("vaultbar", "add", "bastion"))
	s.expect("Access key id: ")
	s.answer(w.aws.Key.ID())
	s.expect("Secret access key: ")
	s.answer(w.aws.Key.Secret().Reveal())
	s.expect("key of user ann, account 111111111111")
	s.expect("MFA device " + w.aws.MFA.Serial() + ": use it for bastion? [Y/n] ")
	s.answer("")
	s.expect("Choose a passphrase for the Vaultbar keychain: ")
	s.answer(w.passphrase)
	s.expect("The same again: ")
	s.answer("something else")
	s.expect("do not match")
	s.expect("Choose a passphrase")
	s.answer(w.passphrase)
	s.expect("The same again: ")
	s.answer(w.passphrase)
	s.expect("Added bastion.")
	if code := s.wait(); code != 0 || strings.Contains(s.all(), w.passphrase) {
		t.Errorf("exit code %d, and the terminal shows:\n%s", code, s.all())
	}
	text, _ := os.ReadFile(w.configFile())
	for _, want := range []string{"# nothing yet\n", "[profile bastion]\n", "mfa_serial = " + w.aws.MFA.Serial()} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the config lacks %q:\n%s", want, text)
		}
	}
	w.stop()
	s = w.sit(w.command("vaultbar", "exec", "bastion", "--", "true"))
	s.expect("Passphrase of the Vaultbar keychain: ")
	s.answer("not it")
	s.expect("does not open")
	s.expect("Passphrase of the Vaultbar keychain: ")
	s.answer(w.passphrase)
	s.expect(codePrompt + "bastion")
	s.answer(w.code())
	if code := s.wait(); code != 0 {
		t.Errorf("exit code %d, and the terminal shows:\n%s", code, s.all())
	}
}

// A profile whose config names its device is not asked for one.
func TestAddAsksNothingThatTheConfigSays(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before, _ := os.ReadFile(w.configFile())
	s := w.sit(w.command("vaultbar", "add", bastion))
	s.expect("Access key id: ")
	s.answer(w.aws.Key.ID())
	s.expect("Secret access key: ")
	s.answer(w.aws.Key.Secret().Reveal())
	s.expect("\n")
	if s.until("Added "+bastion, "[Y/n]") != "Added "+bastion {
		s.answer("n")
		t.Errorf("add asks for the device that the config names:\n%s", s.all())
	}
	if code := s.wait(); code != 0 {
		t.Errorf("exit code %d, and the terminal shows:\n%s", code, s.all())
	}
	if after, _ := os.ReadFile(w.configFile()); string(after) != string(before) {
		t.Errorf("the config was changed to\n%s", after)
	}
}

// A wrong key is told at once, and is not kept.
func TestAddChecksTheKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cmd := w.command("vaultbar", "add", "--stdin", bastion)
	cmd.Stdin = strings.NewReader(strings.Replace(keyJSON(w.aws.Key), w.aws.Key.Secret().Reveal(), w.spare.Secret().Reveal(), 1))
	got := w.do(cmd)
	if got.code != 7 || !strings.Contains(got.stderr, vaultcore.MaskKeyID(w.aws.Key.ID())) {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
	if keys := w.must("list", "--credentials"); keys != "" {
		t.Errorf("a key that was refused is kept: %s", keys)
	}
}
