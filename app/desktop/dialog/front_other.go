//go:build darwin || windows

package dialog

import "context"

// bringToFront does nothing: the library brings its windows to the front.
func bringToFront(context.Context, string) {}

// hasFocus is not known: the library does not say which window is its own.
func hasFocus(context.Context, string) bool { return false }

// tiling is the business of the system's window manager.
type tiling struct{}

func (*tiling) float(context.Context) {}
