// Package lastinput knows how long nobody has touched the keyboard or the mouse, as far as
// the desktop tells: GNOME's compositor and X servers on Linux, macOS and Windows.
// Other Wayland compositors tell programs only of idleness that is to come, and logind
// only what a desktop has cared to say to it.
//
// Start with [Since].
package lastinput

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// patience is how long a desktop may take to answer.
const patience = 2 * time.Second

// Since returns how long ago the keyboard or the mouse was touched. It may return:
// errors.ErrUnsupported where the desktop does not tell.
func Since(ctx context.Context) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	idle, err := since(ctx)
	if err != nil {
		return 0, fmt.Errorf("%w: the desktop does not report its last input: %w", errors.ErrUnsupported, err)
	}
	return max(idle, 0), nil
}
