package agent

import (
	"bytes"
	"encoding/json"
	"errors"
	"net"
	"sync"
	"time"
)

// The bounds on what a peer may do.
const (
	maxFrame    = 256 << 10        // bytes of one frame, newline included
	frameTime   = 5 * time.Second  // from the first byte of a frame to its last
	writeTime   = 5 * time.Second  // for a frame to be taken by its receiver
	firstBuffer = 4 << 10          // most frames fit
	keptBuffer  = 16 << 10         // what grew beyond is not kept for the next
	idleTime    = 60 * time.Second // until a connection is used
	maxConns    = 512              // connections at once, where there are descriptors for twice as many
	refuseTime  = time.Second      // to tell a peer that it is refused
)

var errFrameTooLong = errors.New("a frame is longer than 256 KiB")

// frames reads frames from a connection, for one goroutine.
type frames struct {
	conn    net.Conn
	begun   func() // called when a frame has begun and is not complete
	buf     []byte
	start   int // of what was read and not yet handed out
	end     int
	scanned int // up to here there is no newline
}

// buffers are handed from one connection to the next.
var buffers = sync.Pool{New: func() any { return new([firstBuffer]byte) }}

func newFrames(conn net.Conn, begun func()) *frames {
	return &frames{conn: conn, begun: begun, buf: buffers.Get().(*[firstBuffer]byte)[:]}
}

// close hands the buffer back. Nothing of what next returned may be used.
func (f *frames) close() {
	clear(f.buf[:f.end])
	if len(f.buf) == firstBuffer {
		buffers.Put((*[firstBuffer]byte)(f.buf))
	}
	f.buf = nil
}

// next returns the next frame without its newline. The bytes are good until
// the next call.
func (f *frames) next() ([]byte, error) {
	f.forget()
	called := false
	for {
		if i := f.newline(); i >= 0 {
			frame := f.buf[f.start:i]
			f.start, f.scanned = i+1, i+1
			return frame, nil
		}
		if f.end > 0 && !called {
			called = true
			f.begun()
		}
		if err := f.grow(); err != nil {
			return nil, err
		}
		n, err := f.conn.Read(f.buf[f.end:])
		f.end += n
		if err != nil && n == 0 {
			return nil, err
		}
	}
}

// pending says whether a frame has begun to arrive.
func (f *frames) pending() bool { return f.end > f.start }

// newline finds the end of the first frame in the buffer, or -1. No byte is
// looked at twice.
func (f *frames) newline() int {
	i := bytes.IndexByte(f.buf[f.scanned:f.end], '\n')
	if i < 0 {
		f.scanned = f.end
		return -1
	}
	f.scanned += i
	return f.scanned
}

// forget wipes the frames that were handed out, which may have held secrets,
// and moves what is left to the front.
func (f *frames) forget() {
	if f.start == 0 {
		return
	}
	left := copy(f.buf, f.buf[f.start:f.end])
	clear(f.buf[left:f.end])
	f.start, f.end, f.scanned = 0, left, 0
	if left == 0 && len(f.buf) > keptBuffer {
		f.buf = make([]byte, firstBuffer)
	}
}

// grow makes room for at least one more byte.
func (f *frames) grow() error {
	if f.end < len(f.buf) {
		return nil
	}
	if len(f.buf) >= maxFrame {
		return errFrameTooLong
	}
	bigger := make([]byte, min(2*len(f.buf), maxFrame))
	copy(bigger, f.buf[:f.end])
	clear(f.buf)
	f.buf = bigger
	return nil
}

// writer puts frames on a connection, one at a time, for any goroutine.
type writer struct {
	conn net.Conn
	// limit is how long a frame may take to be sent; 0 leaves that to whoever
	// moves the connection's deadline.
	limit time.Duration
	// broken is called when a frame could not be sent. It may be nil.
	broken func()
	mu     sync.Mutex   // held while a frame is written: frames must not mix
	out    bytes.Buffer // guarded by mu
}

// send writes one frame. After any error but errTooLong the connection is of
// no more use.
func (w *writer) send(frame any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.encodeLocked(frame); err != nil {
		return err
	}
	return w.flushLocked()
}

// encodeLocked puts the frame into out.
func (w *writer) encodeLocked(frame any) error {
	w.out.Reset()
	if f, ok := frame.(appender); ok {
		w.out.Grow(f.room())
		w.out.Write(f.appendFrame(w.out.AvailableBuffer()))
	} else if err := json.NewEncoder(&w.out).Encode(frame); err != nil {
		return err
	}
	if w.out.Len() > maxFrame {
		return errTooLong
	}
	return nil
}

// flushLocked sends what is in out and wipes it.
func (w *writer) flushLocked() error {
	if w.limit != 0 {
		_ = w.conn.SetWriteDeadline(time.Now().Add(w.limit))
	}
	_, err := w.conn.Write(w.out.Bytes())
	clear(w.out.Bytes())
	if w.out.Cap() > keptBuffer {
		w.out = bytes.Buffer{}
	}
	if err != nil && w.broken != nil {
		w.broken()
	}
	return err
}

// fail sends an error frame.
func (w *writer) fail(err error) {
	_ = w.send(notice{Error: errorToWire(err)})
}

// divisible is a reply that may be longer than a frame and comes in parts then. One that
// is long comes in parts in any case: the first is read while the next is written.
type divisible interface {
	long() bool
	halves() (first, rest any, ok bool)
}

// result sends a reply.
func (w *writer) result(reply any) {
	if err := w.part(reply, false); err == errTooLong {
		w.fail(err)
	}
}

// part sends a reply, or a part of one when more follows, in parts of its own where it is
// long.
func (w *writer) part(reply any, more bool) error {
	d, ok := reply.(divisible)
	if !ok || !d.long() {
		if err := w.send(frameOf(reply, more)); err != errTooLong || !ok {
			return err
		}
	}
	first, rest, ok := d.halves()
	if !ok {
		return errTooLong
	}
	if err := w.part(first, true); err != nil {
		return err
	}
	return w.part(rest, more)
}

// frameOf is the frame of a reply, or of a part of one when more follows.
func frameOf(reply any, more bool) any {
	if more {
		return outbound[any]{Part: &reply}
	}
	if f, ok := reply.(credentialsReply); ok {
		return f
	}
	return outbound[any]{Result: &reply}
}
