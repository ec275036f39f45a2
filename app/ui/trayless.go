package ui

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/vaultbar/vaultbar/app/desktop/notify"
)

// TellNoTray tells the person, once and never again, that their desktop shows no
// tray icons, and how to get one there: without the icon nothing else says that
// Vaultbar runs.
func (a *Actions) TellNoTray(ctx context.Context, state string) {
	marker := filepath.Join(state, "told-no-tray")
	if _, err := os.Stat(marker); !errors.Is(err, os.ErrNotExist) {
		return
	}
	help := notify.NoTray()
	err := a.notifier.Notify(ctx, help.Notice, func(action string) {
		_ = a.notifier.Withdraw(ctx, help.Notice.Key) // the button was pressed: there is nothing left to say
		if action != notify.ActionTray {
			return
		}
		if err := a.launcher.OpenURL(ctx, help.URL); err != nil {
			a.failed(ctx, "open "+help.URL, "", err)
		}
	})
	if err == nil {
		err = os.WriteFile(marker, nil, 0o600)
	}
	if err != nil && ctx.Err() == nil {
		a.log.Info("the notice about the missing tray could not be shown", "error", err)
	}
}
