//go:build unix

package dirprofile

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// What is no file is not waited for, nor read without end.
func TestNoFiles(t *testing.T) {
	root := tree(t, map[string]string{"pipe/x": "", "zero/x": "", "closed/.vaultbar": "prod"})
	if err := syscall.Mkfifo(filepath.Join(root, "pipe", Name), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/zero", filepath.Join(root, "zero", Name)); err != nil {
		t.Fatal(err)
	}
	dirs := []string{"pipe", "zero"}
	if os.Geteuid() != 0 { // who may read everything
		if err := os.Chmod(filepath.Join(root, "closed", Name), 0); err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, "closed")
	}
	for _, dir := range dirs {
		if file, found, err := Find(filepath.Join(root, dir), root); !found || file.Profile != "" || !errors.Is(err, vaultcore.ErrConfig) {
			t.Errorf("%s: %v, %t, %v", dir, file, found, err)
		}
	}
}

// A list that others may write or read trusts nothing.
func TestListOfOthers(t *testing.T) {
	state := t.TempDir()
	mine, _ := Of("/infra/.vaultbar", "prod\n")
	add := func(list List) { list[mine.Path] = mine.Text }
	if err := Change(state, add); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(listIn(state)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	spoil := map[string]func() error{
		"mode": func() error { return os.Chmod(listIn(state), 0o620) },
		"link": func() error {
			if err := os.Rename(listIn(state), listIn(state)+"2"); err != nil {
				return err
			}
			return os.Symlink(listIn(state)+"2", listIn(state))
		},
	}
	for name, spoil := range spoil {
		if err := spoil(); err != nil {
			t.Fatal(err)
		}
		if list, err := ReadList(state); !errors.Is(err, vaultcore.ErrConfig) || list.Trusts(mine) {
			t.Errorf("%s: %v, %v", name, list, err)
		}
		if err := Change(state, add); err != nil {
			t.Fatal(err)
		}
		if list, err := ReadList(state); err != nil || !list.Trusts(mine) {
			t.Errorf("after %s, written anew: %v, %v", name, list, err)
		}
	}
}
