//go:build unix

package awsconfig

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// A file that somebody else could have written is not used.
func TestForeignFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte("[profile x]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for mode, ok := range map[os.FileMode]bool{0o600: true, 0o664: true, 0o666: false, 0o602: false} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		c, err := Load(path)
		if (err == nil) != ok || (len(c.Profiles.All()) == 1) != ok || !ok && (!errors.Is(err, vaultcore.ErrConfig) || vaultcore.Hint(err) == "") {
			t.Errorf("%s: %v", mode, err)
		}
	}
	if os.Getuid() != 0 {
		return // only root can give a file away
	}
	if err := errors.Join(os.Chmod(path, 0o644), os.Chown(path, 65534, 65534)); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); !errors.Is(err, vaultcore.ErrConfig) {
		t.Errorf("another user's: %v", err)
	}
}
