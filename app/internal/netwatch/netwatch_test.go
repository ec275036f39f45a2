package netwatch

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// TestCalm: what changes in one go is told once, soon, and a network that comes and goes
// seldom.
func TestCalm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		news, told, last := make(chan struct{}, 1), 0, time.Time{}
		over := make(chan struct{})
		go func() {
			defer close(over)
			calm(ctx, news, func() { told++; last = time.Now() })
		}()
		comes := func() {
			select {
			case news <- struct{}{}:
			default:
			}
		}
		began := time.Now()
		for range 5 {
			comes()
			time.Sleep(settling / 20)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		if told != 1 || last.Sub(began) > 3*settling/2 {
			t.Errorf("one change was told %d times, after %v", told, last.Sub(began))
		}
		for range 60 {
			comes()
			time.Sleep(time.Second)
		}
		synctest.Wait()
		if told > 1+6 || told < 5 {
			t.Errorf("in a minute of changes %d were told", told-1)
		}
		cancel()
		<-over
	})
}
