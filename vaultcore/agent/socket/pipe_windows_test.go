package socket

import (
	"crypto/rand"
	"errors"
	"testing"
)

// TestOneAppServes: who comes second is told that an app runs, and who comes after it
// serves.
func TestOneAppServes(t *testing.T) {
	place := Location{Socket: pipeName(rand.Text())}
	first, err := Listen(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Listen(t.Context(), place); !errors.Is(err, ErrRunning) {
		t.Errorf("beside the first: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	next, err := Listen(t.Context(), place)
	if err != nil {
		t.Fatalf("after the first: %v", err)
	}
	if err := next.Close(); err != nil {
		t.Error(err)
	}
}
