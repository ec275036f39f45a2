package liveconfig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/fsnotify/fsnotify"

	"github.com/vaultbar/vaultbar/vaultcore/broadcast"
)

// Watch follows the file until ctx ends, as [WatchFile] does.
func (r *File) Watch(ctx context.Context) error {
	following, cancel := context.WithCancel(ctx)
	events := broadcast.NewWake()
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.follow(following, events)
	}()
	defer func() { cancel(); <-done }()
	return WatchFile(ctx, r.path, events.Notify)
}

// WatchFile calls changed once it follows a file, and after each change of it, until
// ctx ends. It watches folders: that of the file, those of the files it links to, and,
// where one is missing, the one it would be made in. It returns nil when ctx ended,
// else why the file cannot be followed any more.
func WatchFile(ctx context.Context, file string, changed func()) error {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("%w: %w", errWatch, err)
	}
	defer watcher.Close()
	path, err := watchTrail(watcher, file)
	if err != nil {
		return err
	}
	for {
		changed()
		if !path.news(ctx, watcher) {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("%w: the watch ended", errWatch)
		}
		if path, err = watchTrail(watcher, file); err != nil {
			return err
		}
	}
}

// news waits for something that concerns the file. It returns false when there
// will be no more.
func (t trail) news(ctx context.Context, watcher *fsnotify.Watcher) bool {
	for {
		select {
		case <-ctx.Done():
			return false
		case event, ok := <-watcher.Events:
			if ok && !t.concerns(event.Name) {
				continue
			}
			return ok
		case _, ok := <-watcher.Errors:
			return ok // events were lost: that is news as well
		}
	}
}

// trail is where news of a file can come from.
type trail struct {
	names []string // files and folders whose coming and going matters
	dirs  []string // existing folders in which they are
}

// maxLinks is how many symlinks are followed from one to the next.
const maxLinks = 40

func trailOf(path string) trail {
	var t trail
	t.follow(filepath.Clean(path), maxLinks)
	return t
}

// follow adds a path, the folder it is in, and what it links to.
func (t *trail) follow(path string, left int) {
	if left == 0 || slices.Contains(t.names, path) {
		return
	}
	t.names = append(t.names, path)
	dir := filepath.Dir(path)
	if dir == path {
		return
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		t.follow(dir, left-1) // wait for the folder
		return
	}
	t.dir(dir)
	if info, err := os.Lstat(dir); err == nil && info.Mode()&os.ModeSymlink != 0 {
		t.names = append(t.names, dir) // it may come to link elsewhere
		t.dir(filepath.Dir(dir))
	}
	link, err := os.Readlink(path)
	if err != nil {
		return
	}
	if !filepath.IsAbs(link) {
		link = filepath.Join(dir, link)
	}
	t.follow(filepath.Clean(link), left-1)
}

func (t *trail) dir(dir string) {
	if !slices.Contains(t.dirs, dir) {
		t.dirs = append(t.dirs, dir)
	}
}

func (t trail) concerns(name string) bool {
	return slices.Contains(t.names, name) || slices.Contains(t.dirs, name)
}

// folders is what watches folders: an fsnotify.Watcher.
type folders interface {
	Add(dir string) error
	Remove(dir string) error
	WatchList() []string
}

// maxLooks is how often watchTrail looks at a file that does not stay where it
// is before it gives up.
const maxLooks = 20

// watchTrail makes the watcher watch exactly the folders from which news of the
// file can come. What comes or goes between the look and the watch sends no
// news, so it looks again until it has watched what it sees.
func watchTrail(watcher folders, file string) (trail, error) {
	err := errUnsteady
	for range maxLooks {
		t := trailOf(file)
		if err = t.watch(watcher); err != nil {
			continue // a folder went away
		}
		if now := trailOf(file); slices.Equal(t.names, now.names) && slices.Equal(t.dirs, now.dirs) {
			return t, nil
		}
		err = errUnsteady
	}
	return trail{}, fmt.Errorf("%w: %w", errWatch, err)
}

// errUnsteady is a file that moved each time it was looked at.
var errUnsteady = errors.New("it keeps being moved")

func (t trail) watch(watcher folders) error {
	// All are watched anew: a folder of the same name may be another one by now, of
	// which fsnotify has not heard yet and may never tell. What happens in between is
	// not missed, since the file is read after each look.
	for _, dir := range watcher.WatchList() {
		_ = watcher.Remove(dir)
	}
	for _, dir := range t.dirs {
		if err := watcher.Add(dir); err != nil {
			return err
		}
	}
	return nil
}
