package vault

import (
	"context"
	"errors"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/rotate"
)

const (
	// longestLook bounds the timer: those of a suspended machine stand still.
	longestLook = 5 * time.Minute
	// finishAgain is when the deletion of an old key that failed is tried again.
	finishAgain = 15 * time.Minute
	// loadAgain is when a keychain that could not tell of rotations is asked again.
	loadAgain = time.Minute
)

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
		if due, load := v.rotations.due(time.Now()); len(due) > 0 || load && !v.keys.Locked() {
			if while(ctx, v.finishRotations) != nil {
				later = loadAgain // locked, for instance: an unlock wakes us
			}
		}
		if v.used.due(time.Now()) {
			_ = while(ctx, func(ctx context.Context) error { v.askAges(ctx, time.Now()); return nil })
		}
		timer.Reset(max(later, v.rotations.wait(time.Now())))
	}
}

// due are the rotations that can be ended now; load says that the keychain has not told of
// all yet, and may be asked.
func (r *rotations) due(now time.Time) (due []rotate.Journal, load bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for old, j := range r.open {
		if j.Stage == vaultcore.RotationInactive && !now.Before(j.Due) && !now.Before(r.next[old]) && r.stuck[old] == "" {
			due = append(due, j)
		}
	}
	return due, !r.loaded && !now.Before(r.load)
}

// wait is how long there is nothing to do.
func (r *rotations) wait(now time.Time) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	wait := longestLook
	for old, j := range r.open {
		if j.Stage != vaultcore.RotationInactive || r.stuck[old] != "" {
			continue
		}
		at := j.Due
		if r.next[old].After(at) {
			at = r.next[old]
		}
		wait = min(wait, at.Round(0).Sub(now.Round(0)))
	}
	return max(wait, time.Second)
}

// finishRotations ends what is due. Nobody is asked; a person who rotates a key goes first.
func (v *Vault) finishRotations(ctx context.Context) error {
	if !v.rotating.TryAcquire(1) {
		return nil
	}
	defer v.rotating.Release(1)
	if !v.rotations.known() {
		if err := v.loadRotations(ctx); err != nil {
			v.rotations.loadLater(time.Now().Add(loadAgain))
			return err
		}
	}
	due, _ := v.rotations.due(time.Now())
	for _, j := range due {
		err := v.finish(ctx, j)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			v.log.Warn("the old key of a rotation could not be deleted", "name", j.Names[0], "key", vaultcore.MaskKeyID(j.Old), "error", err)
			if v.rotations.failed(j, err) {
				v.trail.Deleted(j.Names[0], j.Old, err)
			}
			v.changed.Notify()
		case !v.rotations.of(j.Names[0]).Open():
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

// failed takes in that a rotation could not be ended: it waits for a person, or, where AWS
// cannot be reached, for the next try.
func (r *rotations) failed(j rotate.Journal, err error) (needsPerson bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	name := vaultcore.Printable(j.Names[0])
	switch {
	case errors.Is(err, vaultcore.ErrNobodyToAsk):
		r.stuck[j.Old] = "deleting it needs you: run `vaultbar rotate " + name + "`"
	case errors.Is(err, vaultcore.ErrRefused), errors.Is(err, vaultcore.ErrWrongAccount), errors.Is(err, vaultcore.ErrNoCredentials):
		r.stuck[j.Old] = err.Error()
	default:
		r.next[j.Old] = time.Now().Add(finishAgain)
	}
	return r.stuck[j.Old] != ""
}

func (r *rotations) loadLater(at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.load = at
}

// abandon strikes out the rotation of a key that was removed from the keychain under this
// name, unless it is kept under another one.
func (v *Vault) abandon(ctx context.Context, name string) {
	j := v.rotations.of(name)
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
