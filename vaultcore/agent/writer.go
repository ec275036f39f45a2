package agent

import (
	"bytes"
	"encoding/json"
	"net"
	"sync"
	"time"
)

// writer puts frames on a connection, one at a time, for any goroutine.
type writer struct {
	conn net.Conn
	// limit is how long a frame may take to be sent; 0 leaves that to whoever
	// moves the connection's deadline.
	limit time.Duration
	// broken is told when a frame could not be sent. It may be nil.
	broken func()
	mu     sync.Mutex   // held while a frame is written: frames must not mix
	out    bytes.Buffer // guarded by mu
	until  time.Time    // guarded by mu: the deadline
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
	w.setDeadlineLocked()
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

func (w *writer) setDeadlineLocked() {
	if w.limit == 0 {
		return
	}
	if deadline := time.Now().Add(w.limit); !near(deadline, w.until) {
		w.until = deadline
		_ = w.conn.SetWriteDeadline(deadline)
	}
}

// fail sends an error frame.
func (w *writer) fail(err error) {
	_ = w.send(outbound[emptyReply]{Error: errorToWire(err)})
}

// divisible is a reply that may be longer than a frame and comes in parts then.
type divisible interface {
	halves() (first, rest any, ok bool)
}

// result sends a reply, in parts where it is too long for one frame.
func (w *writer) result(reply any) {
	err := w.send(frameOf(reply, false))
	if err != errTooLong {
		return
	}
	if !w.parts(reply, false) {
		w.fail(errTooLong)
	}
}

// parts sends the halves of a reply; the last of all is the result.
func (w *writer) parts(reply any, more bool) bool {
	d, ok := reply.(divisible)
	if !ok {
		return false
	}
	first, rest, ok := d.halves()
	return ok && w.part(first, true) && w.part(rest, more)
}

func (w *writer) part(reply any, more bool) bool {
	err := w.send(frameOf(reply, more))
	if err == errTooLong {
		return w.parts(reply, more)
	}
	return err == nil
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
