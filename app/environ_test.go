package app

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// TestTheUnitTakesOutAllThatWeDo: an app that systemd has started begins without what no
// part of it may see, and nothing of the environment of systemd is let in by name.
func TestTheUnitTakesOutAllThatWeDo(t *testing.T) {
	unit, err := os.ReadFile(filepath.Join("..", "packaging", "linux", "vaultbar.service"))
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(unit)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		switch name {
		case "UnsetEnvironment":
			out = append(out, strings.Fields(value)...)
		case "PassEnvironment", "Environment", "EnvironmentFile":
			t.Errorf("the unit has %s", line)
		}
	}
	for _, name := range slices.Concat(dropEnv, vaultcore.EnvironmentNames(), []string{"VAULTBAR_BACKEND", "VAULTBAR_FILE_DIR", "VAULTBAR_FILE_PASSPHRASE", "GODEBUG"}) {
		if !slices.Contains(out, name) && !strings.HasPrefix(name, "LISTEN_") && name != credentialsVariable { // which systemd sets itself
			t.Errorf("the unit leaves %s in", name)
		}
	}
}

// TestGivenPassphrase: a unit's credential is the passphrase where no variable has one.
func TestGivenPassphrase(t *testing.T) {
	unit, other := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(unit, passphraseCredential), []byte("of the unit \r\nand no more"), 0o400); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ variable, folder, want string }{
		{"", "", ""},
		{"", unit, "of the unit "},
		{"", other, ""},
		{"", filepath.Join(other, "gone"), ""},
		{"of the variable", "", "of the variable"},
		{"of the variable", unit, "of the variable"},
	} {
		t.Setenv("VAULTBAR_FILE_PASSPHRASE", test.variable)
		t.Setenv(credentialsVariable, test.folder)
		if got := givenPassphrase().Reveal(); got != test.want {
			t.Errorf("%+v: got %q", test, got)
		}
	}
}
