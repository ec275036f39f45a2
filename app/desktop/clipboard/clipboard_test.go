package clipboard

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// newHolding is a clipboard that notes when it is emptied.
func newHolding(lost <-chan struct{}) (*holding, *atomic.Int32) {
	emptied := new(atomic.Int32)
	return &holding{lost: lost, release: func() { emptied.Add(1) }}, emptied
}

func TestClipboardLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Clipboard
		held, emptied := newHolding(nil)
		c.keep(held)
		time.Sleep(Life - time.Millisecond)
		synctest.Wait()
		if emptied.Load() != 0 {
			t.Error("emptied before its time")
		}
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if emptied.Load() != 1 || c.held != nil {
			t.Errorf("emptied %d times after 30 s", emptied.Load())
		}
	})
}

func TestClipboardTextStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Clipboard
		held, emptied := newHolding(nil)
		held.stays = true
		c.keep(held)
		time.Sleep(time.Hour)
		synctest.Wait()
		if emptied.Load() != 0 {
			t.Error("it was emptied")
		}
		c.Clear()
		synctest.Wait()
	})
}

func TestClipboardIsEmptiedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c Clipboard
		first, emptiedFirst := newHolding(nil)
		c.keep(first)
		time.Sleep(20 * time.Second)
		second, emptiedSecond := newHolding(nil)
		c.keep(second)
		time.Sleep(20 * time.Second) // the first one's time is over, the second's is not
		synctest.Wait()
		if emptiedFirst.Load() != 1 || emptiedSecond.Load() != 0 {
			t.Errorf("emptied %d and %d times", emptiedFirst.Load(), emptiedSecond.Load())
		}
		c.Clear()
		time.Sleep(time.Minute)
		synctest.Wait()
		if emptiedSecond.Load() != 1 {
			t.Errorf("the second was emptied %d times", emptiedSecond.Load())
		}
		lost := make(chan struct{})
		third, _ := newHolding(lost)
		c.keep(third)
		close(lost)
		synctest.Wait()
		if c.held != nil {
			t.Error("what was lost is still held")
		}
	})
}
