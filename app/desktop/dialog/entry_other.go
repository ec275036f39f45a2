//go:build !windows

package dialog

import (
	"context"

	"github.com/ncruces/zenity"
)

// showEntry shows a window with a line to type into.
func showEntry(_ context.Context, e entry, options []zenity.Option) (string, error) {
	options = append(options, zenity.OKLabel("OK"), zenity.CancelLabel("Cancel"))
	if e.text != "" {
		options = append(options, zenity.EntryText(e.text))
	}
	if e.hidden {
		options = append(options, zenity.HideText())
	}
	return zenity.Entry(entryText(e.lines), options...)
}
