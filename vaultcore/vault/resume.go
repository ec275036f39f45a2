package app

import (
	"context"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// takeUpSessions loads what an earlier run saved, when the keychain is open
// anyway or its passphrase came with the environment. Nobody is asked.
func (s *service) takeUpSessions(ctx context.Context) error {
	if s.keys.Locked() && s.startPassphrase.Load() == nil {
		return nil
	}
	if err := s.pool.Load(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("saved sessions could not be loaded yet", "error", err)
	}
	s.sweep(ctx)
	s.learnKeys(ctx)
	s.followAll()
	s.bell.ring()
	return nil
}

// followAll has the sessions of an earlier run renewed like those of this one.
func (s *service) followAll() {
	for _, walk := range s.described(s.life) {
		s.pool.Follow(walk)
	}
}

// passphrase asks for the passphrase of the file keychain. One that came with
// the environment is tried first, until a lock.
func (s *service) passphrase(ctx context.Context, isNew bool, notice string) (vaultcore.Secret, error) {
	if given := s.startPassphrase.Load(); given != nil && notice == "" {
		return *given, nil
	}
	q := vaultcore.Question{Kind: vaultcore.AskPassphrase, Device: s.own().FileDir, Notice: notice, Again: notice != ""}
	if isNew {
		q.Kind = vaultcore.AskNewPassphrase
	}
	return s.desk.Ask(ctx, q)
}
