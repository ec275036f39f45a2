//go:build !linux

package sessionwatch

import (
	"context"
	"errors"
	"fmt"
)

// watch cannot: the notifications of macOS and Windows about a locked screen come
// through libraries and windows that this program does without.
func (*Watcher) watch(context.Context, func(Event), func()) error {
	return fmt.Errorf("%w: locking of the screen is not noticed", errors.ErrUnsupported)
}
