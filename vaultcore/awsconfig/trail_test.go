package awsconfig

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

// TestWatchTrailLooksAgain makes the folder of the file between the look that
// missed it and the watch that would have told.
func TestWatchTrailLooksAgain(t *testing.T) {
	home := t.TempDir()
	dir := filepath.Join(home, "aws")
	watcher := &lateFolders{happens: func() error { return os.Mkdir(dir, 0o700) }}
	found, err := watchTrail(watcher, filepath.Join(dir, "config"))
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{dir}; !slices.Equal(watcher.watched, want) || !slices.Equal(found.dirs, want) {
		t.Errorf("watches %v for the folders %v, want %v", watcher.watched, found.dirs, want)
	}
}
