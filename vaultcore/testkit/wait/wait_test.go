package wait

import (
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

// patient is a test that notes how it failed.
type patient struct {
	testing.TB
	failed string
}

func (p *patient) Helper() {}

func (p *patient) Fatalf(format string, args ...any) {
	p.failed = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

// on runs a wait to its end, and returns how the test failed.
func on(wait func(testing.TB)) string {
	p, ended := &patient{}, make(chan struct{})
	go func() {
		defer close(ended)
		wait(p)
	}()
	<-ended
	return p.failed
}

func TestWhatComesAndWhatDoesNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full, shut := make(chan int, 1), make(chan int)
		full <- 7
		close(shut)
		n := 0
		for name, c := range map[string]struct {
			wait   func(testing.TB)
			failed string
		}{
			"a value":             {func(t testing.TB) { n += For(t, "seven", full) }, ""},
			"the end":             {func(t testing.TB) { n += For(t, "the end", shut) }, ""},
			"nothing":             {func(t testing.TB) { For(t, "godot", make(chan int)) }, "waited 3m0s in vain: godot"},
			"it comes true":       {func(t testing.TB) { i := 0; Until(t, "three", func() bool { i++; return i == 3 }) }, ""},
			"it never comes true": {func(t testing.TB) { Until(t, "never", func() bool { return false }) }, "waited 3m0s in vain: never"},
		} {
			if got := on(c.wait); got != c.failed {
				t.Errorf("%s: %q", name, got)
			}
		}
		if n != 7 {
			t.Errorf("received %d", n)
		}
	})
}

func TestWhatTakesLongIsLookedAtSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun, looks := time.Now(), 0
		Until(t, "a minute", func() bool { looks++; return time.Since(begun) >= time.Minute })
		if late := time.Since(begun) - time.Minute; looks > 700 || late > 100*time.Millisecond {
			t.Errorf("looked %d times, and it was seen %s late", looks, late)
		}
	})
}
