package rotator

import (
	"context"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/rotate"
)

// loadAgain is when a keychain that could not tell of rotations is asked again.
const loadAgain = time.Minute

// Tend deletes the old keys of rotations when that is due, and finds out how old keys
// are, until ctx ends. What needs the keychain is done by while, which does nothing while
// Vaultbar is locked.
func (r *Rotator) Tend(ctx context.Context, while func(context.Context, func(context.Context) error) error) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	changed := r.changed.Next()
	for {
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
			return
		}
		changed = r.changed.Next()
		var later time.Duration
		if due, load := r.ongoing.Due(time.Now()); len(due) > 0 || load && !r.keys.Locked() {
			if while(ctx, r.finishRotations) != nil {
				later = loadAgain // locked, for instance: an unlock wakes us
			}
		}
		if r.used.due(time.Now()) {
			_ = while(ctx, func(ctx context.Context) error { r.AskAges(ctx, time.Now()); return nil })
		}
		timer.Reset(max(later, r.ongoing.Wait(time.Now())))
	}
}

// finishRotations ends what is due. Nobody is asked; a person who rotates a key goes first.
func (r *Rotator) finishRotations(ctx context.Context) error {
	if !r.rotating.TryAcquire(1) {
		return nil
	}
	defer r.rotating.Release(1)
	if !r.ongoing.Known() {
		if err := r.load(ctx); err != nil {
			r.ongoing.LearnLater(time.Now().Add(loadAgain))
			return err
		}
	}
	due, _ := r.ongoing.Due(time.Now())
	for _, j := range due {
		err := r.finish(ctx, j)
		switch {
		case err == nil: // told even when the app ends by now
			if !r.ongoing.Of(j.Names[0]).Open() {
				r.deleted(j.Names[0], j.Old, nil)
			}
		case ctx.Err() != nil:
			return ctx.Err()
		default:
			r.log.Warn("the old key of a rotation could not be deleted", "name", j.Names[0], "key", vaultcore.MaskKeyID(j.Old), "error", err)
			if r.ongoing.Failed(j, err) {
				r.deleted(j.Names[0], j.Old, err)
			}
			r.changed.Notify()
		}
	}
	return nil
}

// errUnattended says that nobody is there to do what is left of a rotation.
var errUnattended = vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "deleting it needs you")

// finish ends one rotation.
func (r *Rotator) finish(ctx context.Context, j rotate.Journal) error {
	if r.keys.Asks() {
		return errUnattended // the system would open a prompt out of the blue
	}
	w, err := r.rotation(ctx, agent.RotateRequest{Profile: j.Names[0], Caller: vaultcore.Caller{Program: "Vaultbar", Prompt: vaultcore.PromptNone}})
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
