package awsconfig

import (
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/configs"
)

// TestEveryFaultHasAHint holds that whatever is wrong with a config file, the next
// step is said: of each profile, and of the file as a whole.
func TestEveryFaultHasAHint(t *testing.T) {
	texts := configs.Hostile()
	maps.Copy(texts, configs.Unusable())
	files, err := filepath.Glob("testdata/*.ini")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[file] = string(text)
	}
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
	for name, path := range map[string]string{"a folder": t.TempDir(), "below a file": filepath.Join(files[0], "config")} {
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
