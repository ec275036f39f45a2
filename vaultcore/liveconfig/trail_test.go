package liveconfig

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// lateFolders watches nothing; something happens just before its first watch,
// when no news of it can come any more.
type lateFolders struct {
	watched []string
	happens func() error
}

func (f *lateFolders) Add(dir string) error {
	if happens := f.happens; happens != nil {
		f.happens = nil
		if err := happens(); err != nil {
			return err
		}
	}
	f.watched = append(f.watched, dir)
	return nil
}

func (f *lateFolders) Remove(dir string) error {
	f.watched = slices.DeleteFunc(f.watched, func(w string) bool { return w == dir })
	return nil
}

func (f *lateFolders) WatchList() []string { return slices.Clone(f.watched) }

// TestWatchTrailLooksAgain makes the folder of the file, or a link to one, between
// the look that missed it and the watch that would have told.
func TestWatchTrailLooksAgain(t *testing.T) {
	for _, test := range []struct {
		name string
		make func(dir string) error
		want func(home, dir string) []string
	}{
		{"a folder", func(dir string) error { return os.Mkdir(dir, 0o700) }, func(_, dir string) []string { return []string{dir} }},
		{"a link", func(dir string) error { return os.Symlink(".", dir) }, func(home, dir string) []string { return []string{dir, home} }},
	} {
		t.Run(test.name, func(t *testing.T) {
			home := t.TempDir()
			dir := filepath.Join(home, "aws")
			watcher := &lateFolders{happens: func() error { return test.make(dir) }}
			found, err := watchTrail(watcher, filepath.Join(dir, "config"))
			if err != nil {
				t.Fatal(err)
			}
			if want := test.want(home, dir); !slices.Equal(watcher.watched, want) || !slices.Equal(found.dirs, want) {
				t.Errorf("watches %v for the folders %v, want %v", watcher.watched, found.dirs, want)
			}
		})
	}
}
