package keystore

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// TestSafeVersions keeps known faults out: the keyring library asks for a
// jose2go that reads hostile items (CVE-2023-50658, CVE-2025-63811).
func TestSafeVersions(t *testing.T) {
	path, err := filepath.Abs("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	mod, err := modfile.Parse(path, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	least := map[string]string{
		"github.com/dvsekhvalnov/jose2go": "v1.11.0",
		"golang.org/x/crypto":             "v0.52.0",
	}
	for _, r := range mod.Require {
		if want, ok := least[r.Mod.Path]; ok && semver.Compare(r.Mod.Version, want) >= 0 {
			delete(least, r.Mod.Path)
		}
	}
	for module, version := range least {
		t.Errorf("go.mod must ask for %s %s or later", module, version)
	}
	for _, r := range mod.Replace {
		if r.Old.Path == "github.com/dvsekhvalnov/jose2go" || r.Old.Path == "golang.org/x/crypto" {
			t.Errorf("go.mod replaces %s", r.Old.Path)
		}
	}
}
