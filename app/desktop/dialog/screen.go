package dialog

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// screen lets one dialog at a time onto the screen. Whoever only tells something makes
// room for whoever asks.
type screen struct {
	once sync.Once
	sem  *semaphore.Weighted // made at the first use

	mu      sync.Mutex // guards what follows
	inside  bool       // somebody has it
	yield   func()     // has the one on the screen make room; nil when it need not
	waiting int        // how many questions wait for room
}

// busy says whether somebody has it.
func (s *screen) busy() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.inside
}

// ask lets a question in, and has the one on the screen make room for it.
func (s *screen) ask(ctx context.Context) (leave func(), err error) {
	s.wait(1)
	defer s.wait(-1)
	return s.enter(ctx, nil)
}

func (s *screen) wait(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.waiting += n
	if n > 0 && s.yield != nil {
		s.yield()
	}
}

// tell lets a mere message in. Its yield is called when a question comes, or news.
// With news it asks an older message to make room, which comes back after it.
func (s *screen) tell(ctx context.Context, news bool, yield func()) (leave func(), err error) {
	s.mu.Lock()
	if news && s.yield != nil {
		s.yield()
	}
	s.mu.Unlock()
	return s.enter(ctx, yield)
}

func (s *screen) enter(ctx context.Context, yield func()) (leave func(), err error) {
	s.once.Do(func() { s.sem = semaphore.NewWeighted(1) })
	if err := s.sem.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inside, s.yield = true, yield
	if yield != nil && s.waiting > 0 {
		yield()
	}
	return s.leave, nil
}

func (s *screen) leave() {
	s.mu.Lock()
	s.inside, s.yield = false, nil
	s.mu.Unlock()
	s.sem.Release(1)
}
