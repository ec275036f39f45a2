package desktop

import (
	"context"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// ClipboardLife is how long a secret stays on the clipboard by default.
const ClipboardLife = 30 * time.Second

// Clipboard puts secrets on the clipboard for a short while, marked so that
// clipboard managers do not keep them. The zero value works.
type Clipboard struct {
	// Life is how long a text stays; 0 means 30 s.
	Life time.Duration

	turn sync.Mutex // held while the clipboard is being changed

	mu   sync.Mutex // guards what follows
	held *holding   // what is on the clipboard of ours; nil when nothing is
}

// holding is a text of ours on the clipboard.
type holding struct {
	lost    <-chan struct{} // closed when somebody else's text is on it; may be nil
	release func()          // empties the clipboard if the text is still ours
	once    sync.Once
}

func (h *holding) empty() { h.once.Do(h.release) }

// Copy puts a secret on the clipboard. It is gone after [Clipboard.Life], unless
// the person has copied something else by then, which is left alone. It may
// return: ErrUnsupported when there is no clipboard to be reached safely.
func (c *Clipboard) Copy(ctx context.Context, text vaultcore.Secret) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c.turn.Lock()
	defer c.turn.Unlock()
	held, err := hold(ctx, text)
	if err != nil {
		return err
	}
	c.keep(held)
	return nil
}

// keep takes charge of what is on the clipboard now.
func (c *Clipboard) keep(held *holding) {
	c.mu.Lock()
	old := c.held
	c.held = held
	c.mu.Unlock()
	if old != nil {
		old.empty() // what it held has been replaced just now
	}
	go c.watch(held)
}

// watch empties the clipboard in time.
func (c *Clipboard) watch(held *holding) {
	life := c.Life
	if life == 0 {
		life = ClipboardLife
	}
	timer := time.NewTimer(life)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-held.lost:
	}
	c.forget(held)
}

// Holds says whether a text of ours is on the clipboard.
func (c *Clipboard) Holds() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.held != nil
}

// Clear empties the clipboard now, if a text of ours is still on it.
func (c *Clipboard) Clear() {
	c.mu.Lock()
	held := c.held
	c.mu.Unlock()
	if held != nil {
		c.forget(held)
	}
}

func (c *Clipboard) forget(held *holding) {
	held.empty()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.held == held {
		c.held = nil
	}
}
