// Package broadcast says that something changed, and not what: who listens reads
// the state anew, so no news can pile up, lag or arrive out of order.
//
// [Changed] has any number of listeners, a [Wake] has one.
package broadcast

import "sync"

// Changed wakes everybody who waits for a change. The zero value is ready, and its
// methods may be called from any goroutine.
type Changed struct {
	mu   sync.Mutex
	next chan struct{} // guarded by mu; closed by Notify, nil while nobody listens
}

// Next returns a channel that the next Notify closes. Take it before reading the
// state: then no change is lost between the two.
func (c *Changed) Next() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next == nil {
		c.next = make(chan struct{})
	}
	return c.next
}

// Notify closes what Next has returned so far. It never blocks.
func (c *Changed) Notify() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.next != nil {
		close(c.next)
		c.next = nil
	}
}

// Wake wakes the one goroutine that receives from it. Unlike a [Changed] it keeps a
// wake-up for a receiver that is busy. Make one with [NewWake].
type Wake chan struct{}

// NewWake makes a Wake that nothing has woken yet.
func NewWake() Wake { return make(Wake, 1) }

// Notify wakes the receiver. It never blocks.
func (w Wake) Notify() {
	select {
	case w <- struct{}{}:
	default: // a wake-up is already waiting and will see this change too
	}
}
