package dialog

import (
	"context"
	"sync"

	"golang.org/x/sync/semaphore"
)

// turn lets one dialog at a time onto the screen. Whoever only tells something makes
// room for whoever asks.
type turn struct {
	once sync.Once
	sem  *semaphore.Weighted // made at the first use

	mu      sync.Mutex // guards what follows
	inside  bool       // it is somebody's turn
	yield   func()     // has the one on the screen make room; nil when it need not
	waiting int        // how many questions wait for room
}

// taken says whether it is somebody's turn.
func (t *turn) taken() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.inside
}

// ask lets a question in, and has the one on the screen make room for it.
func (t *turn) ask(ctx context.Context) (leave func(), err error) {
	t.wait(1)
	defer t.wait(-1)
	return t.enter(ctx, nil)
}

func (t *turn) wait(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.waiting += n
	if n > 0 && t.yield != nil {
		t.yield()
	}
}

// tell lets a mere message in. Its yield is called when a question comes, or news.
// With news it asks an older message to make room, which comes back after it.
func (t *turn) tell(ctx context.Context, news bool, yield func()) (leave func(), err error) {
	t.mu.Lock()
	if news && t.yield != nil {
		t.yield()
	}
	t.mu.Unlock()
	return t.enter(ctx, yield)
}

func (t *turn) enter(ctx context.Context, yield func()) (leave func(), err error) {
	t.once.Do(func() { t.sem = semaphore.NewWeighted(1) })
	if err := t.sem.Acquire(ctx, 1); err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inside, t.yield = true, yield
	if yield != nil && t.waiting > 0 {
		yield()
	}
	return t.leave, nil
}

func (t *turn) leave() {
	t.mu.Lock()
	t.inside, t.yield = false, nil
	t.mu.Unlock()
	t.sem.Release(1)
}
