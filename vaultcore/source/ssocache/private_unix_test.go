//go:build unix

package ssocache

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/atomicfile"
)

// TestNotTrusted: a file that others could have put there, or may open, is neither used
// nor replaced nor removed.
func TestNotTrusted(t *testing.T) {
	for name, spoil := range map[string]func(path string) error{
		"others may read it":  func(path string) error { return os.Chmod(path, 0o644) },
		"others may write it": func(path string) error { return os.Chmod(path, 0o620) },
		"of another user":     func(path string) error { return os.Chown(path, 4711, 4711) },
		"a link": func(path string) error {
			elsewhere := filepath.Join(filepath.Dir(path), "elsewhere")
			return errors.Join(os.Rename(path, elsewhere), os.Symlink(elsewhere, path))
		},
		"a pipe":   func(path string) error { return errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600)) },
		"a folder": func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFolder(t)
			path := f.put(t, corp, theirs)
			if err := spoil(path); errors.Is(err, os.ErrPermission) {
				t.Skip("not root")
			} else if err != nil {
				t.Fatal(err)
			}
			before, err := os.Lstat(path)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := f.Read(corp); !errors.Is(err, atomicfile.ErrNotPrivate) || !got.Access.IsZero() {
				t.Errorf("read: %v, %v", got, err)
			}
			if err := f.Write(corp, Token{Access: vaultcore.NewSecret("ours"), Expires: time.Now().Add(time.Hour)}); !errors.Is(err, atomicfile.ErrNotPrivate) {
				t.Errorf("written: %v", err)
			}
			if err := errors.Join(f.Remove(corp), f.Sweep()); err != nil {
				t.Error(err)
			}
			if after, err := os.Lstat(path); err != nil || !os.SameFile(before, after) || !after.ModTime().Equal(before.ModTime()) {
				t.Errorf("it was touched: %v", err)
			}
		})
	}
}

// TestModes: what is written is the user's alone, and so are folders that were missing.
func TestModes(t *testing.T) {
	f := newFolder(t)
	if err := f.Write(corp, Token{Access: vaultcore.NewSecret("ours"), Expires: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]os.FileMode{f.file(corp): 0o600, string(f): 0o700 | os.ModeDir} {
		if info, err := os.Stat(path); err != nil || info.Mode() != want {
			t.Errorf("%v, %v", info.Mode(), err)
		}
	}
}
