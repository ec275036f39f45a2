package appdirs

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// TestMake holds that a folder of ours is closed to others.
func TestMake(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	if err := Make(dir); err != nil {
		t.Fatal(err)
	}
	for _, made := range []string{dir, filepath.Dir(dir)} {
		if info, err := os.Stat(made); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o700 {
			t.Errorf("mode %v (%v)", info.Mode(), err)
		}
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Make(filepath.Join(file, "x")); !errors.Is(err, vaultcore.ErrConfig) {
		t.Errorf("a folder in a file: %v", err)
	}
}
