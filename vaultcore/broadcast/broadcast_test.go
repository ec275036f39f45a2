package broadcast_test

import (
	"testing"
	"testing/synctest"

	"github.com/vaultbar/vaultbar/vaultcore/broadcast"
)

// TestChanged: every listener hears of a change after its Next, and of none before.
func TestChanged(t *testing.T) {
	var changed broadcast.Changed
	changed.Notify() // nobody listens
	first, second := changed.Next(), changed.Next()
	select {
	case <-first:
		t.Fatal("a change of before Next is heard")
	default:
	}
	changed.Notify()
	<-first
	<-second
	select {
	case <-changed.Next():
		t.Fatal("one change is heard twice")
	default:
	}
}

// TestNoneIsLost: a listener that takes Next before it reads sees the last state.
func TestNoneIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var changed broadcast.Changed
		state, seen := make(chan int, 1), 0
		state <- 0
		done := make(chan struct{})
		go func() {
			defer close(done)
			for seen < 1000 {
				next := changed.Next()
				if seen = <-state; seen < 1000 {
					state <- seen
					<-next
				}
			}
		}()
		for range 1000 {
			state <- <-state + 1
			changed.Notify()
		}
		<-done
	})
}

// TestWake: many wake-ups of a busy receiver are one.
func TestWake(t *testing.T) {
	wake := broadcast.NewWake()
	wake.Notify()
	wake.Notify()
	<-wake
	select {
	case <-wake:
		t.Error("woken twice")
	default:
	}
}
