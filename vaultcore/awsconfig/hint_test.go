package awsconfig

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/configs"
)

// TestEveryFaultHasAHint holds that whatever is wrong with a config file, the next
// step is said: of each profile, and of the file as a whole.
func TestEveryFaultHasAHint(t *testing.T) {
	texts := configs.All(t, "testdata/*.ini")
	faults := 0
	hinted := func(where string, err error) {
		if err == nil {
			return
		}
		if faults++; vaultcore.Hint(err) == "" {
			t.Errorf("%s: no hint after %q", where, err)
		}
	}
	path := filepath.Join(t.TempDir(), "config")
	for name, text := range texts {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		config, err := Load(path)
		hinted(name, err)
		for _, p := range config.Profiles.All() {
			hinted(name+" "+p.Name, p.Err)
		}
	}
	for name, path := range map[string]string{"a folder": t.TempDir(), "below a file": filepath.Join(path, "config")} {
		_, err := Load(path)
		if err == nil {
			t.Errorf("%s: no error", name)
		}
		hinted(name, err)
	}
	if faults < 80 {
		t.Errorf("only %d faults", faults)
	}
}
