package liveconfig

import (
	"context"
	"sync"
	"time"
)

// maxFiles bounds the config files that are kept in memory and watched.
const maxFiles = 16

// Set is the config files in use, side by side: a request belongs to the one that its
// program names. Each is read when it is first asked for. The zero Set is empty; its
// methods may be called from any goroutine.
type Set struct {
	mu     sync.Mutex // guards what follows
	open   map[string]*openFile
	life   context.Context // of the watching; nil until the app runs
	follow func(context.Context, *File)
}

type openFile struct {
	file  *File
	used  time.Time
	close context.CancelFunc // ends the watching; nil while it is not watched
}

// At returns the config file at a path. A read by two at once is one too many, and
// does no harm.
func (s *Set) At(path string) *File {
	if known := s.known(path); known != nil {
		return known
	}
	file := Open(path)
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.open[path]; known != nil {
		return known.file
	}
	if s.open == nil {
		s.open = make(map[string]*openFile)
	}
	s.makeRoomLocked()
	s.open[path] = &openFile{file: file, used: time.Now()}
	s.watchLocked(s.open[path])
	return file
}

func (s *Set) known(path string) *File {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.open[path]
	if known == nil {
		return nil
	}
	known.used = time.Now()
	return known.file
}

// makeRoomLocked closes the file that was asked for least lately.
func (s *Set) makeRoomLocked() {
	if len(s.open) < maxFiles {
		return
	}
	oldest := ""
	for path, open := range s.open {
		if oldest == "" || open.used.Before(s.open[oldest].used) {
			oldest = path
		}
	}
	if s.open[oldest].close != nil {
		s.open[oldest].close()
	}
	delete(s.open, oldest)
}

func (s *Set) watchLocked(open *openFile) {
	if s.life == nil {
		return
	}
	ctx, cancel := context.WithCancel(s.life)
	open.close = cancel
	go s.follow(ctx, open.file)
}

// Watch has every file that is open, and those to come, followed until ctx ends.
func (s *Set) Watch(ctx context.Context, follow func(context.Context, *File)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.life, s.follow = ctx, follow
	for _, open := range s.open {
		s.watchLocked(open)
	}
}
