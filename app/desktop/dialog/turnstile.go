package dialog

import (
	"context"
	"sync"
)

// turnstile lets one dialog at a time onto the screen. Whoever only tells
// something makes room for whoever asks.
type turnstile struct {
	mu      sync.Mutex    // guards what follows
	free    chan struct{} // holds a token while nobody is inside; made at the first use
	yield   func()        // asks the one inside to make room; nil when it need not
	pressed int           // how many wait who may ask for room
}

// gate returns the channel with the token.
func (t *turnstile) gate() chan struct{} {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.free == nil {
		t.free = make(chan struct{}, 1)
		t.free <- struct{}{}
	}
	return t.free
}

// ask lets a question in, and asks the one inside to make room for it.
func (t *turnstile) ask(ctx context.Context) (leave func(), err error) {
	t.press(1)
	defer t.press(-1)
	return t.enter(ctx, nil)
}

// tell lets a mere message in. Its yield is called when a question comes, or news.
// With news it asks an older message to make room, which comes back after it.
func (t *turnstile) tell(ctx context.Context, news bool, yield func()) (leave func(), err error) {
	if news {
		t.mu.Lock()
		if t.yield != nil {
			t.yield()
		}
		t.mu.Unlock()
	}
	return t.enter(ctx, yield)
}

func (t *turnstile) press(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pressed += n
	if n > 0 && t.yield != nil {
		t.yield()
	}
}

func (t *turnstile) enter(ctx context.Context, yield func()) (func(), error) {
	gate := t.gate()
	select {
	case <-gate:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.yield = yield
	if yield != nil && t.pressed > 0 {
		yield()
	}
	return func() { t.leave(gate) }, nil
}

func (t *turnstile) leave(gate chan struct{}) {
	t.mu.Lock()
	t.yield = nil
	t.mu.Unlock()
	gate <- struct{}{}
}
