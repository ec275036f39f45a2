package x11

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// maxText is how much a selection may hold: more would have to be handed over
// in pieces.
const maxText = 64 << 10

// The targets that give the text itself.
var textTargets = []string{"UTF8_STRING", "text/plain;charset=utf-8", "text/plain", "STRING", "TEXT"}

// secretHint is the target by which clipboard managers know what not to keep.
const secretHint = "x-kde-passwordManagerHint"

// Clipboard is the ownership of the clipboard with a text in it, which may be
// marked as secret. Nobody else has the text: it is handed to whoever pastes, and is gone
// when the ownership ends.
type Clipboard struct {
	display *Display
	window  xproto.Window
	time    xproto.Timestamp
	name    xproto.Atom
	lost    chan struct{}

	mu      sync.Mutex // guards what follows
	content map[xproto.Atom][]byte
	targets []byte // the list of what there is, as the protocol has it
}

// OwnClipboard takes the clipboard of a display and keeps it until another
// program takes it or [Clipboard.Release] is called. The display is the
// clipboard's from then on.
func OwnClipboard(ctx context.Context, d *Display, text string, secret bool) (*Clipboard, error) {
	if len(text) > maxText {
		return nil, errors.New("the text is too long for the clipboard")
	}
	c := &Clipboard{display: d, content: make(map[xproto.Atom][]byte), lost: make(chan struct{})}
	release := d.closeWith(ctx)
	defer release()
	if err := c.fill(text, secret); err != nil {
		return nil, ended(ctx, err)
	}
	if err := c.take(); err != nil {
		return nil, ended(ctx, err)
	}
	go c.serve()
	return c, nil
}

// fill notes what is handed out for each target.
func (c *Clipboard) fill(text string, secret bool) error {
	var err error
	if c.name, err = c.display.atom("CLIPBOARD"); err != nil {
		return err
	}
	put := func(name string, value []byte) error {
		atom, err := c.display.atom(name)
		if err != nil {
			return err
		}
		c.content[atom] = value
		c.targets = append(c.targets, word(uint32(atom))...)
		return nil
	}
	for _, name := range textTargets {
		if err := put(name, []byte(text)); err != nil {
			return err
		}
	}
	if secret {
		if err := put(secretHint, []byte("secret")); err != nil {
			return err
		}
	}
	for _, name := range []string{"TARGETS", "TIMESTAMP"} {
		if err := put(name, nil); err != nil {
			return err
		}
	}
	return nil
}

// take becomes the owner. The time of it must be the server's, which is learned
// from a change of a property of our own.
func (c *Clipboard) take() error {
	d := c.display
	id, err := xproto.NewWindowId(d.conn)
	if err != nil {
		return err
	}
	c.window = id
	create := xproto.CreateWindowChecked(d.conn, 0, id, d.screen.Root, 0, 0, 1, 1, 0, xproto.WindowClassInputOnly,
		d.screen.RootVisual, xproto.CwEventMask, []uint32{xproto.EventMaskPropertyChange})
	if err := create.Check(); err != nil {
		return err
	}
	touch := xproto.ChangePropertyChecked(d.conn, xproto.PropModeAppend, id, xproto.AtomWmName, xproto.AtomString, 8, 0, nil)
	if err := touch.Check(); err != nil {
		return err
	}
	for c.time == 0 {
		event, fault := d.conn.WaitForEvent()
		if event == nil && fault == nil {
			return ErrGone
		}
		if changed, ok := event.(xproto.PropertyNotifyEvent); ok {
			c.time = changed.Time
		}
	}
	if err := xproto.SetSelectionOwnerChecked(d.conn, id, c.name, c.time).Check(); err != nil {
		return err
	}
	reply, err := xproto.GetSelectionOwner(d.conn, c.name).Reply()
	if err != nil {
		return err
	}
	if reply == nil || reply.Owner != id {
		return errors.New("another program is blocking the clipboard")
	}
	return nil
}

// serve hands the text to those who paste, until the clipboard is somebody
// else's.
func (c *Clipboard) serve() {
	defer close(c.lost)
	for {
		event, fault := c.display.conn.WaitForEvent()
		if event == nil && fault == nil {
			return
		}
		switch e := event.(type) {
		case xproto.SelectionRequestEvent:
			c.answer(e)
		case xproto.SelectionClearEvent:
			if e.Selection == c.name {
				c.display.Close()
				return
			}
		}
	}
}

// answer puts what was asked for where the asker wants it, and says so.
func (c *Clipboard) answer(e xproto.SelectionRequestEvent) {
	property := e.Property
	if property == xproto.AtomNone { // clients of long ago
		property = e.Target
	}
	if !c.hand(e.Requestor, property, e.Target) {
		property = xproto.AtomNone
	}
	notify := xproto.SelectionNotifyEvent{
		Time: e.Time, Requestor: e.Requestor, Selection: e.Selection, Target: e.Target, Property: property,
	}
	xproto.SendEvent(c.display.conn, false, e.Requestor, xproto.EventMaskNoEvent, string(notify.Bytes()))
}

// hand writes the content for a target into a property of the asker.
func (c *Clipboard) hand(to xproto.Window, property, target xproto.Atom) bool {
	c.mu.Lock()
	value, ok := c.content[target]
	targets := c.targets
	c.mu.Unlock()
	if !ok {
		return false
	}
	kind, format, size := target, byte(8), uint32(len(value))
	switch name := c.nameOf(target); name {
	case "TARGETS":
		value = targets
		kind, format, size = xproto.AtomAtom, 32, uint32(len(value)/4)
	case "TIMESTAMP":
		value = word(uint32(c.time))
		kind, format, size = xproto.AtomInteger, 32, 1
	case "TEXT":
		kind, _ = c.display.atom("UTF8_STRING") // known since fill
	}
	return xproto.ChangePropertyChecked(c.display.conn, xproto.PropModeReplace, to, property, kind, format, size, value).Check() == nil
}

// nameOf finds the name of one of our targets.
func (c *Clipboard) nameOf(target xproto.Atom) string {
	c.display.mu.Lock()
	defer c.display.mu.Unlock()
	for name, atom := range c.display.atoms {
		if atom == target {
			return name
		}
	}
	return ""
}

// word is a number as the protocol has it.
func word(n uint32) []byte {
	raw := make([]byte, 4)
	xgb.Put32(raw, n)
	return raw
}

// Lost is closed when the clipboard is no longer ours.
func (c *Clipboard) Lost() <-chan struct{} { return c.lost }

// forgotten is how long those who keep what was on the clipboard have to see that
// it is gone.
const forgotten = 300 * time.Millisecond

// Release empties the clipboard if it is still ours. Some desktops keep the text
// of an owner that leaves, and put it back; so before it leaves the owner takes the
// clipboard once more, with no text.
func (c *Clipboard) Release() {
	c.clearText()
	// At the same time as before, so that it is in vain when another has taken it.
	xproto.SetSelectionOwner(c.display.conn, c.window, c.name, c.time)
	select {
	case <-c.lost:
	case <-time.After(forgotten):
	}
	c.display.Close()
	<-c.lost
}

// clearText takes out the text.
func (c *Clipboard) clearText() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.targets = nil
	for atom := range c.content {
		switch c.nameOf(atom) {
		case "TARGETS", "TIMESTAMP":
			c.targets = append(c.targets, word(uint32(atom))...)
		default:
			delete(c.content, atom)
		}
	}
}
