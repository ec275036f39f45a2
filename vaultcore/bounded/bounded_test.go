package bounded_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/vaultbar/vaultbar/vaultcore/bounded"
)

func TestCall(t *testing.T) {
	failed := errors.New("failed")
	got, err := bounded.Call(t.Context(), func() (int, error) { return 7, failed }, func(int) { t.Error("it was dropped") })
	if got != 7 || !errors.Is(err, failed) {
		t.Errorf("got %d, %v", got, err)
	}
}

// TestLeftBehind holds that who waits is let go, and that what is made too late is dropped
// unless it failed.
func TestLeftBehind(t *testing.T) {
	for _, failure := range []error{nil, errors.New("failed")} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			hangs, dropped := make(chan struct{}), false
			go func() {
				synctest.Wait()
				cancel()
			}()
			_, err := bounded.Call(ctx, func() (int, error) { <-hangs; return 7, failure }, func(int) { dropped = true })
			if !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			close(hangs)
			synctest.Wait()
			if dropped != (failure == nil) {
				t.Errorf("after %v it was dropped: %v", failure, dropped)
			}
		})
	}
}
