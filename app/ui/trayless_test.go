package ui

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
	start := func(b *recorder) *Actions {
		return NewActions(&Desktop{notifier: b, log: slog.New(slog.NewTextHandler(io.Discard, nil))}, nil, nil, "")
	}
	start(&recorder{err: errors.New("nothing shows notifications")}).TellNoTray(t.Context(), state)
	b := &recorder{}
	start(b).TellNoTray(t.Context(), state)
	start(b).TellNoTray(t.Context(), state)
	if want := []string{"Vaultbar is running, but this desktop shows no tray icons"}; !slices.Equal(b.titles(), want) {
		t.Errorf("told %q, want %q", b.titles(), want)
	}
}
