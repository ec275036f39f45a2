package ui

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/vaultcore"
)

// cachedDialogs remembers for a moment whether dialogs can be shown: with many programs
// waiting, the desk asks for each of them.
type cachedDialogs struct {
	*dialog.Dialogs
	log *slog.Logger

	mu     sync.Mutex // guards what follows
	at     time.Time
	last   bool
	broken bool // no dialog can be shown, which has been logged
}

// Ask is part of [prompt.Dialog]. That none can be shown is logged once.
func (s *cachedDialogs) Ask(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	answer, err := s.Dialogs.Ask(ctx, q)
	failed := errors.Is(err, vaultcore.ErrNobodyToAsk) && ctx.Err() == nil
	s.mu.Lock()
	news := failed && !s.broken
	s.broken = failed
	s.mu.Unlock()
	if news {
		s.log.Warn("no dialog can be shown", "reason", err)
	}
	return answer, err
}

// cacheTime is how long an answer is good.
const cacheTime = 2 * time.Second

// Available is part of [prompt.Dialog].
func (s *cachedDialogs) Available() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at.IsZero() || time.Since(s.at) >= cacheTime {
		s.last, s.at = s.Dialogs.Available(), time.Now()
	}
	return s.last
}
