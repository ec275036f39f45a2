package rotate

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// IAM is the part of AWS that a rotation needs, for the user of one key.
type IAM interface {
	// Use has the calls that follow signed for the user of this key. What was signed in
	// with MFA for the key before may serve on.
	Use(key vaultcore.Credentials)
	// WhoIs asks, wherever the key is used, whose it is. It may return: ErrUnknownKey.
	WhoIs(ctx context.Context, key vaultcore.Credentials) (vaultcore.Identity, error)
	// Keys lists the user's keys, each with its last use where IAM tells it.
	Keys(ctx context.Context) ([]vaultcore.AccessKey, error)
	// Create has AWS create a key. It sends one request. It may return: ErrUnsure.
	Create(ctx context.Context) (vaultcore.Credentials, error)
	// SetActive makes a key active or inactive. One that is gone cannot be made active.
	SetActive(ctx context.Context, id string, active bool) error
	// Delete deletes a key; one that is gone is no error.
	Delete(ctx context.Context, id string) error
}

var (
	// ErrUnknownKey says that AWS does not know a key, or not yet.
	ErrUnknownKey = errors.New("AWS does not know the key")
	// ErrUnsure says that AWS may have done what was asked for, or not.
	ErrUnsure = errors.New("AWS's reply was lost")
)

// Slot is where a key is kept beside the one in use, during one rotation.
type Slot string

// The slots: for the new key until it is in use, and for the old one from then on.
const (
	SlotNew Slot = "new"
	SlotOld Slot = "old"
)

// Keychain keeps keys and journals. What it has written it has read back.
type Keychain interface {
	// Key and SetKey are about the key in use under a name. KeyID is its id, "" for none.
	Key(ctx context.Context, name string) (vaultcore.Credentials, error)
	KeyID(ctx context.Context, name string) (string, error)
	SetKey(ctx context.Context, name string, key vaultcore.Credentials) error

	// Aside and its like are about a key that is kept beside it, in the rotation of the
	// key whose id is old. The id of none is "".
	Aside(ctx context.Context, old string, slot Slot) (vaultcore.Credentials, error)
	AsideID(ctx context.Context, old string, slot Slot) (string, error)
	SetAside(ctx context.Context, old string, slot Slot, key vaultcore.Credentials) error
	RemoveAside(ctx context.Context, old string, slot Slot) error

	// SaveJournal keeps the journal of a rotation, and EndJournal removes it, with the
	// keys that are kept aside. A keychain without it is no error.
	SaveJournal(ctx context.Context, j Journal) error
	EndJournal(ctx context.Context, old string) error
}

// Options are what the person wants of a rotation.
type Options struct {
	Name    string        // what they call the key
	Names   []string      // under which the keychain has it
	Where   string        // the endpoint that is asked in place of AWS's IAM; empty for that
	Replace string        // what they wrote for the key that may go: its id, or the end of it
	Grace   time.Duration // from when the old key is inactive until it is deleted
	// Regrace says that Grace is to hold for a rotation that is under way too.
	Regrace bool
}

// Rotation is one key's. It keeps no state but what it has last seen.
type Rotation struct {
	Keychain    Keychain
	IAM         IAM
	Propagation Propagation
	Log         *slog.Logger
}

// Run carries out what [Plan] says, from a situation on, and returns the one that comes of
// it and the step that it ended with. Who leaves in between ends it before the next step
// at the latest; a step that changes something is carried out whole. It may return: what
// the keychain and IAM return.
func (r *Rotation) Run(ctx context.Context, s Situation) (Situation, Step, error) {
	for {
		s.Now = time.Now()
		step := Next(s)
		if step.Do == Refuse {
			return s, step, step.Why
		}
		if err := ctx.Err(); err != nil {
			return s, step, context.Cause(ctx)
		}
		made, err := r.do(ctx, s, step)
		if err != nil {
			return s, step, err
		}
		r.Log.Info("rotation of a key", "name", s.Name, "did", step.Do, "key", vaultcore.MaskKeyID(step.Key))
		if s = s.after(step, made); step.Ends() {
			return s, step, nil
		}
	}
}

// do carries out one step. It returns the id of a key that was created.
func (r *Rotation) do(ctx context.Context, s Situation, step Step) (made string, err error) {
	whole := context.WithoutCancel(ctx)
	j := s.after(step, step.Key).Journal // as it will be
	switch step.Do {
	case Discard:
		err = r.IAM.Delete(whole, step.Key)
	case Create:
		return r.create(whole, s)
	case Adopt, Wait:
		err = r.Keychain.SaveJournal(whole, j)
	case Switch:
		err = r.change(ctx, s)
	case Retire:
		err = r.retire(ctx, s, j)
	case Delete:
		if err = r.IAM.Delete(whole, step.Key); err == nil {
			err = r.Keychain.EndJournal(whole, s.Journal.Old)
		}
	case Forget, Finish:
		err = r.Keychain.EndJournal(whole, s.Journal.Old)
	case Restore:
		err = r.restore(whole, s)
	default:
		err = fmt.Errorf("rotate: nothing is known of a step %q", step.Do)
	}
	return "", err
}

// Complete does what is left of a rotation without a person: it deletes the old key when
// that is due. Whatever else there would be to do is returned as the reason why it is
// stuck, an ErrRefused.
func (r *Rotation) Complete(ctx context.Context, s Situation) error {
	step := Next(s)
	switch step.Do {
	case Delete, Finish, Wait:
		_, _, err := r.Run(ctx, s)
		return err
	case Refuse:
		return step.Why
	default:
		return refused("a rotation is not finished").WithHint("%s resumes it", s.again())
	}
}
