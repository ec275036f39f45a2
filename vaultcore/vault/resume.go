package vault

import (
	"context"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// Lock is part of [agent.Service].
func (s *Vault) Lock(context.Context) error {
	s.DropSecrets()
	s.log.Info("locked")
	s.changed.Notify()
	debug.FreeOSMemory() // what was dropped is not wiped: most of its pages are given back, and so are empty
	return nil
}

// DropSecrets drops from memory what must not be there while locked. A passphrase
// that came with the environment would open the keychain again unasked.
func (s *Vault) DropSecrets() {
	s.passphrase.drop()
	s.pool.Lock()
	s.keys.Lock()
	s.plans.forget()
}

// Unlock is part of [agent.Service].
func (s *Vault) Unlock(ctx context.Context, r agent.UnlockRequest) error {
	ctx = vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller))
	if err := s.keys.Unlock(ctx); err != nil {
		return err
	}
	if err := s.pool.Load(ctx); err != nil {
		return err
	}
	s.sweep(ctx)
	s.learnKeys(ctx)
	s.followAll()
	s.log.Info("unlocked")
	s.changed.Notify()
	return nil
}

// TakeUp loads what an earlier run saved, when the keychain is open
// anyway or its passphrase came with the environment. Nobody is asked.
func (s *Vault) TakeUp(ctx context.Context) error {
	if s.keys.Locked() && s.passphrase.Given() == nil {
		return nil
	}
	if err := s.pool.Load(ctx); err != nil && ctx.Err() == nil {
		s.log.Warn("saved sessions could not be loaded yet", "error", err)
	}
	s.sweep(ctx)
	s.learnKeys(ctx)
	s.followAll()
	s.changed.Notify()
	return nil
}

// followAll has the sessions of an earlier run renewed like those of this one.
func (s *Vault) followAll() {
	for _, walk := range s.described(s.life) {
		s.pool.Follow(walk)
	}
}

// afterSleep is within which time sessions are looked at again after the machine
// slept: the network needs a moment, and not all machines of an office, opened
// at nine, should ask AWS in the same one.
const afterSleep = 5 * time.Second

// Woken makes up for timers that stood still while the machine slept. It returns
// at once.
func (s *Vault) Woken(ctx context.Context) {
	s.changed.Notify()
	go func() {
		select {
		case <-time.After(afterSleep/5 + rand.N(afterSleep*4/5)):
			s.pool.Wake()
		case <-ctx.Done():
		}
	}()
}

// Stop is part of [agent.Service]. The app ends once this answer is on its way:
// a server that stops lets requests under way return.
func (s *Vault) Stop(context.Context) error {
	s.log.Info("told to stop")
	s.stop()
	return nil
}
