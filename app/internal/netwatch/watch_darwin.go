package netwatch

import (
	"context"
	"fmt"

	"github.com/vaultbar/vaultbar/app/internal/cocoa"
)

// watch reads the notes that the system posts when its network configuration, with the
// servers of names, is another.
func watch(ctx context.Context, news func()) error {
	notes, err := cocoa.NetworkChanges()
	if err != nil {
		return err
	}
	defer func() { _ = notes.Close() }()
	defer context.AfterFunc(ctx, func() { _ = notes.Close() })()
	buf := make([]byte, 64)
	for {
		if _, err := notes.Read(buf); err != nil {
			return fmt.Errorf("network changes are no longer reported: %w", err)
		}
		news()
	}
}
