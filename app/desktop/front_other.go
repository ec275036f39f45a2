//go:build darwin || windows

package desktop

import "context"

// bringToFront does nothing: the library brings its windows to the front.
func bringToFront(context.Context, string) {}
