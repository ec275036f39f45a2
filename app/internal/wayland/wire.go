//go:build unix && !darwin

package wayland

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"strings"

	"golang.org/x/sys/unix"
)

// maxMessage is the longest message of the protocol: its size has 16 bits.
const maxMessage = 1<<16 - 1

// maxFiles is how many files one read of the socket may bring.
const maxFiles = 28

// message is an event of the compositor.
type message struct {
	object uint32
	opcode uint16
	body   []byte
}

// wire is the socket, with what was read from it and not used yet.
type wire struct {
	socket *net.UnixConn
	unread []byte
	files  []int // in the order in which they came; closed by whoever takes one
}

// send writes a request; the file, when there is one, goes with it.
func (w *wire) send(object uint32, opcode uint16, body []byte, file ...int) error {
	size := 8 + len(body)
	if size > maxMessage {
		return errors.New("the request is too long")
	}
	raw := word(object)
	raw = append(raw, word(uint32(size)<<16|uint32(opcode))...)
	raw = append(raw, body...)
	var rights []byte
	if len(file) > 0 {
		rights = unix.UnixRights(file...)
	}
	n, _, err := w.socket.WriteMsgUnix(raw, rights, nil)
	if err == nil && n < len(raw) {
		_, err = w.socket.Write(raw[n:])
	}
	return err
}

// next waits for an event.
func (w *wire) next() (message, error) {
	for {
		if len(w.unread) >= 8 {
			second := binary.NativeEndian.Uint32(w.unread[4:])
			size := int(second >> 16)
			if size < 8 {
				return message{}, errors.New("the compositor sent an event without a size")
			}
			if len(w.unread) >= size {
				m := message{binary.NativeEndian.Uint32(w.unread), uint16(second), w.unread[8:size:size]}
				w.unread = w.unread[size:]
				return m, nil
			}
		}
		if err := w.fill(); err != nil {
			return message{}, err
		}
	}
}

// fill reads what has come.
func (w *wire) fill() error {
	raw, rights := make([]byte, 4096), make([]byte, unix.CmsgSpace(4*maxFiles))
	n, m, _, _, err := w.socket.ReadMsgUnix(raw, rights)
	if err != nil {
		return err
	}
	if n == 0 {
		return errors.New("the compositor has hung up")
	}
	w.unread = append(w.unread, raw[:n]...)
	messages, err := unix.ParseSocketControlMessage(rights[:m])
	if err != nil {
		return err
	}
	for _, one := range messages {
		if files, err := unix.ParseUnixRights(&one); err == nil {
			w.files = append(w.files, files...)
		}
	}
	return nil
}

// file takes the first file that has come and that nobody took.
func (w *wire) file() (int, bool) {
	if len(w.files) == 0 {
		return 0, false
	}
	first := w.files[0]
	w.files = w.files[1:]
	return first, true
}

// close ends the connection, and with it what it owned.
func (w *wire) close() {
	_ = w.socket.Close()
}

// drop closes the files that nobody took. It is for the one who reads.
func (w *wire) drop() {
	for _, one := range w.files {
		_ = unix.Close(one)
	}
	w.files = nil
}

// word is a number as the protocol has it.
func word(n uint32) []byte { return binary.NativeEndian.AppendUint32(nil, n) }

// text is a string as the protocol has it: its length with the zero at its end,
// and filled up to whole words.
func text(s string) []byte {
	raw := append(word(uint32(len(s)+1)), s...)
	raw = append(raw, 0)
	for len(raw)%4 != 0 {
		raw = append(raw, 0)
	}
	return raw
}

// reader reads the arguments of an event.
type reader struct {
	rest []byte
	bad  bool
}

func (r *reader) word() uint32 {
	if len(r.rest) < 4 {
		r.bad = true
		return 0
	}
	n := binary.NativeEndian.Uint32(r.rest)
	r.rest = r.rest[4:]
	return n
}

func (r *reader) text() string {
	size := r.word()
	padded := (uint64(size) + 3) &^ 3
	if r.bad || padded > uint64(len(r.rest)) {
		r.bad = true
		return ""
	}
	s := string(r.rest[:size])
	r.rest = r.rest[padded:]
	return strings.TrimSuffix(s, "\x00")
}

// err says whether an event was not what its kind holds.
func (r *reader) err(what string) error {
	if r.bad {
		return fmt.Errorf("the compositor sent a %s that cannot be read", what)
	}
	return nil
}
