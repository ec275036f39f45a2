//go:build windows || (darwin && cgo)

package tray

import (
	"context"

	"fyne.io/systray"

	"github.com/vaultbar/vaultbar/tray/icon"
	"github.com/vaultbar/vaultbar/tray/menu"
)

// item is the icon in the tray.
type item struct {
	icons *icon.Set
}

func newItem() *item { return &item{icon.New()} }

// show changes what the icon says.
func (t *item) show(was, m menu.Menu) {
	if was.Icon != m.Icon {
		picture := t.icons.For(icon.State(m.Icon))
		systray.SetTemplateIcon(picture, picture)
	}
	if was.Title != m.Title {
		systray.SetTitle(barTitle(m.Title))
	}
	if was.Tooltip != m.Tooltip {
		systray.SetTooltip(m.Tooltip)
	}
}

// takeOver is for trays on a bus; here the library has all that is needed.
func (*item) takeOver(context.Context) {}

// probed is what was found out about the desktop.
type probed struct {
	host  bool            // a tray host runs
	hosts <-chan bool     // nil: it never goes
	gone  <-chan struct{} // never closed
}

// probe finds the tray that is part of the system.
func probe(context.Context) (probed, error) { return probed{host: true}, nil }

// announce has nothing to do: the system knows the icon by its program.
func announce(string) {}

// preload is for hosts that ask for the rows of a menu; here the system draws it.
func preload(context.Context) {}
