package vault

import (
	"context"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/rotate"
)

// loadAgain is when a keychain that could not tell of rotations is asked again.
const loadAgain = time.Minute

// TendKeys deletes the old keys of rotations when that is due, and finds out how old keys
// are, until ctx ends. What needs the keychain is done by while, which does nothing while
// Vaultbar is locked.
func (v *Vault) TendKeys(ctx context.Context, while func(context.Context, func(context.Context) error) error) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	changed := v.changed.Next()
	for {
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		changed = v.changed.Next()
		var later time.Duration
		if due, load := v.rotations.Due(time.Now()); len(due) > 0 || load && !v.keys.Locked() {
			if while(ctx, v.finishRotations) != nil {
				later = loadAgain // locked, for instance: an unlock wakes us
			}
		}
		if v.used.due(time.Now()) {
			_ = while(ctx, func(ctx context.Context) error { v.askAges(ctx, time.Now()); return nil })
		}
		timer.Reset(max(later, v.rotations.Wait(time.Now())))
	}
}

// finishRotations ends what is due. Nobody is asked; a person who rotates a key goes first.
func (v *Vault) finishRotations(ctx context.Context) error {
	if !v.rotating.TryAcquire(1) {
		return nil
	}
	defer v.rotating.Release(1)
	if !v.rotations.Known() {
		if err := v.loadRotations(ctx); err != nil {
			v.rotations.LearnLater(time.Now().Add(loadAgain))
			return err
		}
	}
	due, _ := v.rotations.Due(time.Now())
	for _, j := range due {
		err := v.finish(ctx, j)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			v.log.Warn("the old key of a rotation could not be deleted", "name", j.Names[0], "key", vaultcore.MaskKeyID(j.Old), "error", err)
			if v.rotations.Failed(j, err) {
				v.trail.Deleted(j.Names[0], j.Old, err)
			}
			v.changed.Notify()
		case !v.rotations.Of(j.Names[0]).Open():
			v.trail.Deleted(j.Names[0], j.Old, nil)
		}
	}
	return nil
}

// errUnattended says that nobody is there to do what is left of a rotation.
var errUnattended = vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "deleting it needs you")

// finish ends one rotation.
func (v *Vault) finish(ctx context.Context, j rotate.Journal) error {
	if v.keys.Asks() {
		return errUnattended // the system would open a prompt out of the blue
	}
	w, err := v.rotation(ctx, agent.RotateRequest{Profile: j.Names[0], Caller: vaultcore.Caller{Program: "Vaultbar", Prompt: vaultcore.PromptNone}})
	switch {
	case err != nil:
		return err
	case w.options.Where != j.Where: // it was begun where the environment of a command said
		return errUnattended
	}
	if err := w.look(ctx); err != nil {
		return err
	}
	return w.Complete(ctx, w.seen)
}

// abandon strikes out the rotation of a key that was removed from the keychain under this
// name, unless it is kept under another one.
func (v *Vault) abandon(ctx context.Context, name string) {
	j := v.rotations.Of(name)
	if !j.Open() {
		return
	}
	for _, other := range j.Names {
		if _, err := v.keys.KeyID(ctx, other); err == nil {
			return
		}
	}
	if err := (asideKeys{v}).EndJournal(ctx, j.Old); err != nil {
		v.log.Warn("what was kept of a rotation could not be removed", "name", name, "error", err)
	}
}
