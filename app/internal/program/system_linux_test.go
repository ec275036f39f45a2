package program

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// nobodyID is a user that is not root.
const nobodyID = 65534

func TestTrusted(t *testing.T) {
	testenv.Root(t)
	for _, test := range []struct {
		name  string
		build func(dir string) (string, error)
		ok    bool
	}{
		{"of root", func(dir string) (string, error) { return program(dir, 0o755) }, true},
		{"not executable", func(dir string) (string, error) { return program(dir, 0o644) }, false},
		{"writable for all", func(dir string) (string, error) { return program(dir, 0o777) }, false},
		{"writable for the group", func(dir string) (string, error) { return program(dir, 0o775) }, false},
		{"of a user", func(dir string) (string, error) {
			path, err := program(dir, 0o755)
			return path, orElse(err, os.Chown(path, nobodyID, nobodyID))
		}, false},
		{"in a folder for all", func(dir string) (string, error) {
			path, err := program(dir, 0o755)
			return path, orElse(err, os.Chmod(dir, 0o777))
		}, false},
		{"in a folder where nobody replaces another's files", func(dir string) (string, error) {
			path, err := program(dir, 0o755)
			return path, orElse(err, os.Chmod(dir, 0o777|fs.ModeSticky))
		}, true},
		{"below a folder of a user", func(dir string) (string, error) {
			below := filepath.Join(dir, "below")
			err := orElse(os.Mkdir(below, 0o755), os.Chown(dir, nobodyID, nobodyID))
			if err != nil {
				return "", err
			}
			return program(below, 0o755)
		}, false},
		{"a link to it", func(dir string) (string, error) {
			path, err := program(dir, 0o755)
			return dir + "/link", orElse(err, os.Symlink(filepath.Base(path), dir+"/link"))
		}, true},
		{"a link of a user to it", func(dir string) (string, error) {
			path, err := program(dir, 0o755)
			err = orElse(err, os.Symlink(path, dir+"/link"))
			return dir + "/link", orElse(err, os.Lchown(dir+"/link", nobodyID, nobodyID))
		}, false},
		{"a link to a link of a user", func(dir string) (string, error) {
			path, err := program(dir, 0o755)
			err = orElse(err, os.Symlink(path, dir+"/theirs"))
			err = orElse(err, os.Symlink(dir+"/theirs", dir+"/link"))
			return dir + "/link", orElse(err, os.Lchown(dir+"/theirs", nobodyID, nobodyID))
		}, false},
		{"a link to itself", func(dir string) (string, error) { return dir + "/link", os.Symlink("link", dir+"/link") }, false},
		{"a folder", func(dir string) (string, error) { return dir, nil }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			path, err := test.build(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			if err := Trusted(path); (err == nil) != test.ok {
				t.Errorf("got %v", err)
			}
		})
	}
}

func program(dir string, mode fs.FileMode) (string, error) {
	path := filepath.Join(dir, "program")
	err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o600)
	return path, orElse(err, os.Chmod(path, mode))
}

func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}

func TestCleanEnvironment(t *testing.T) {
	for _, name := range []string{"LD_PRELOAD", "GTK_MODULES", "GTK_PATH", "ZENITY_CANCEL", "DIALOG_OK", "WINDOWID", "AWS_PROFILE", "VAULTBAR_X", "BASH_ENV"} {
		t.Setenv(name, "x")
	}
	for _, name := range []string{"DISPLAY", "XAUTHORITY", "LC_ALL", "HOME", "XDG_RUNTIME_DIR"} {
		t.Setenv(name, "/"+name)
	}
	t.Setenv("PATH", "/tmp/evil:/usr/bin")
	before := os.Environ()
	t.Cleanup(func() { // what went is put back for the tests that follow
		for _, entry := range before {
			name, value, _ := strings.Cut(entry, "=")
			_ = os.Setenv(name, value)
		}
	})
	if returned := CleanEnvironment("VAULTBAR_*"); !slices.Equal(returned, before) {
		t.Error("the environment as it was is not returned")
	}
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		switch {
		case name == "PATH" && value != "/usr/bin:/bin:/usr/local/bin:/run/current-system/sw/bin":
			t.Errorf("PATH is %s", value)
		case name == "VAULTBAR_X", name == "PATH", allowed(name):
		default:
			t.Errorf("%s is left", name)
		}
	}
	if os.Getenv("VAULTBAR_X") != "x" || os.Getenv("LC_ALL") != "/LC_ALL" || os.Getenv("DISPLAY") != "/DISPLAY" {
		t.Errorf("too much went: %v", os.Environ())
	}
}
