//go:build unix && !darwin

package wayland

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"golang.org/x/sys/unix"
)

// ErrEmpty is the failure to paste what nobody has copied.
var ErrEmpty = errors.New("the clipboard holds nothing of this type")

// paste is a look at the clipboard.
type paste struct {
	conn    *Conn
	offers  map[uint32][]string // by offer: its types
	current uint32              // the offer that is on the clipboard; 0 while it is empty
}

// Paste reads the clipboard in one type, as a program does in which the person
// pastes. It may return: ErrEmpty, ErrNoControl.
func Paste(ctx context.Context, socket, wanted string) ([]byte, error) {
	conn, err := Dial(ctx, socket)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	p := &paste{conn: conn, offers: make(map[uint32][]string)}
	var file int
	err = conn.during(ctx, func() error {
		if _, err := conn.control(p.heard); err != nil {
			return err
		}
		if err := conn.roundTrip(); err != nil {
			return err
		}
		file, err = p.receive(wanted)
		return err
	})
	if err != nil {
		return nil, err
	}
	pipe := pipeOf(file)
	defer func() { _ = pipe.Close() }()
	_ = pipe.SetReadDeadline(time.Now().Add(handOver))
	all := make([]byte, maxText+1) // in one piece: whoever has read a secret clears it
	n, err := io.ReadFull(pipe, all)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		err = nil
	}
	return all[:n], err
}

// heard takes in what the clipboard holds.
func (p *paste) heard(opcode uint16, args *reader) error {
	switch opcode {
	case deviceOffer:
		offer := args.word()
		if args.bad || offer < firstServerSide {
			return errors.New("the compositor made an offer that cannot be one")
		}
		p.offers[offer] = nil
		p.conn.handle[offer] = func(opcode uint16, args *reader) error {
			if opcode == offerType {
				p.offers[offer] = append(p.offers[offer], args.text())
			}
			return args.err("type of an offer")
		}
	case deviceSelection:
		p.current = args.word()
	}
	return args.err("clipboard")
}

// receive asks for the text, and returns where it comes.
func (p *paste) receive(wanted string) (int, error) {
	if !slices.Contains(p.offers[p.current], wanted) {
		return 0, fmt.Errorf("%w: %s", ErrEmpty, wanted)
	}
	var ends [2]int
	if err := unix.Pipe2(ends[:], unix.O_CLOEXEC); err != nil {
		return 0, err
	}
	defer func() { _ = unix.Close(ends[1]) }()
	err := p.conn.wire.send(p.current, offerReceive, text(wanted), ends[1])
	if err == nil {
		err = p.conn.roundTrip() // the compositor has its own copy of our end now
	}
	if err != nil {
		_ = unix.Close(ends[0])
	}
	return ends[0], err
}
