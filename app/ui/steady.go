package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/vaultcore"
)

// steady remembers for a moment whether dialogs can be shown: with many programs
// waiting, the desk asks for each of them.
type steady struct {
	*dialog.Dialogs
	log logging

	mu     sync.Mutex // guards what follows
	at     time.Time
	last   bool
	broken bool // no dialog can be shown, which has been logged
}

// Ask is part of [prompt.Dialog]. That none can be shown is logged once.
func (s *steady) Ask(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
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

// steadyFor is how long an answer is good.
const steadyFor = 2 * time.Second

// Available is part of [prompt.Dialog].
func (s *steady) Available() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.at.IsZero() || time.Since(s.at) >= steadyFor {
		s.last, s.at = s.Dialogs.Available(), time.Now()
	}
	return s.last
}
