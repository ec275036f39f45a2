//go:build darwin && !cgo

package tray

import (
	"context"
	"fmt"
)

// Run fails: this build was made without cgo, which the menu bar of macOS needs.
// It returns: ErrNoTray.
func Run(context.Context, Options) error {
	return fmt.Errorf("%w: this build was made without cgo", ErrNoTray)
}
