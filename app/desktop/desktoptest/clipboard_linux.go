package desktoptest

import (
	"context"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// Paste asks whoever owns the clipboard for its content in one form, such as
// "UTF8_STRING", as a program does in which the person pastes. It says false when
// there is no owner or it has no such form.
func (s *Session) Paste(target string) (string, bool) {
	s.t.Helper()
	conn, err := xgb.NewConnDisplay(s.Display)
	s.check(err)
	defer conn.Close()
	atom := func(name string) xproto.Atom {
		reply, err := xproto.InternAtom(conn, false, uint16(len(name)), name).Reply()
		s.check(err)
		return reply.Atom
	}
	screen := xproto.Setup(conn).DefaultScreen(conn)
	window, err := xproto.NewWindowId(conn)
	s.check(err)
	s.check(xproto.CreateWindowChecked(conn, 0, window, screen.Root, 0, 0, 1, 1, 0, xproto.WindowClassInputOnly, screen.RootVisual, 0, nil).Check())
	property := atom("PASTED")
	s.check(xproto.ConvertSelectionChecked(conn, window, atom("CLIPBOARD"), atom(target), property, xproto.TimeCurrentTime).Check())
	ctx, cancel := s.context()
	defer cancel()
	go closeWithOwner(ctx, conn, atom("CLIPBOARD"))
	for {
		event, fault := conn.WaitForEvent()
		if event == nil && fault == nil {
			if ctx.Err() != nil {
				s.t.Fatalf("the owner of the clipboard did not answer within %s", Patience)
			}
			return "", false
		}
		notify, ok := event.(xproto.SelectionNotifyEvent)
		if !ok {
			continue
		}
		if notify.Property == xproto.AtomNone {
			return "", false
		}
		reply, err := xproto.GetProperty(conn, true, window, property, xproto.GetPropertyTypeAny, 0, 1<<16).Reply()
		s.check(err)
		return string(reply.Value), true
	}
}

// closeWithOwner closes a connection when ctx ends, or when nobody owns the
// selection any more: an owner that leaves does not answer.
func closeWithOwner(ctx context.Context, conn *xgb.Conn, selection xproto.Atom) {
	defer conn.Close()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		reply, err := xproto.GetSelectionOwner(conn, selection).Reply()
		if err != nil || reply == nil || reply.Owner == xproto.WindowNone {
			return
		}
	}
}
