package x11

import (
	"context"
	"strings"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// Window is a window that the window manager manages.
type Window struct {
	ID     uint32
	Title  string
	Class  string // the second part of WM_CLASS, such as "Zenity"
	PID    int    // 0 when the program does not say
	Shown  bool   // it is on the screen
	Active bool   // it has the keyboard
}

// maxProperty is how much of a property is read, in units of four bytes.
const maxProperty = 1 << 14

// Windows lists the managed windows, lowest first.
func (d *Display) Windows() ([]Window, error) {
	ids, err := d.numbers(d.screen.Root, "_NET_CLIENT_LIST_STACKING")
	if err != nil {
		return nil, err
	}
	active, err := d.numbers(d.screen.Root, "_NET_ACTIVE_WINDOW")
	if err != nil {
		return nil, err
	}
	var all []Window
	for _, id := range ids {
		w := d.describe(xproto.Window(id))
		w.Active = w.Shown && len(active) > 0 && active[0] == id
		all = append(all, w)
	}
	return all, nil
}

// describe reads what a window says of itself. A window that closes meanwhile
// has nothing more to say. The server gives the ids of closed windows out again,
// so the manager's lists may name one that has not come to the screen yet.
func (d *Display) describe(id xproto.Window) Window {
	w := Window{ID: uint32(id)}
	if reply, err := xproto.GetWindowAttributes(d.conn, id).Reply(); err == nil && reply != nil {
		w.Shown = reply.MapState == xproto.MapStateViewable
	}
	title, _ := d.property(id, "_NET_WM_NAME")
	w.Title = string(title)
	class, _ := d.property(id, "WM_CLASS")
	if _, second, ok := strings.Cut(strings.TrimSuffix(string(class), "\x00"), "\x00"); ok {
		w.Class = second
	}
	if pid, _ := d.numbers(id, "_NET_WM_PID"); len(pid) == 1 {
		w.PID = int(pid[0])
	}
	return w
}

// property reads a property's bytes; a missing one is empty.
func (d *Display) property(id xproto.Window, name string) ([]byte, error) {
	atom, err := d.atom(name)
	if err != nil {
		return nil, err
	}
	reply, err := xproto.GetProperty(d.conn, false, id, atom, xproto.GetPropertyTypeAny, 0, maxProperty).Reply()
	if err != nil {
		return nil, err
	}
	if reply == nil {
		return nil, ErrGone
	}
	return reply.Value, nil
}

// numbers reads a property that is a list of 32-bit numbers.
func (d *Display) numbers(id xproto.Window, name string) ([]uint32, error) {
	raw, err := d.property(id, name)
	if err != nil {
		return nil, err
	}
	var all []uint32
	for ; len(raw) >= 4; raw = raw[4:] {
		all = append(all, xgb.Get32(raw))
	}
	return all, nil
}

// Await waits until found says yes to the list of windows. It looks at once,
// and again each time the window manager changes the list, its order, or the
// active window. The connection ends with ctx.
func (d *Display) Await(ctx context.Context, found func([]Window) bool) error {
	release := d.closeWith(ctx)
	defer release()
	watch := xproto.ChangeWindowAttributesChecked(d.conn, d.screen.Root, xproto.CwEventMask, []uint32{xproto.EventMaskPropertyChange})
	if err := watch.Check(); err != nil {
		return ended(ctx, err)
	}
	for {
		windows, err := d.Windows()
		if err != nil {
			return ended(ctx, err)
		}
		if found(windows) {
			return nil
		}
		if err := d.nextChange(); err != nil {
			return ended(ctx, err)
		}
	}
}

// nextChange waits for a change of the lists that the window manager keeps.
func (d *Display) nextChange() error {
	lists := make(map[xproto.Atom]bool)
	for _, name := range []string{"_NET_CLIENT_LIST_STACKING", "_NET_ACTIVE_WINDOW"} {
		atom, err := d.atom(name)
		if err != nil {
			return err
		}
		lists[atom] = true
	}
	for {
		event, fault := d.conn.WaitForEvent()
		if event == nil && fault == nil {
			return ErrGone
		}
		if changed, ok := event.(xproto.PropertyNotifyEvent); ok && lists[changed.Atom] {
			return nil
		}
	}
}

// ended prefers the reason of ctx: ending it is what closes the connection.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// byPager says that a person, through a pager or taskbar, wants a change:
// window managers refuse it to a program that asks for itself.
const byPager = 2

// stateAdd is EWMH's _NET_WM_STATE_ADD.
const stateAdd = 1

// Raise puts a window above the others, keeps it there and gives it the
// keyboard.
func (d *Display) Raise(w Window) error {
	above, err := d.atom("_NET_WM_STATE_ABOVE")
	if err != nil {
		return err
	}
	if err := d.tell(w, "_NET_WM_STATE", stateAdd, uint32(above), 0, byPager); err != nil {
		return err
	}
	return d.tell(w, "_NET_ACTIVE_WINDOW", byPager)
}

// tell sends the window manager a message about a window.
func (d *Display) tell(w Window, kind string, words ...uint32) error {
	atom, err := d.atom(kind)
	if err != nil {
		return err
	}
	data := make([]uint32, 5)
	copy(data, words)
	event := xproto.ClientMessageEvent{
		Format: 32, Window: xproto.Window(w.ID), Type: atom,
		Data: xproto.ClientMessageDataUnionData32New(data),
	}
	const mask = xproto.EventMaskSubstructureRedirect | xproto.EventMaskSubstructureNotify
	return xproto.SendEventChecked(d.conn, false, d.screen.Root, mask, string(event.Bytes())).Check()
}
