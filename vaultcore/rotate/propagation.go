package rotate

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Propagation is when a new key is taken to be known everywhere in AWS. IAM is eventually
// consistent, and no call tells: a key that works at one endpoint may fail at the next, or
// fail again a moment later. The zero value means three good answers in a row, 2.5 s apart,
// within a minute.
type Propagation struct {
	Good     int           // how many good answers in a row
	Pause    time.Duration // between two of them
	Patience time.Duration // for all of it
}

// propagated tries a key until it works so many times in a row. The calls under way when ctx ends are the last. It
// may return: ErrUnknownKey, ErrRefused for a key of somebody else, ErrNoAnswer.
func (r *Rotation) propagated(ctx context.Context, key vaultcore.Credentials, user string, good int) error {
	pause := cmp.Or(r.Propagation.Pause, 2500*time.Millisecond)
	within, cancel := context.WithTimeout(ctx, cmp.Or(r.Propagation.Patience, time.Minute))
	defer cancel()
	timer := time.NewTimer(0)
	defer timer.Stop()
	var last error
	for row := 0; row < good; {
		select {
		case <-timer.C:
		case <-within.Done():
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			if last != nil {
				return last
			}
			return context.Cause(within)
		}
		id, err := r.IAM.WhoIs(within, key)
		switch {
		case err == nil && id.ARN != user:
			return refused("AWS says that the new key %s belongs to %s, not to %s", vaultcore.MaskKeyID(key.AccessKeyID), id.ARN, user)
		case err == nil:
			row++
		case within.Err() == nil:
			row, last = 0, err
		}
		timer.Reset(pause)
	}
	return nil
}

// notPropagated is the failure of a new key to work. Both keys are kept.
func notPropagated(s Situation, id string, why error) error {
	if errors.Is(why, context.Canceled) || errors.Is(why, vaultcore.ErrCanceled) {
		return why
	}
	kind := vaultcore.ErrNoAnswer
	if errors.Is(why, vaultcore.ErrRefused) {
		kind = vaultcore.ErrRefused
	}
	rest := "the old key is in use, and both are still stored"
	if s.Journal.Stage == vaultcore.RotationSwitched {
		rest = "both keys are still stored"
	}
	return vaultcore.Faultf(kind, "the new key %s does not work reliably yet: %v", vaultcore.MaskKeyID(id), why).WithCause(why).
		WithHint("%s: run %s again in a few minutes", rest, s.again())
}
