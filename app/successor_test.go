//go:build unix

package app

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// write puts a file in place as an installer does: aside, then renamed.
func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path+".new", []byte(text), mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path+".new", mode); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// Another program in the place of the app's own is seen, unless somebody else could
// have put it there.
func TestSuccessor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app")
	write(t, path, "one", 0o755)
	file, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	o := &origin{path, file}
	for _, c := range []struct {
		name string
		do   func() error
		want bool
	}{
		{"as it was", func() error { return nil }, false},
		{"replaced", func() error { write(t, path, "two", 0o755); return nil }, true},
		{"others may write to it", func() error { return os.Chmod(path, 0o777) }, false},
		{"taken away", func() error { return os.Remove(path) }, false},
		{"a folder", func() error { return os.Mkdir(path, 0o755) }, false},
	} {
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		if got := o.successor() != nil; got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
	if (*origin)(nil).successor() != nil || new(origin).successor() != nil {
		t.Error("an app that does not know its program has a successor")
	}
}

// A request sees a replaced program when it is over; several see one.
func TestUpgradeIsSeen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app")
	write(t, path, "one", 0o755)
	file, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	u := newUpgrade()
	u.from.Store(&origin{path, file})
	u.begin()
	u.end()
	if len(u.seen) != 0 {
		t.Error("an upgrade was seen that was not there")
	}
	write(t, path, "two", 0o755)
	for range 3 {
		u.begin()
		u.end()
	}
	if len(u.seen) != 1 || u.busy.Load() != 0 {
		t.Errorf("seen %d times, busy %d", len(u.seen), u.busy.Load())
	}
	u.hold(time.Hour)
	if u.held.Load() <= time.Now().UnixMilli() {
		t.Error("not held")
	}
}

// A program is asked for its version before it is trusted to go on.
func TestVersionOf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app")
	for _, c := range []struct {
		script, want string
		ok           bool
	}{
		{"#!/bin/sh\necho vaultbar-app v1.2.3\n", "v1.2.3", true},
		{"#!/bin/sh\necho something else\n", "", false},
		{"#!/bin/sh\necho vaultbar-app v1.2.3\nexit 1\n", "", false},
		{"half a file", "", false},
	} {
		write(t, path, c.script, 0o755)
		got, err := versionOf(t.Context(), path)
		if (err == nil) != c.ok || c.ok && got != c.want {
			t.Errorf("%q: %q, %v", c.script, got, err)
		}
	}
}

// Only where root alone can put a program does the next one get what this one knows.
func TestRootsAlone(t *testing.T) {
	testenv.Root(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "app")
	write(t, path, "one", 0o755)
	if !rootsAlone(path) {
		t.Fatalf("%s is root's", path)
	}
	link := filepath.Join(dir, "link")
	loose := filepath.Join(dir, "loose")
	for _, c := range []struct {
		name, path string
		do, undo   func() error
	}{
		{"another's file", path, func() error { return os.Chown(path, 65534, -1) }, func() error { return os.Chown(path, 0, -1) }},
		{"a file that others may write to", path, func() error { return os.Chmod(path, 0o775) }, func() error { return os.Chmod(path, 0o755) }},
		{"another's folder", path, func() error { return os.Chown(dir, 65534, -1) }, func() error { return os.Chown(dir, 0, -1) }},
		{"a folder that others may write to", path, func() error { return os.Chmod(dir, 0o777) }, func() error { return os.Chmod(dir, 0o755) }},
		{"a link to a loose folder", link, func() error {
			return errors.Join(os.Mkdir(loose, 0o755), os.Chmod(loose, 0o777), os.WriteFile(filepath.Join(loose, "app"), nil, 0o755), os.Symlink("loose/app", link))
		}, func() error { return nil }},
		{"nothing", filepath.Join(dir, "none"), func() error { return nil }, func() error { return nil }},
	} {
		if err := c.do(); err != nil {
			t.Fatal(err)
		}
		if rootsAlone(c.path) {
			t.Errorf("%s is taken for root's alone", c.name)
		}
		if err := c.undo(); err != nil {
			t.Fatal(err)
		}
	}
}
