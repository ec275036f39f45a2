// Package wait is how a test waits for what happens beside it: each wait ends by itself,
// and says what did not come. A test that hangs takes all others of its package with it.
//
// In a bubble of testing/synctest nothing of it is needed: what would hang there is found
// out at once. It imports nothing of ours, so that the tests of every package can use it.
package wait

import (
	"testing"
	"time"
)

// Limit is how long a test waits: far longer than anything takes on a machine that does
// much else, and far shorter than a run of tests may take.
const Limit = 3 * time.Minute

// For waits for a value from a channel, or for its end.
func For[T any](t testing.TB, what string, from <-chan T) T {
	t.Helper()
	late := time.NewTimer(Limit)
	defer late.Stop()
	select {
	case value := <-from:
		return value
	case <-late.C:
		t.Fatalf("waited %s in vain: %s", Limit, what)
		panic("unreachable")
	}
}

// Until waits for something that nobody tells of.
func Until(t testing.TB, what string, holds func() bool) {
	t.Helper()
	begun := time.Now()
	for !holds() {
		waited := time.Since(begun)
		if waited >= Limit {
			t.Fatalf("waited %s in vain: %s", Limit, what)
		}
		time.Sleep(Pause(waited))
	}
}

// Pause is how long to wait between two looks at something that has been waited for that
// long already. What takes long is looked at less often, and seen at most a sixteenth of its
// time late: a look may cost a whole process, and takes the processor from what is waited for.
func Pause(waited time.Duration) time.Duration {
	return min(max(waited/16, 5*time.Millisecond), 100*time.Millisecond)
}
