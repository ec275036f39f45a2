//go:build unix

package awsconfig

import (
	"os"
	"path/filepath"
	"testing"
)

// TestWatchLinks moves a real file and its folder about, as people do who keep
// their dotfiles elsewhere. After each move the file is edited once more: the
// new place must be watched, not only read.
func TestWatchLinks(t *testing.T) {
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
