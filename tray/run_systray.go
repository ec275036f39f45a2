//go:build !darwin || cgo

package tray

import (
	"context"
	"fmt"
	"sync"

	"fyne.io/systray"

	"github.com/vaultbar/vaultbar/tray/icon"
	"github.com/vaultbar/vaultbar/tray/menu"
)

// Run shows the tray until ctx ends. It must be called on the main goroutine,
// and once in a process. On macOS the process ends with it: whoever has work to
// finish does so before ending ctx. It may return: ErrNoTray, at once;
// ErrTrayGone.
func Run(ctx context.Context, o Options) (err error) {
	bus, err := probe(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoTray, err)
	}
	b := newBar(o)
	b.hosts = bus.hosts
	if !bus.host {
		b.log.Info("no tray host runs: the icon appears when one does")
	}
	b.known = b.look(ctx, firstLook)
	running, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	// The library panics at its end when it could not begin.
	defer func() {
		if failure := recover(); failure != nil {
			err = fmt.Errorf("%w: %v", ErrTrayGone, failure)
		}
	}()
	announce("Vaultbar")
	shown := &systraySurface{item: newItem(), late: bus.hosts != nil, stopped: b.stopped}
	begin := sync.OnceFunc(func() { b.begin(shown) })
	if bus.hosts != nil { // what the library is told before it is on the bus is no message
		begin()
	}
	systray.Run(func() {
		begin()
		go shown.item.takeOver(running)
		go func() {
			select {
			case <-bus.gone:
				stop(ErrTrayGone)
			case <-running.Done():
			}
		}()
		go preload(running)
		go func() {
			b.run(running)
			systray.Quit()
		}()
	}, nil)
	if ctx.Err() == nil {
		return context.Cause(running)
	}
	return nil
}

// systraySurface is the real tray.
type systraySurface struct {
	item    *item
	rows    []*systray.MenuItem // by number; nil for a separator, and for a row that is not there
	clicked func(row int)
	late    bool // rows of submenus come later than those that they hang from
	stopped <-chan struct{}
}

func (s *systraySurface) reset(rows int, clicked func(row int)) {
	if len(s.rows) > 0 {
		systray.ResetMenu()
	}
	s.clicked, s.rows = clicked, make([]*systray.MenuItem, rows)
}

func (s *systraySurface) add(number, parent int, is menu.Item) {
	var above *systray.MenuItem
	if parent != topLevel {
		above = s.rows[parent]
	}
	if is.Separator {
		if above != nil {
			above.AddSeparator()
		} else {
			systray.AddSeparator()
		}
		return
	}
	made := create(is, above)
	s.rows[number] = made
	switch {
	case is.Children == nil:
		go s.forward(made, number)
	case s.late:
		made.AddSubMenuItem("", "").Remove() // now the row counts as a submenu
	}
}

func create(item menu.Item, parent *systray.MenuItem) *systray.MenuItem {
	title := label(item.Title)
	switch {
	case parent == nil && item.Checkbox:
		return systray.AddMenuItemCheckbox(title, "", item.Checked)
	case parent == nil:
		return systray.AddMenuItem(title, "")
	case item.Checkbox:
		return parent.AddSubMenuItemCheckbox(title, "", item.Checked)
	default:
		return parent.AddSubMenuItem(title, "")
	}
}

// forward passes the clicks of one row on. The library drops a click that
// nobody is ready for, so this does nothing else.
func (s *systraySurface) forward(item *systray.MenuItem, number int) {
	for {
		select {
		case _, ok := <-item.ClickedCh:
			if !ok {
				return
			}
			s.clicked(number)
		case <-s.stopped:
			return
		}
	}
}

func (s *systraySurface) row(number int, was, is menu.Item) {
	item := s.rows[number]
	if item == nil {
		return
	}
	if is.Hidden {
		item.Hide()
		return
	}
	if was.Title != is.Title {
		item.SetTitle(label(is.Title))
	}
	if was.Beside != is.Beside { // the library takes no picture away: one of nothing takes its place
		item.SetIcon(icon.Mark(is.Beside == menu.Red))
	}
	if was.Enabled != is.Enabled {
		set(is.Enabled, item.Enable, item.Disable)
	}
	if is.Checkbox && was.Checked != is.Checked {
		set(is.Checked, item.Check, item.Uncheck)
	}
	if was.Hidden {
		item.Show()
	}
}

func set(on bool, yes, no func()) {
	if on {
		yes()
		return
	}
	no()
}

func (s *systraySurface) face(was, is menu.Menu) { s.item.show(was, is) }
