//go:build unix

package appdirs

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// TestLocate holds that the folders are those of the home of the moment, and that
// no other variable moves them.
func TestLocate(t *testing.T) {
	other := t.TempDir()
	for _, name := range []string{"XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"} {
		t.Setenv(name, filepath.Join(other, name))
	}
	for range 2 {
		home := t.TempDir()
		t.Setenv("HOME", home)
		got, err := Locate()
		if err != nil {
			t.Fatal(err)
		}
		for _, folder := range []string{got.Config, got.State, got.Data, got.Settings()} {
			if !strings.HasPrefix(folder, home+"/") {
				t.Errorf("%s is not in the home", folder)
			}
		}
		if entries, _ := os.ReadDir(home); len(entries) != 0 {
			t.Errorf("locating made %v", entries)
		}
	}
}

func TestLocateHomeless(t *testing.T) {
	for _, home := range []string{"", "relative"} {
		t.Setenv("HOME", home)
		if f, err := Locate(); !errors.Is(err, vaultcore.ErrConfig) || vaultcore.Hint(err) == "" {
			t.Errorf("with the home %q: %+v, %v", home, f, err)
		}
	}
}
