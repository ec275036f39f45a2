//go:build unix

package process_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/source/process"
)

const serial = "arn:aws:iam::111111111111:mfa/ann"

func codes(mode vaultcore.PromptMode, environ ...string) *process.Codes {
	return process.NewCodes(process.NewRunner(process.Options{Consent: &word{}, Environ: environ}), func() vaultcore.PromptMode { return mode })
}

func TestMFAProcess(t *testing.T) {
	c := codes(vaultcore.PromptYkman, "PATH=/usr/bin:/bin")
	step := plan.Step{Profile: "prod", MFASerial: serial, MFAProfile: "bastion"}
	for text, good := range map[string]bool{
		"echo 123456": true, "printf ' 123 456\\r\\n'": true, "echo touch it >&2; echo 123456": true,
		"echo " + canary: false, "echo 12345": false, "exit 1": false, "": false,
	} {
		step.MFAProcess = text
		touched := 0
		if text == "" {
			continue // it is ykman's then
		}
		if name := c.Has(waiting(t), step); name != "the mfa_process of bastion" {
			t.Errorf("%s is %q", text, name)
		}
		code, err := c.Code(waiting(t), step, func() { touched++ })
		if good && (err != nil || code.Reveal() != "123456") || !good && !errors.Is(err, vaultcore.ErrProcess) {
			t.Errorf("%s gives %q, %v", text, code.Reveal(), err)
		}
		if err != nil && strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: it is quoted: %v", text, err)
		}
		if want := strings.Count(text, "touch"); touched != want {
			t.Errorf("%s: touch is said %d times", text, touched)
		}
	}
}

// TestYkman calls for a code as ykman's manual has it.
func TestYkman(t *testing.T) {
	dir := t.TempDir()
	called := filepath.Join(dir, "called")
	script := "#!/bin/sh\necho \"$*\" >> " + called + "\necho 'Touch your YubiKey...' >&2\n" +
		"case \"$*\" in *locked) echo no >&2; exit 1;; *wrong) echo " + canary + ";; *) echo 123456;; esac\n"
	if err := os.WriteFile(filepath.Join(dir, "ykman"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	step := plan.Step{MFASerial: serial}
	c := codes("", "PATH="+dir+":/usr/bin:/bin")
	if c.Has(waiting(t), step) != "" || codes(vaultcore.PromptYkman).Has(waiting(t), step) != "ykman" {
		t.Error("ykman is not used as the setting says")
	}
	step.MFAPrompt = "ykman"
	if c.Has(waiting(t), step) != "ykman" {
		t.Error("ykman is not used as the profile says")
	}
	touched := 0
	for _, env := range [][]string{
		nil, {"YKMAN_OATH_CREDENTIAL_NAME", "aws:ann", "YKMAN_OATH_DEVICE_SERIAL", "77"}, {"AWS_VAULT_YKMAN_VERSION", "3"},
	} {
		if code, err := c.Code(waiting(t, env...), step, func() { touched++ }); err != nil || code.Reveal() != "123456" {
			t.Errorf("%v: %q, %v", env, code.Reveal(), err)
		}
	}
	text, err := os.ReadFile(called)
	want := "oath accounts code --single -- " + serial + "\n--device 77 oath accounts code --single -- aws:ann\noath code --single -- " + serial + "\n"
	if err != nil || string(text) != want || touched != 3 {
		t.Errorf("it is called with\n%s%v; touch is said %d times", text, err, touched)
	}
	for _, account := range []string{"locked", "wrong"} {
		_, err := c.Code(waiting(t, "YKMAN_OATH_CREDENTIAL_NAME", account), step, nil)
		if !errors.Is(err, vaultcore.ErrProcess) || vaultcore.Hint(err) == "" || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v (%s)", account, err, vaultcore.Hint(err))
		}
	}
	if _, err := codes("", "PATH=/nowhere").Code(waiting(t), step, nil); !errors.Is(err, vaultcore.ErrProcess) || !strings.Contains(vaultcore.Hint(err), "ykman") {
		t.Errorf("without ykman: %v", err)
	}
}
