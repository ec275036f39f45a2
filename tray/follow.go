package tray

import (
	"context"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

const (
	// gap is the least time between two looks at what is known.
	gap = 40 * time.Millisecond
	// maxLook is how long one look may take.
	maxLook = 15 * time.Second
	// firstLook is how long the tray waits for the first, so that the menu is
	// whole from the start where that is possible.
	firstLook = 500 * time.Millisecond
)

// watch follows the changes. It is up to the vault to keep that up; if it
// cannot, watching is tried again, less and less often.
func (b *bar) watch(ctx context.Context) {
	watch := func(ctx context.Context) error { return b.options.Vault.Watch(ctx, b.wake.Notify) }
	retry.Forever(ctx, retry.Backoff{First: time.Second, Most: time.Minute}, watch, func(err error) {
		b.log.Warn("watching failed: changes are noticed late", "error", err)
	})
}

// follow looks at what is known after each change, and hands it to the owner of
// the menu, which so never waits for the keychain.
func (b *bar) follow(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-b.wake:
		}
		now := b.look(ctx, maxLook)
		select {
		case b.states <- now:
		case <-ctx.Done():
			return
		}
		_ = retry.Sleep(ctx, gap)
	}
}

// look asks what is known.
func (b *bar) look(ctx context.Context, limit time.Duration) state {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	snap, err := b.options.Vault.Snapshot(ctx)
	return state{snap: snap, err: err, some: true}
}
