package vault

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestPersistTriesAgainLessAndLessOften(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		var tries, told atomic.Int32
		done := make(chan struct{})
		go func() {
			persist(ctx, func(ctx context.Context) error {
				if tries.Add(1) == 20 { // it works for a while
					time.Sleep(time.Hour)
				}
				return errors.New("no file descriptor left")
			}, func(error) { told.Add(1) })
			close(done)
		}()
		time.Sleep(time.Minute)
		if n := tries.Load(); n < 5 || n > 8 || told.Load() != 1 {
			t.Errorf("%d tries and %d words in a minute", n, told.Load())
		}
		time.Sleep(90 * time.Minute)
		stop()
		<-done
		if told.Load() != 2 {
			t.Errorf("told %d times of two failures", told.Load())
		}
	})
}
