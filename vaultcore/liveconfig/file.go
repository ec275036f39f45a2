package liveconfig

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/broadcast"
)

// How long the file must be left alone before the watcher reads it, and how long a
// file that looks half-written must stay so before it is believed. However busy the
// file is, it is read after debounceMax.
const (
	debounce     = 200 * time.Millisecond
	debounceMax  = 2 * time.Second
	debounceLost = 2 * time.Second
)

// File holds the last good config of one file. Its methods may be called from
// any goroutine.
type File struct {
	path    string
	look    func() mark
	read    func() ([]byte, error)
	current atomic.Pointer[awsconfig.Config]

	loading sync.Mutex // one load at a time, so that an older text never replaces a newer one
	mu      sync.Mutex // guards what follows; never held while reading the file
	text    []byte     // what current came from
	seen    reading    // of the last load
	changed broadcast.Changed
}

// reading is one look at the file.
type reading struct {
	mark  mark
	at    time.Time // when it was read
	since time.Time // when the file was first seen like this
	taken bool      // its text is believed
}

// Open reads the file at path for the first time. A file that cannot be read
// gives one whose config has an Err and no profiles.
func Open(path string) *File {
	r := &File{path: path}
	r.look = func() mark { return markOf(path) }
	r.read = func() ([]byte, error) { return awsconfig.ReadText(path) }
	r.current.Store(&awsconfig.Config{File: awsconfig.Display(path), Path: path})
	r.Reload()
	return r
}

// Current returns the last good config, for a screen. It costs nothing, and may be
// older than the file: who acts for somebody asks [File.Latest].
func (r *File) Current() awsconfig.Config { return *r.current.Load() }

// Changed returns a channel that is closed at the next change. It says that
// something changed; what, says Current.
func (r *File) Changed() <-chan struct{} { return r.changed.Next() }

// Reload reads the file now and believes what it finds; for after an edit of
// our own.
func (r *File) Reload() awsconfig.Config {
	r.load(true)
	return r.Current()
}

// load reads the file and takes over what it says. It returns false when the
// file looks half-written and is not to be believed yet: not until it has stayed so
// for debounceLost.
func (r *File) load(believe bool) bool {
	r.loading.Lock()
	defer r.loading.Unlock()
	seen, text, err := r.readWhole()
	if err == nil && r.holds(text) { // saved without a change, or written a moment ago: nothing is parsed anew
		r.mu.Lock()
		defer r.mu.Unlock()
		r.seen = seen
		return seen.taken
	}
	var parsed awsconfig.Document
	if err == nil {
		parsed, err = awsconfig.Parse(r.path, text)
	}
	next := parsed.Config
	r.mu.Lock()
	defer r.mu.Unlock()
	if seen.mark == r.seen.mark {
		seen.since = r.seen.since
	}
	now := *r.current.Load()
	doubtful := err == nil && seen.at.Sub(seen.since) < debounceLost && halfWritten(text, next, r.text, now)
	seen.taken = believe || seen.taken && !doubtful
	r.seen = seen
	switch {
	case err != nil:
		r.keepLocked(now, err)
	case seen.taken:
		r.text = text
		next.Generation = now.Generation + 1
		r.announceLocked(next)
	}
	return seen.taken
}

// holds says whether text is what the current config came from.
func (r *File) holds(text []byte) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.current.Load()
	return now.Err == nil && now.Generation > 0 && bytes.Equal(text, r.text)
}

// maxReads is how often a file is read that changes while it is read.
const maxReads = 10

// readWhole reads the file until it was the same before and after. Where it never
// is, what was read last is not taken.
func (r *File) readWhole() (seen reading, text []byte, err error) {
	for range maxReads {
		now := time.Now()
		seen = reading{mark: r.look(), at: now, since: now}
		text, err = r.read()
		if seen.taken = r.look() == seen.mark; seen.taken {
			break
		}
	}
	return seen, text, err
}

// keepLocked goes on with the profiles of the last good config, and says why.
func (r *File) keepLocked(now awsconfig.Config, err error) {
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

func (r *File) announceLocked(next awsconfig.Config) {
	r.current.Store(&next)
	r.changed.Notify()
}

// halfWritten says whether a text looks like one that somebody has begun to
// write: all profiles are gone, or the last line has lost its end.
func halfWritten(text []byte, next awsconfig.Config, oldText []byte, now awsconfig.Config) bool {
	if len(next.Profiles.All()) == 0 && len(now.Profiles.All()) > 0 {
		return true
	}
	newline := []byte("\n")
	return bytes.HasSuffix(oldText, newline) && !bytes.HasSuffix(text, newline)
}

// follow reads the file after each burst of events, until ctx ends.
func (r *File) follow(ctx context.Context, events <-chan struct{}) {
	timer := time.NewTimer(0) // what changed before the first event is not missed
	defer timer.Stop()
	var first time.Time // of the burst that is not yet read
	for {
		select {
		case <-ctx.Done():
			return
		case <-events:
			if first.IsZero() {
				first = time.Now()
			}
			timer.Reset(min(debounce, time.Until(first.Add(debounceMax))))
		case <-timer.C:
			first = time.Time{}
			if !r.load(false) {
				timer.Reset(debounceLost)
			}
		}
	}
}

// errWatch is the failure to follow the file.
var errWatch = errors.New("the file cannot be watched")
