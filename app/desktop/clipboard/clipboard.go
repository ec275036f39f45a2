// Package clipboard puts secrets on the clipboard for a short while, so that
// clipboard managers do not keep them, and takes them off again.
//
// Start with [Clipboard.Copy].
package clipboard

import (
	"context"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Life is how long a secret stays on the clipboard by default.
const Life = 30 * time.Second

// patience is how long a change of the clipboard may take.
const patience = 5 * time.Second

// Clipboard puts secrets on the clipboard for a short while, marked so that
// clipboard managers do not keep them. The zero value works.
type Clipboard struct {
	// Life is how long a text stays; 0 means 30 s.
	Life time.Duration

	changing sync.Mutex // held while the clipboard is being changed

	mu   sync.Mutex // guards what follows
	held *holding   // what is on the clipboard of ours; nil when nothing is
}

// holding is a text of ours on the clipboard.
type holding struct {
	lost    <-chan struct{} // closed when somebody else's text is on it; may be nil
	stays   bool            // no time is set for it
	release func()          // empties the clipboard if the text is still ours
	once    sync.Once
}

func (h *holding) empty() { h.once.Do(h.release) }

// Copy puts a secret on the clipboard. It is gone after [Clipboard.Life], unless
// the person has copied something else by then, which is left alone. It may
// return: errors.ErrUnsupported when there is no clipboard to be reached safely.
func (c *Clipboard) Copy(ctx context.Context, text vaultcore.Secret) error {
	return c.put(ctx, content{text: text, secret: true})
}

// CopyText puts a text on the clipboard that is no secret, such as an account id
// or a path. It stays there until something else is copied. It may return:
// errors.ErrUnsupported.
func (c *Clipboard) CopyText(ctx context.Context, text string) error {
	return c.put(ctx, content{text: vaultcore.NewSecret(text)})
}

// content is what goes on the clipboard.
type content struct {
	text   vaultcore.Secret
	secret bool // it is marked as one, and emptied in time
}

func (c *Clipboard) put(ctx context.Context, what content) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	c.changing.Lock()
	defer c.changing.Unlock()
	held, err := hold(ctx, what)
	if err != nil {
		return err
	}
	held.stays = !what.secret
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
		life = Life
	}
	var over <-chan time.Time
	if !held.stays {
		timer := time.NewTimer(life)
		defer timer.Stop()
		over = timer.C
	}
	if over == nil && held.lost == nil {
		return // nothing will happen to it by itself
	}
	select {
	case <-over:
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
