package tray

import (
	"context"

	"github.com/vaultbar/vaultbar/tray/menu"
)

// handleClick looks the row of a click up in the menu that is shown, and begins what
// it does. An action that is still under way is not begun twice: its dialog is
// open.
func (b *bar) handleClick(ctx context.Context, c click) {
	row := b.rows[c.row]
	if !row.meant(c.at) {
		b.log.Debug("a click came too late", "row", row.item.Key)
		return
	}
	action := row.item.Action
	if action.Kind == menu.None || b.running[action] {
		return
	}
	b.running[action] = true
	go func() {
		b.options.Do(ctx, action, b.raise)
		select {
		case b.finished <- action:
		case <-b.stopped:
		}
	}()
}

// raise brings a profile to the top level.
func (b *bar) raise(profile string) error {
	select {
	case b.chosen <- profile:
		return nil
	case <-b.stopped:
		return context.Canceled
	}
}
