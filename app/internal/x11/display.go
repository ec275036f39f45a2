package x11

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"

	"github.com/vaultbar/vaultbar/vaultcore/bounded"
)

// ErrGone is the failure of a connection that has ended.
var ErrGone = errors.New("the connection to the X server has ended")

// Display is a connection to an X server.
type Display struct {
	conn   *xgb.Conn
	screen *xproto.ScreenInfo

	mu    sync.Mutex // guards atoms
	atoms map[string]xproto.Atom
}

// Dial connects to the display of this name, as in the variable DISPLAY. A
// server that does not answer is given up when ctx ends.
func Dial(ctx context.Context, name string) (*Display, error) {
	xgb.Logger.SetOutput(io.Discard) // what it would say comes back as an error
	if name == "" {
		return nil, errors.New("no X display is named")
	}
	conn, err := bounded.Call(ctx, func() (*xgb.Conn, error) { return xgb.NewConnDisplay(name) }, (*xgb.Conn).Close)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, fmt.Errorf("the display %s cannot be opened: %w", name, err)
	}
	return &Display{conn: conn, screen: xproto.Setup(conn).DefaultScreen(conn), atoms: make(map[string]xproto.Atom)}, nil
}

// Close ends the connection, and with it what it owned.
func (d *Display) Close() { d.conn.Close() }

// atom is the server's number for a name.
func (d *Display) atom(name string) (xproto.Atom, error) {
	d.mu.Lock()
	known, ok := d.atoms[name]
	d.mu.Unlock()
	if ok {
		return known, nil
	}
	reply, err := xproto.InternAtom(d.conn, false, uint16(len(name)), name).Reply()
	if err != nil {
		return 0, err
	}
	if reply == nil {
		return 0, ErrGone
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.atoms[name] = reply.Atom
	return reply.Atom, nil
}

// closeWith ends the connection when ctx does, so that whoever waits for an
// event wakes up. The returned function lets go of ctx.
func (d *Display) closeWith(ctx context.Context) (release func() bool) {
	return context.AfterFunc(ctx, d.Close)
}
