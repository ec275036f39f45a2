package vault

import (
	"context"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

// Lock is part of [agent.Service].
func (v *Vault) Lock(context.Context) error {
	v.DropSecrets()
	v.log.Info("locked")
	v.changed.Notify()
	debug.FreeOSMemory() // what was dropped is not wiped: most of its pages are given back, and so are empty
	return nil
}

// DropSecrets drops from memory what must not be there while locked, and serves nobody
// any more. A passphrase that came with the environment would open the keychain again
// unasked.
func (v *Vault) DropSecrets() {
	v.passphrase.drop()
	v.pool.Lock()
	v.keys.Lock()
	v.plans.forget()
	v.grants.Drop()
	v.standing.Stop()
}

// Unlock is part of [agent.Service].
func (v *Vault) Unlock(ctx context.Context, r agent.UnlockRequest) error {
	ctx = vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller))
	if v.confirm != nil {
		if err := v.confirm(ctx, "unlock your AWS keys"); err != nil {
			return err
		}
	}
	if err := v.keys.Unlock(ctx); err != nil {
		return err
	}
	if err := v.pool.Load(ctx); err != nil {
		return err
	}
	v.sweep(ctx)
	v.learnKeys(ctx)
	v.rotator.Learn(ctx)
	v.followAll()
	v.log.Info("unlocked")
	v.changed.Notify()
	return nil
}

// TakeUp loads what an earlier run saved, when the keychain is open
// anyway or its passphrase came with the environment. Nobody is asked.
func (v *Vault) TakeUp(ctx context.Context) error {
	if v.keys.Locked() && v.passphrase.Given() == nil {
		return nil
	}
	if err := v.pool.Load(ctx); err != nil && ctx.Err() == nil {
		v.log.Warn("saved sessions could not be loaded yet", "error", err)
	}
	v.sweep(ctx)
	v.learnKeys(ctx)
	v.rotator.Learn(ctx)
	v.followAll()
	v.changed.Notify()
	return nil
}

// followAll has the sessions of an earlier run renewed like those of this one.
func (v *Vault) followAll() {
	plans := v.described(v.life)
	v.loadSignIns(v.life, plans)
	for _, prepared := range plans {
		v.pool.Follow(prepared)
	}
}

// afterSleep is within which time sessions are looked at again after the machine
// slept: the network needs a moment, and not all machines of an office, opened
// at nine, should ask AWS in the same one.
const afterSleep = 5 * time.Second

// Woken makes up for timers that stood still while the machine slept. It returns
// at once.
func (v *Vault) Woken(ctx context.Context) {
	v.changed.Notify()
	go func() {
		if retry.Sleep(ctx, afterSleep/5+rand.N(afterSleep*4/5)) == nil {
			v.pool.Resume()
		}
	}()
}

// Reconnected has renewals that failed tried again at once: the machine has a new way to
// the network.
func (v *Vault) Reconnected() { v.pool.Resume() }

// Stop is part of [agent.Service]. The app ends once this answer is on its way:
// a server that stops lets requests under way return.
func (v *Vault) Stop(context.Context) error {
	v.log.Info("told to stop")
	v.stop()
	return nil
}
