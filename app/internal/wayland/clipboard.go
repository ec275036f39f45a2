//go:build unix && !darwin

package wayland

import (
	"context"
	"errors"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// maxText is how much the clipboard may hold: what a person pastes into a shell
// is a few lines.
const maxText = 64 << 10

// textTypes are the types that give the text itself: those of Wayland's programs
// and those that an X server asks for.
var textTypes = []string{"text/plain;charset=utf-8", "text/plain", "UTF8_STRING", "STRING", "TEXT"}

// The type by which clipboard managers know what not to keep, and what it says.
const (
	secretHint = "x-kde-passwordManagerHint"
	hintSays   = "secret"
)

// handOver is how long a program may take to read what it pastes.
const handOver = 5 * time.Second

// errNotOurs is the failure when the clipboard holds something else after all.
var errNotOurs = errors.New("the compositor did not give the clipboard to this program")

// Clipboard is the ownership of the clipboard with a text in it, which may be
// marked as secret. Nobody else has the text: it is handed to whoever pastes, and is gone
// when the ownership ends.
type Clipboard struct {
	conn    *Conn
	source  uint32
	text    []byte
	types   []string       // that are offered
	handing sync.WaitGroup // those who paste now
	lost    chan struct{}
	once    sync.Once // destroys the source
}

// OwnClipboard takes the clipboard of the compositor behind a socket, and keeps
// it until another program takes it or [Clipboard.Release] is called. When it
// returns without an error, a program that pastes has got the text: it was tried.
// It may return: ErrNoControl.
func OwnClipboard(ctx context.Context, socket, content string, secret bool) (*Clipboard, error) {
	if len(content) > maxText {
		return nil, errors.New("the text is too long for the clipboard")
	}
	conn, err := Dial(ctx, socket)
	if err != nil {
		return nil, err
	}
	c := &Clipboard{conn: conn, text: []byte(content), types: textTypes, lost: make(chan struct{})}
	if secret {
		c.types = append([]string{secretHint}, textTypes...)
	}
	if err := conn.during(ctx, c.take); err != nil {
		conn.Close()
		return nil, err
	}
	go c.serve()
	if err := c.check(ctx, socket, content); err != nil {
		c.Release()
		return nil, err
	}
	return c, nil
}

// errFinished is why a clipboard ends that has gone to another program.
var errFinished = errors.New("the clipboard is another program's")

// take becomes the owner.
func (c *Clipboard) take() error {
	at, err := c.conn.control(func(opcode uint16, _ *reader) error {
		if opcode == deviceFinished {
			return errFinished
		}
		return nil
	})
	if err != nil {
		return err
	}
	c.source = c.conn.object(c.heard)
	if err := c.conn.wire.send(at.manager, managerSource, word(c.source)); err != nil {
		return err
	}
	for _, one := range c.types {
		if err := c.conn.wire.send(c.source, sourceOffer, text(one)); err != nil {
			return err
		}
	}
	if err := c.conn.wire.send(at.device, deviceSelect, word(c.source)); err != nil {
		return err
	}
	return c.conn.roundTrip()
}

// heard takes in what is said of what we offer.
func (c *Clipboard) heard(opcode uint16, args *reader) error {
	switch opcode {
	case sourceCanceled:
		return errFinished
	case sourceSend:
		wanted := args.text()
		file, ok := c.conn.wire.file()
		if !ok || args.bad {
			return errors.New("the compositor asked for the text without saying where to")
		}
		value := c.text
		if wanted == secretHint {
			value = []byte(hintSays)
		}
		c.handing.Go(func() { hand(file, value) })
	}
	return nil
}

// hand writes a value into a pipe, unless nobody reads it.
func hand(file int, value []byte) {
	pipe := pipeOf(file)
	defer func() { _ = pipe.Close() }()
	_ = pipe.SetWriteDeadline(time.Now().Add(handOver))
	_, _ = pipe.Write(value) // who pastes and does not read gets nothing
}

// pipeOf makes a file of a descriptor, whose reads and writes can be given up.
func pipeOf(file int) *os.File {
	_ = unix.SetNonblock(file, true)
	return os.NewFile(uintptr(file), "pipe")
}

// serve hands the text to those who paste, until the clipboard is somebody
// else's.
func (c *Clipboard) serve() {
	for c.conn.event() == nil { // however it ended, it is not ours any more
	}
	c.conn.Close()
	c.conn.wire.drop()
	close(c.lost)
	c.handing.Wait()
	clear(c.text)
}

// check pastes, as any other program would.
func (c *Clipboard) check(ctx context.Context, socket, content string) error {
	got, err := Paste(ctx, socket, textTypes[0])
	defer clear(got)
	if err == nil && string(got) != content {
		err = errNotOurs
	}
	return err
}

// Lost is closed when the clipboard is no longer ours.
func (c *Clipboard) Lost() <-chan struct{} { return c.lost }

// Release empties the clipboard if it is still ours.
func (c *Clipboard) Release() {
	c.once.Do(func() {
		_ = c.conn.wire.send(c.source, sourceDestroy, nil) // the end of the connection does it too
		c.conn.Close()
	})
	<-c.lost
}
