package cli

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/vaultcore"
)

func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		err  error
		want int
	}{
		{nil, 0},
		{errors.New("anything"), 1},
		{vaultcore.ErrConfig, 1},
		{vaultcore.ErrKeychain, 1},
		{vaultcore.ErrTampered, 1},
		{vaultcore.ErrBusy, 1},
		{vaultcore.ErrRequest, 2},
		{errUsage, 2},
		{vaultcore.ErrNoProfile, 3},
		{vaultcore.ErrNoCredentials, 3},
		{vaultcore.ErrCanceled, 4},
		{context.Canceled, 4},
		{vaultcore.ErrNobodyToAsk, 5},
		{vaultcore.ErrLocked, 6},
		{vaultcore.ErrRefused, 7},
		{vaultcore.ErrWrongCode, 7},
		{vaultcore.ErrWrongAccount, 3},
		{vaultcore.ErrNoAnswer, 8},
		{vaultcore.ErrUnreachable, 9},
		{vaultcore.ErrVersion, 9},
		{context.DeadlineExceeded, 9},
		{errCannotRun, 126},
		{errNotFound, 127},
		{childExit(42), 42},
		{childExit(0), 0},
	} {
		if got := exitCode(c.err); got != c.want {
			t.Errorf("%v: code %d, want %d", c.err, got, c.want)
		}
		if c.err == nil {
			continue
		}
		if got := exitCode(fmt.Errorf("doing it: %w", c.err)); got != c.want {
			t.Errorf("%v, wrapped: code %d, want %d", c.err, got, c.want)
		}
	}
}

// TestOneLine holds that nothing that came from elsewhere can forge a line or move
// the cursor.
func TestOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                  "plain",
		"two\nlines\r\n":         "two lines",
		"\x1b[2Jclear\x07":       "[2Jclear",
		"right\u202eto left":     "rightto left",
		"zero\u200bwidth\u2028":  "zerowidth",
		"  indented, with Größe": "  indented, with Größe",
	} {
		if got := report.Line(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
