package app

import (
	"io"

	"github.com/vaultbar/vaultbar/app/internal/cocoa"
)

// takeLinks has the links that macOS hands to our application opened.
func (a *app) takeLinks() {
	if err := cocoa.TakeLinks(func(link string) { go openLink(link, io.Discard) }); err != nil {
		a.log.Info("links are not taken", "error", err)
	}
}
