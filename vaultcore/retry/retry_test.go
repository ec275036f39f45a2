package retry_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

func TestBackoff(t *testing.T) {
	wait := retry.Backoff{First: time.Second, Most: 5 * time.Second}
	var got []time.Duration
	for range 4 {
		got = append(got, wait.Next())
	}
	wait.Reset()
	got = append(got, wait.Next())
	if want := []time.Duration{1e9, 2e9, 4e9, 5e9, 1e9}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestJitter(t *testing.T) {
	wait := retry.Backoff{First: time.Second, Most: time.Second, Jitter: true}
	for range 1000 {
		if got := wait.Next(); got < time.Second/2 || got > time.Second {
			t.Fatalf("waits for %v", got)
		}
	}
}

// TestSleep: a wait ends with its context, whose cause it returns.
func TestSleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(cause) })
		if err := retry.Sleep(ctx, time.Minute); !errors.Is(err, cause) {
			t.Errorf("got %v", err)
		}
		if err := retry.Sleep(t.Context(), time.Minute); err != nil {
			t.Error(err)
		}
	})
}

// TestForever: a function that fails is called less and less often and reported
// once; after it has worked for a while, all begins anew.
func TestForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		begun := time.Now()
		var calls []time.Duration
		failures := 0
		do := func(context.Context) error {
			calls = append(calls, time.Since(begun))
			switch len(calls) {
			case 4:
				time.Sleep(time.Minute)
			case 6:
				cancel()
			}
			return errors.New("no")
		}
		wait := retry.Backoff{First: time.Second, Most: 3 * time.Second}
		retry.Forever(ctx, wait, do, func(error) { failures++ })
		want := []time.Duration{0, 1e9, 3e9, 6e9, 67e9, 69e9}
		if !slices.Equal(calls, want) || failures != 2 {
			t.Errorf("called at %v, want %v; %d failures reported", calls, want, failures)
		}
	})
}
