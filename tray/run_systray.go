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
		b.begin(&systraySurface{icons: icon.New(), stopped: b.stopped})
		go func() {
			select {
			case <-bus.gone:
				stop(ErrTrayGone)
			case <-running.Done():
			}
		}()
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
	icons   *icon.Set
	rows    []*systray.MenuItem // nil for a separator
	stopped <-chan struct{}
}

func (s *systraySurface) build(m menu.Menu, clicked func(row int)) {
	for _, item := range m.Items {
		s.add(item, nil, clicked)
	}
	// A row is hidden when its submenu is whole: a hidden one takes no children
	// on some systems.
	for i, row := range flatten(m.Items) {
		if row.item.Hidden && s.rows[i] != nil {
			s.rows[i].Hide()
		}
	}
}

func (s *systraySurface) add(item menu.Item, parent *systray.MenuItem, clicked func(row int)) {
	if item.Separator {
		if parent != nil {
			parent.AddSeparator()
		} else {
			systray.AddSeparator()
		}
		s.rows = append(s.rows, nil)
		return
	}
	made := create(item, parent)
	if !item.Enabled {
		made.Disable()
	}
	number := len(s.rows)
	s.rows = append(s.rows, made)
	if item.Children == nil {
		go s.forward(made, func() { clicked(number) })
	}
	for _, child := range item.Children {
		s.add(child, made, clicked)
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
func (s *systraySurface) forward(item *systray.MenuItem, clicked func()) {
	for {
		select {
		case _, ok := <-item.ClickedCh:
			if !ok {
				return
			}
			clicked()
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

func set(on bool, yes, no func()) {
	if on {
		yes()
		return
	}
	no()
}

func (s *systraySurface) face(was, is menu.Menu) {
	if was.Icon != is.Icon {
		picture := s.icons.For(icon.State(is.Icon))
		systray.SetTemplateIcon(picture, picture)
	}
	if was.Title != is.Title {
		systray.SetTitle(barTitle(is.Title))
	}
	if was.Tooltip != is.Tooltip {
		systray.SetTooltip(is.Tooltip)
	}
}
