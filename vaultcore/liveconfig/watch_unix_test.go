//go:build unix

package liveconfig

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/fsnotify/fsnotify"
)

// TestWatchLinks moves a real file and its folder about, as people do who keep
// their dotfiles elsewhere. After each move the file is edited once more: the
// new place must be watched, not only read.
func TestWatchLinks(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	dir := filepath.Join(home, "aws")
	path := filepath.Join(dir, "config")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	folder := func(name string) string {
		t.Helper()
		made := filepath.Join(home, name)
		must(os.Mkdir(made, 0o700))
		put(t, filepath.Join(made, "config"), name)
		return filepath.Join(made, "config")
	}
	must(os.Mkdir(dir, 0o700))
	r := watched(t, path)

	dots := folder("dots")
	must(os.Symlink("../dots/config", path))
	until(t, r, "dots")
	put(t, dots, "behind-link")
	until(t, r, "behind-link")

	must(os.RemoveAll(dir))
	must(os.Mkdir(dir, 0o700))
	put(t, path, "new-folder")
	until(t, r, "new-folder")
	put(t, path, "in-new-folder")
	until(t, r, "in-new-folder")

	must(os.RemoveAll(dir))
	must(os.Symlink("dots", dir))
	until(t, r, "behind-link")
	put(t, dots, "behind-folder")
	until(t, r, "behind-folder")

	other := folder("other")
	must(os.Symlink("other", dir+".new"))
	must(os.Rename(dir+".new", dir))
	until(t, r, "other")
	put(t, other, "behind-other")
	until(t, r, "behind-other")

	must(os.Rename(filepath.Join(home, "other"), filepath.Join(home, "gone")))
	must(os.Remove(dir))
	must(os.Mkdir(dir, 0o700))
	put(t, path, "back")
	until(t, r, "back")
}

// TestWatchFolderReplaced: a folder became a link between two looks, and fsnotify,
// which tells of one removal only once, has told of none yet. The folder behind the
// link is watched all the same.
func TestWatchFolderReplaced(t *testing.T) {
	home := t.TempDir()
	dir, dots := filepath.Join(home, "aws"), filepath.Join(home, "dots")
	for _, folder := range []string{dir, dots} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		t.Fatal(err)
	}
	defer watcher.Close()
	path := filepath.Join(dir, "config")
	look := func() {
		t.Helper()
		if _, err := watchTrail(watcher, path); err != nil {
			t.Fatal(err)
		}
	}
	put(t, path, "old")
	look()
	// Nobody takes the news of the file, so that of the folder waits behind it.
	if err := errors.Join(os.RemoveAll(dir), os.Symlink("dots", dir)); err != nil {
		t.Fatal(err)
	}
	look()
	put(t, filepath.Join(dots, "edited"), "")
	put(t, filepath.Join(home, "last"), "")
	for event := range watcher.Events {
		switch event.Name {
		case filepath.Join(dir, "edited"):
			return
		case filepath.Join(home, "last"):
			t.Fatal("no news of the edit")
		}
	}
}
