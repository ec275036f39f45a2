package desktoptest

import (
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xfixes"
	"github.com/jezek/xgb/xproto"
)

// keeper is a clipboard manager as some desktops have one: it keeps the text of
// who owns the clipboard, whatever its owner says of it, and puts it back when the
// owner leaves.
type keeper struct {
	s         *Session
	conn      *xgb.Conn
	window    xproto.Window
	clipboard xproto.Atom
	kept      []byte
	seen      chan<- string // what it has seen, for the test
}

// KeepClipboard starts a clipboard manager, which ends with the desktop. On the
// channel is what it does: "keeps" a text, "forgets" one, "puts back" one.
func (s *Session) KeepClipboard() <-chan string {
	s.t.Helper()
	conn, err := xgb.NewConnDisplay(s.Display)
	s.check(err)
	s.check(xfixes.Init(conn))
	_, err = xfixes.QueryVersion(conn, 5, 0).Reply()
	s.check(err)
	seen := make(chan string, 100)
	k := &keeper{s: s, conn: conn, seen: seen}
	k.clipboard = k.atom("CLIPBOARD")
	screen := xproto.Setup(conn).DefaultScreen(conn)
	k.window, err = xproto.NewWindowId(conn)
	s.check(err)
	s.check(xproto.CreateWindowChecked(conn, 0, k.window, screen.Root, 0, 0, 1, 1, 0, xproto.WindowClassInputOnly, screen.RootVisual, 0, nil).Check())
	const all = xfixes.SelectionEventMaskSetSelectionOwner | xfixes.SelectionEventMaskSelectionWindowDestroy | xfixes.SelectionEventMaskSelectionClientClose
	s.check(xfixes.SelectSelectionInputChecked(conn, screen.Root, k.clipboard, all).Check())
	go k.run()
	s.t.Cleanup(conn.Close)
	return seen
}

func (k *keeper) atom(name string) xproto.Atom {
	reply, err := xproto.InternAtom(k.conn, false, uint16(len(name)), name).Reply()
	if err != nil || reply == nil {
		return 0 // the server has gone
	}
	return reply.Atom
}

func (k *keeper) run() {
	for {
		event, fault := k.conn.WaitForEvent()
		switch e := event.(type) {
		case nil:
			if fault == nil {
				return
			}
		case xfixes.SelectionNotifyEvent:
			k.changed(e.Owner)
		case xproto.SelectionNotifyEvent:
			k.got(e)
		}
	}
}

// changed asks a new owner for its text, and takes the place of one that left.
func (k *keeper) changed(owner xproto.Window) {
	switch {
	case owner == k.window:
	case owner != xproto.WindowNone:
		xproto.ConvertSelection(k.conn, k.window, k.clipboard, k.atom("UTF8_STRING"), k.atom("KEPT"), xproto.TimeCurrentTime)
	case k.kept != nil:
		xproto.SetSelectionOwner(k.conn, k.window, k.clipboard, xproto.TimeCurrentTime)
		k.seen <- "puts back"
	}
}

// got takes in what an owner answers.
func (k *keeper) got(e xproto.SelectionNotifyEvent) {
	k.kept = nil
	if e.Property == xproto.AtomNone {
		k.seen <- "forgets"
		return
	}
	reply, err := xproto.GetProperty(k.conn, true, k.window, e.Property, xproto.GetPropertyTypeAny, 0, 1<<16).Reply()
	if err == nil && reply != nil {
		k.kept = reply.Value
		k.seen <- "keeps"
	}
}
