package app

import (
	"errors"
	"io"
	"log/slog"
	"slices"
	"testing"
)

// That there is no tray is told once, also by an app that starts anew, and again
// only when it could not be told.
func TestNoTrayIsToldOnce(t *testing.T) {
	state := t.TempDir()
	start := func() *screen {
		return newScreen(nil, logging{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	}
	start().trayless(t.Context(), &board{err: errors.New("nothing shows notifications")}, state)
	b := &board{}
	start().trayless(t.Context(), b, state)
	start().trayless(t.Context(), b, state)
	if want := []string{"Vaultbar is running, but this desktop shows no tray icons"}; !slices.Equal(b.told(), want) {
		t.Errorf("told %q, want %q", b.told(), want)
	}
}
