//go:build !darwin || cgo

package tray

import (
	"context"
	"fmt"

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
	systray.Run(func() {
		shown := &systraySurface{item: newItem(), stopped: b.stopped}
		b.begin(shown)
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
	rows    []*systray.MenuItem // by number; nil for a separator, and below a submenu that is empty
	beside  map[int]menu.Beside // what is beside them, by number
	clicked func(row int)
	stopped <-chan struct{}
}

func (s *systraySurface) build(m menu.Menu, clicked func(row int), whole bool) {
	if len(s.rows) > 0 {
		systray.ResetMenu()
	}
	s.clicked, s.rows, s.beside = clicked, make([]*systray.MenuItem, len(flatten(m.Items))), make(map[int]menu.Beside)
	number := 0
	for _, item := range m.Items {
		made := s.add(number, item, nil)
		number++
		if item.Children == nil {
			continue
		}
		if !whole {
			made.AddSubMenuItem("", "").Remove() // now the row counts as a submenu
		} else {
			s.addChildren(number, item, made)
		}
		number += len(item.Children)
	}
	s.hide(m)
}

func (s *systraySurface) fill(m menu.Menu) {
	number := 0
	for _, item := range m.Items {
		parent := s.rows[number]
		number++
		s.addChildren(number, item, parent)
		number += len(item.Children)
	}
	s.hide(m)
}

func (s *systraySurface) addChildren(number int, of menu.Item, parent *systray.MenuItem) {
	for i, child := range of.Children {
		s.add(number+i, child, parent)
	}
}

// hide hides rows once their submenus are whole: a hidden one takes no children
// on some systems.
func (s *systraySurface) hide(m menu.Menu) {
	for i, row := range flatten(m.Items) {
		if row.item.Hidden && s.rows[i] != nil {
			s.rows[i].Hide()
		}
	}
}

// add makes one row, at the end of its level.
func (s *systraySurface) add(number int, item menu.Item, parent *systray.MenuItem) *systray.MenuItem {
	if item.Separator {
		if parent != nil {
			parent.AddSeparator()
		} else {
			systray.AddSeparator()
		}
		return nil
	}
	made := create(item, parent)
	if !item.Enabled {
		made.Disable()
	}
	if s.rows[number] = made; item.Beside != menu.Nothing {
		s.mark(number, item.Beside)
	}
	if item.Children == nil {
		go s.forward(made, number)
	}
	return made
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
	// What a hidden row looked like was not drawn: it may be out of date.
	if was.Hidden || was.Title != is.Title {
		item.SetTitle(label(is.Title))
	}
	if s.beside[number] != is.Beside {
		s.mark(number, is.Beside)
	}
	if was.Hidden || was.Enabled != is.Enabled {
		set(is.Enabled, item.Enable, item.Disable)
	}
	if is.Checkbox && (was.Hidden || was.Checked != is.Checked) {
		set(is.Checked, item.Check, item.Uncheck)
	}
	if was.Hidden {
		item.Show()
	}
}

// mark shows the picture beside a row. The library has no way to take one away, so it is
// replaced by one of nothing.
func (s *systraySurface) mark(number int, beside menu.Beside) {
	s.beside[number] = beside
	s.rows[number].SetIcon(icon.Mark(beside == menu.Red))
}

func set(on bool, yes, no func()) {
	if on {
		yes()
		return
	}
	no()
}

func (s *systraySurface) face(was, is menu.Menu) { s.item.show(was, is) }
