package rotator

import (
	"context"
	"errors"
	"fmt"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/rotate"
)

// load reads what the keychain has of rotations. It unlocks the keychain where it must,
// which may ask whoever waits under ctx.
func (r *Rotator) load(ctx context.Context) error {
	texts, err := r.keys.Rotations(ctx)
	if err != nil {
		return err
	}
	var all []rotate.Journal
	for old, text := range texts {
		j, err := rotate.ReadJournal(text)
		if err != nil {
			return fmt.Errorf("%s: %w", vaultcore.MaskKeyID(old), err)
		}
		all = append(all, j)
	}
	r.ongoing.Learn(all)
	return nil
}

// Learn reads the keychain, which is open, so that a screen shows from the start what is
// under way.
func (r *Rotator) Learn(ctx context.Context) {
	if r.ongoing.Known() {
		return // and what goes on now would be overtaken
	}
	if err := r.load(ctx); err != nil && ctx.Err() == nil {
		r.log.Warn("the unfinished rotations are not known yet", "error", err)
	}
}

// Removed strikes out the rotation of a key that was removed from the keychain under this
// name, unless it is kept under another one.
func (r *Rotator) Removed(ctx context.Context, name string) {
	j := r.ongoing.Of(name)
	if !j.Open() {
		return
	}
	for _, other := range j.Names {
		if _, err := r.keys.KeyID(ctx, other); err == nil {
			return
		}
	}
	if err := (keychain{r}).EndJournal(ctx, j.Old); err != nil {
		r.log.Warn("the saved state of a rotation could not be removed", "name", name, "error", err)
	}
}

// keychain is a [rotate.Keychain]: that of a rotator, which takes in what becomes of it.
type keychain struct{ r *Rotator }

var _ rotate.Keychain = keychain{}

func aside(old string, slot rotate.Slot) string { return string(slot) + "." + old }

// Key is part of [rotate.Keychain], and so are those that follow.
func (k keychain) Key(ctx context.Context, name string) (vaultcore.Credentials, error) {
	return k.r.keys.Key(ctx, name)
}

func (k keychain) KeyID(ctx context.Context, name string) (string, error) {
	id, err := k.r.keys.KeyID(ctx, name)
	if errors.Is(err, vaultcore.ErrNoCredentials) {
		return "", nil
	}
	return id, err
}

func (k keychain) SetKey(ctx context.Context, name string, key vaultcore.Credentials) error {
	if err := k.r.keys.SetKey(ctx, name, key); err != nil {
		return err
	}
	k.r.vault.Replaced(ctx, name, key)
	return nil
}

func (k keychain) Aside(ctx context.Context, old string, slot rotate.Slot) (vaultcore.Credentials, error) {
	return k.r.keys.Aside(ctx, aside(old, slot))
}

func (k keychain) AsideID(ctx context.Context, old string, slot rotate.Slot) (string, error) {
	return k.r.keys.AsideID(ctx, aside(old, slot))
}

func (k keychain) SetAside(ctx context.Context, old string, slot rotate.Slot, key vaultcore.Credentials) error {
	return k.r.keys.SetAside(ctx, aside(old, slot), key)
}

func (k keychain) RemoveAside(ctx context.Context, old string, slot rotate.Slot) error {
	return k.r.keys.RemoveAside(ctx, aside(old, slot))
}

func (k keychain) SaveJournal(ctx context.Context, j rotate.Journal) error {
	text, err := j.Text()
	if err == nil {
		err = k.r.keys.SaveRotation(ctx, j.Old, text)
	}
	if err == nil {
		k.r.ongoing.Put(j)
		k.r.changed.Notify()
	}
	return err
}

// EndJournal removes the keys first: as long as they are there, so is what tells of them.
func (k keychain) EndJournal(ctx context.Context, old string) error {
	for _, slot := range []rotate.Slot{rotate.SlotNew, rotate.SlotOld} {
		if err := k.RemoveAside(ctx, old, slot); err != nil {
			return err
		}
	}
	err := k.r.keys.RemoveRotation(ctx, old)
	if err == nil {
		k.r.ongoing.Drop(old)
		k.r.changed.Notify()
	}
	return err
}
