package rotate

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// create has AWS create a key, once, and keeps it aside.
func (r *Rotation) create(ctx context.Context, s Situation) (made string, err error) {
	j, again := s.begun(), s.Journal.Open()
	if err := r.Keychain.SaveJournal(ctx, j); err != nil {
		return "", err // nothing has happened yet
	}
	key, err := r.IAM.Create(ctx)
	switch {
	case errors.Is(err, ErrUnsure):
		return "", unsure(s, err)
	case err != nil && !again:
		r.tidy(s, r.Keychain.EndJournal(ctx, j.Old))
		return "", err
	case err != nil:
		return "", err
	}
	if err := r.Keychain.SetAside(ctx, j.Old, SlotNew, key); err != nil {
		return "", r.undo(ctx, s, key.AccessKeyID, err)
	}
	j.Stage, j.New = vaultcore.RotationCreated, key.AccessKeyID
	return key.AccessKeyID, r.Keychain.SaveJournal(ctx, j)
}

// undo deletes at AWS a key that could not be kept: its secret is about to be lost.
func (r *Rotation) undo(ctx context.Context, s Situation, made string, why error) error {
	if err := r.IAM.Delete(ctx, made); err != nil {
		return vaultcore.Faultf(vaultcore.ErrKeychain, "the new key %s could not be stored (%v), and could not be deleted again (%v): AWS has a key whose secret nobody has",
			vaultcore.MaskKeyID(made), why, err).WithCause(why).
			WithHint("the key in use is unchanged; when the keychain works again, %s deletes the other one and starts over", s.again())
	}
	r.tidy(s, r.Keychain.EndJournal(ctx, s.Held))
	return vaultcore.Faultf(vaultcore.ErrKeychain, "the new key could not be stored, and was deleted again: %v", why).WithCause(why).
		WithHint("the key in use is unchanged; make sure the keychain works, then run %s again", s.again())
}

func unsure(s Situation, why error) error {
	return vaultcore.Faultf(vaultcore.ErrNoAnswer, "AWS was asked for a new key, and may have created one whose secret is lost: %v", why).WithCause(why).
		WithHint("the key in use is unchanged; %s looks for the other one, deletes it once you agree, and starts over", s.again())
}

// change puts the new key in the place of the old one, once it works.
func (r *Rotation) change(ctx context.Context, s Situation) error {
	j := s.Journal
	next, err := r.next(ctx, s)
	if err != nil {
		return err
	}
	if err := r.propagated(ctx, next, j.User, cmp.Or(r.Propagation.Good, 3)); err != nil {
		return notPropagated(s, next.AccessKeyID, err)
	}
	ctx = context.WithoutCancel(ctx)
	if s.Held == j.Old {
		old, err := r.Keychain.Key(ctx, s.holder(ctx, r.Keychain))
		if err == nil {
			err = r.Keychain.SetAside(ctx, j.Old, SlotOld, old)
		}
		if err != nil {
			return err
		}
	}
	for _, name := range s.Names {
		if err := r.Keychain.SetKey(ctx, name, next); err != nil {
			return err
		}
	}
	j.Stage, j.Names = vaultcore.RotationSwitched, s.Names
	if err := r.Keychain.SaveJournal(ctx, j); err != nil {
		return err
	}
	r.IAM.Use(next)
	r.tidy(s, r.Keychain.RemoveAside(ctx, j.Old, SlotNew))
	return nil
}

// tidy logs that something could not be removed from the keychain. It does no harm there:
// the next run, or the end of the rotation, removes it.
func (r *Rotation) tidy(s Situation, err error) {
	if err != nil {
		r.Log.Warn("the saved state of a rotation is still in the keychain", "name", s.Name, "error", err)
	}
}

// next is the new key, with its secret: kept aside, or in use already.
func (r *Rotation) next(ctx context.Context, s Situation) (vaultcore.Credentials, error) {
	key, err := r.Keychain.Aside(ctx, s.Journal.Old, SlotNew)
	if err != nil && s.Held == s.Journal.New {
		return r.Keychain.Key(ctx, s.Names[0])
	}
	return key, err
}

// holder is a name under which the keychain has the key that is held.
func (s Situation) holder(ctx context.Context, k Keychain) string {
	for _, name := range s.Names {
		if id, err := k.KeyID(ctx, name); err == nil && id == s.Held {
			return name
		}
	}
	return s.Names[0]
}

// retire makes the old key inactive. The new one must go on working: where AWS does not
// know it any more, the old one is made active again.
func (r *Rotation) retire(ctx context.Context, s Situation, after Journal) error {
	next, err := r.Keychain.Key(ctx, s.Names[0])
	if err != nil {
		return err
	}
	whole := context.WithoutCancel(ctx)
	if err := r.IAM.SetActive(whole, s.Journal.Old, false); err != nil {
		return err
	}
	err = r.propagated(whole, next, s.Journal.User, 1) // it has worked before
	if errors.Is(err, ErrUnknownKey) {
		err = errors.Join(err, r.IAM.SetActive(whole, s.Journal.Old, true))
	}
	if err != nil {
		return notPropagated(s, next.AccessKeyID, err)
	}
	after.Due = time.Now().Add(after.Grace).UTC().Round(0)
	return r.Keychain.SaveJournal(whole, after)
}

// restore puts the old key back in use.
func (r *Rotation) restore(ctx context.Context, s Situation) error {
	old, err := r.Keychain.Aside(ctx, s.Journal.Old, SlotOld)
	if err != nil {
		return err
	}
	for _, name := range s.Names {
		if err := r.Keychain.SetKey(ctx, name, old); err != nil {
			return err
		}
	}
	return r.Keychain.EndJournal(ctx, s.Journal.Old)
}
