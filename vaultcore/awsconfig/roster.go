package awsconfig

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"
)

// How long the file must be left alone before it is read, and how long a file
// that looks half-written must stay so before it is believed. However busy the
// file is, it is read after settleMost.
const (
	settle     = 200 * time.Millisecond
	settleMost = 2 * time.Second
	settleLost = 2 * time.Second
)

// Roster holds the last good config of one file. Its methods may be called from
// any goroutine.
type Roster struct {
	path    string
	read    func() ([]byte, error)
	current atomic.Pointer[Config]

	loading sync.Mutex    // one load at a time, so that an older text never replaces a newer one
	mu      sync.Mutex    // guards what follows; never held while reading the file
	text    []byte        // what current came from
	changed chan struct{} // closed at the next change
}

// Open reads the file at path for the first time. A file that cannot be read
// gives a roster whose config has an Err and no profiles.
func Open(path string) *Roster {
	r := &Roster{path: path, changed: make(chan struct{})}
	r.read = func() ([]byte, error) { return readText(path) }
	r.current.Store(&Config{File: display(path), Path: path})
	r.Reload()
	return r
}

// Current returns the last good config. It costs nothing.
func (r *Roster) Current() Config { return *r.current.Load() }

// Changed returns a channel that is closed at the next change. It says that
// something changed; what, says Current.
func (r *Roster) Changed() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed
}

// Reload reads the file now and believes what it finds; for after an edit of
// our own.
func (r *Roster) Reload() Config {
	r.load(true)
	return r.Current()
}

// load reads the file and takes over what it says. It returns false when the
// file looks half-written and is not to be believed yet.
func (r *Roster) load(believe bool) bool {
	r.loading.Lock()
	defer r.loading.Unlock()
	text, err := r.read()
	var next Config
	if err == nil {
		next, err = parse(r.path, text)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.current.Load()
	if err != nil {
		r.keepLocked(*now, err)
		return true
	}
	if now.Err == nil && now.Generation > 0 && bytes.Equal(text, r.text) {
		return true
	}
	if !believe && halfWritten(text, next, r.text, *now) {
		return false
	}
	r.text = text
	next.Generation = now.Generation + 1
	r.announceLocked(next)
	return true
}

// keepLocked goes on with the profiles of the last good config, and says why.
func (r *Roster) keepLocked(now Config, err error) {
	faults := now.Faults
	if now.Err != nil {
		if now.Err.Error() == err.Error() {
			return
		}
		faults = faults[1:] // the first was the error of before
	}
	now.Err = err
	now.Faults = append([]string{err.Error()}, faults...)
	now.Generation++
	r.announceLocked(now)
}

func (r *Roster) announceLocked(next Config) {
	r.current.Store(&next)
	close(r.changed)
	r.changed = make(chan struct{})
}

// halfWritten says whether a text looks like one that somebody has begun to
// write: all profiles are gone, or the last line has lost its end.
func halfWritten(text []byte, next Config, oldText []byte, now Config) bool {
	if len(next.Profiles.All()) == 0 && len(now.Profiles.All()) > 0 {
		return true
	}
	newline := []byte("\n")
	return bytes.HasSuffix(oldText, newline) && !bytes.HasSuffix(text, newline)
}

// follow reads the file after each burst of events, until ctx ends.
func (r *Roster) follow(ctx context.Context, events <-chan struct{}) {
	timer := time.NewTimer(0) // what changed before the first event is not missed
	defer timer.Stop()
	var first time.Time // of the burst that is not yet read
	doubted := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-events:
			if first.IsZero() {
				first = time.Now()
			}
			timer.Reset(min(settle, time.Until(first.Add(settleMost))))
			doubted = false
		case <-timer.C:
			first = time.Time{}
			if !r.load(doubted) {
				doubted = true
				timer.Reset(settleLost)
			}
		}
	}
}

// errWatch is the failure to follow the file.
var errWatch = errors.New("the config file cannot be watched")
