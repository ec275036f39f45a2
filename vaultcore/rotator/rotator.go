// Package rotator looks after the access keys of a keychain: it rotates one when a person
// asks for that, deletes the old key of a rotation when its time has come, and finds out how
// old the others are.
//
// What a rotation does next, and that there is a key that works whatever ends it in the
// middle, is package rotate's: a state machine that knows no SDK and no keychain. This
// package gives it both. Its keychain keeps the journals and the keys aside in a
// [keystore.Store], and remembers which rotations are under way; its signer makes the calls
// of IAM, signed with the key itself, or with a session made with MFA where a policy denies
// that.
//
// It reads no config file, and makes no plan and no session: those are the vault's, of which
// [Vault] is all that is needed here.
//
// Start with [Rotator.Rotate], which a person waits for, and [Rotator.Tend], which nobody
// does.
package rotator

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/broadcast"
	"github.com/vaultbar/vaultbar/vaultcore/keystore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/rotate"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
)

// Vault is what a rotator needs of the vault whose keys it looks after.
type Vault interface {
	// Plan is the plan of a profile. A locked keychain is unlocked for it, which may ask
	// whoever waits under ctx.
	Plan(ctx context.Context, profile string) (plan.Plan, error)
	// Known is what the vault knows of the key of a name, once whoever waits allows that
	// AWS is asked there. It may return: ErrCanceled, ErrNobodyToAsk, ErrConfig.
	Known(ctx context.Context, name string, caller *vaultcore.Caller) (Known, error)
	// Resting are the profiles whose credentials start from a key of one of these names,
	// and the places where their sessions are made, as far as those are trusted. Nobody is
	// asked.
	Resting(ctx context.Context, names []string) (profiles []string, at []sts.Target)
	// Session carries out a plan, once everything on its way is allowed. It asks whoever
	// waits.
	Session(ctx context.Context, p plan.Plan, caller *vaultcore.Caller) (vaultcore.Credentials, error)
	// AtHand is the session of a plan that lives. It may return: ErrNobodyToAsk for none.
	AtHand(ctx context.Context, p plan.Plan, caller *vaultcore.Caller) (vaultcore.Credentials, error)
	// Replaced takes in that the keychain has another key under a name.
	Replaced(ctx context.Context, name string, key vaultcore.Credentials)
}

// Known is what a vault knows of a key.
type Known struct {
	Account         plan.Named      // that the config names for it
	AtSTS, AtIAM    sts.Target      // where AWS is asked about it
	SessionDuration time.Duration   // of a session of the key for which the config says none
	Files           awsconfig.Files // in which the key may stand in plain text
}

// Options is what a rotator is made of.
type Options struct {
	Vault       Vault
	Keys        *keystore.Store
	KeyID       func(name string) (id string, known bool) // of the key of a name; asks nobody
	STS         *sts.Client
	Ages        *rotate.Ages
	Propagation rotate.Propagation
	Changed     *broadcast.Changed
	// Deleted is called when the old key of a rotation was deleted because its time had
	// come, or with an error that only a person can do something about.
	Deleted func(name, keyID string, err error)
	Log     *slog.Logger
}

// Rotator rotates keys, one at a time. Its methods may be called at once.
type Rotator struct {
	vault       Vault
	keys        *keystore.Store
	keyID       func(name string) (id string, known bool)
	sts         *sts.Client
	ages        *rotate.Ages
	propagation rotate.Propagation
	changed     *broadcast.Changed
	deleted     func(name, keyID string, err error)
	log         *slog.Logger

	rotating *semaphore.Weighted // held while a key is rotated, which may ask a person
	ongoing  rotate.Ongoing
	used     used
}

// New makes a rotator. It knows of no rotation until [Rotator.Learn], or whatever needs to
// know, has read the keychain.
func New(o Options) *Rotator {
	return &Rotator{
		vault: o.Vault, keys: o.Keys, keyID: o.KeyID, sts: o.STS, ages: o.Ages, propagation: o.Propagation, changed: o.Changed, deleted: o.Deleted, log: o.Log,
		rotating: semaphore.NewWeighted(1), used: used{keys: make(map[string]use)},
	}
}

// Rotate shows what there is to do with the key that a profile starts from, and does it when
// that is what the person has agreed to. It may return: ErrBusy when it is something else by
// now; ErrNoCredentials, ErrWrongAccount, ErrRefused, and what the keychain and AWS return.
func (r *Rotator) Rotate(ctx context.Context, wanted agent.RotateRequest) (agent.RotateResult, error) {
	if err := r.rotating.Acquire(ctx, 1); err != nil {
		return agent.RotateResult{}, err
	}
	defer r.rotating.Release(1)
	w, err := r.rotation(ctx, wanted)
	if err == nil {
		err = w.look(ctx)
	}
	if err != nil {
		return agent.RotateResult{}, err
	}
	steps := rotate.Plan(w.seen)
	if last := steps[len(steps)-1]; last.Why != nil {
		return agent.RotateResult{}, last.Why
	}
	shown := w.shown(steps)
	switch {
	case wanted.Agreed == "":
		return shown, nil
	case wanted.Agreed != shown.Plan:
		return agent.RotateResult{}, vaultcore.Faultf(vaultcore.ErrBusy, "the user's keys have changed since they were shown; nothing was done").WithHint("try again")
	}
	ended, _, err := w.Run(ctx, w.seen)
	if err != nil {
		return agent.RotateResult{}, err
	}
	shown.Applied, shown.Rotation = true, nil
	shown.Key, shown.Keys = vaultcore.MaskKeyID(ended.Held), masked(ended.Keys)
	if j := r.ongoing.Of(ended.Names[0]); j.Open() {
		now := j.Shown()
		shown.Rotation = &now
	}
	return shown, nil
}

// Ongoing are the rotations under way, for a screen.
func (r *Rotator) Ongoing() []vaultcore.Rotation { return r.ongoing.Shown() }

// work is a rotation that is about to be planned.
type work struct {
	rotate.Rotation
	r        *Rotator
	seen     rotate.Situation
	known    Known
	profiles []string // that rest on the key
	options  rotate.Options
}

// rotation gets ready to rotate the key that a profile starts from. AWS is not asked yet.
func (r *Rotator) rotation(ctx context.Context, wanted agent.RotateRequest) (*work, error) {
	if err := r.load(ctx); err != nil {
		return nil, err
	}
	all, err := r.keys.Names(ctx)
	if err != nil {
		return nil, err
	}
	name, err := r.keyOf(ctx, wanted.Profile, all)
	if err != nil {
		return nil, err
	}
	names, err := r.sameKey(ctx, name, all)
	if err != nil {
		return nil, err
	}
	known, err := r.vault.Known(ctx, name, &wanted.Caller)
	if err != nil {
		return nil, err
	}
	calls, err := r.sts.AccessKeys(known.AtIAM)
	if err != nil {
		return nil, err
	}
	profiles, at := r.vault.Resting(ctx, names)
	signing := &signer{
		r: r, calls: calls, targets: places(known.AtSTS, at), profile: wanted.Profile, bare: wanted.NoSession, life: known.SessionDuration, caller: &wanted.Caller,
	}
	return &work{
		Rotation: rotate.Rotation{Keychain: keychain{r}, IAM: signing, Propagation: r.propagation, Log: r.log},
		r:        r, known: known, profiles: profiles,
		options: rotate.Options{Name: name, Names: names, Where: known.AtIAM.Endpoint, Replace: wanted.Replace, Grace: wanted.Grace, Regrace: wanted.Regrace},
	}, nil
}

// look finds out how things stand. A key of another account than the config names is left
// alone.
func (w *work) look(ctx context.Context) (err error) {
	if w.seen, err = w.Look(ctx, w.r.ongoing.Of(w.options.Name), w.options); err != nil {
		return err
	}
	return w.known.Account.Check(w.options.Name, w.seen.Owner.Account)
}

// keyOf is the name, of all that the keychain has, of the key that a profile starts from.
func (r *Rotator) keyOf(ctx context.Context, profile string, all []string) (string, error) {
	if slices.Contains(all, profile) {
		return profile, nil
	}
	p, err := r.vault.Plan(ctx, profile)
	if err != nil {
		return "", err
	}
	if first := p.Steps[0]; first.Kind != plan.Key {
		return "", vaultcore.Faultf(vaultcore.ErrNoCredentials, "%s has no access key to rotate: it starts from %s", vaultcore.Printable(profile), first.Source.Kind.Title()).
			WithHint("`vaultbar explain %s` says where its credentials come from", vaultcore.Argument(profile))
	}
	return p.Source(), nil
}

// sameKey are the names, of all that the keychain has, of the same key as that of one of
// them, which comes first.
func (r *Rotator) sameKey(ctx context.Context, name string, all []string) ([]string, error) {
	id, err := r.keys.KeyID(ctx, name)
	if err != nil {
		return nil, err
	}
	same := []string{name}
	for _, other := range all {
		if other == name {
			continue
		}
		its, err := r.keys.KeyID(ctx, other)
		switch {
		case errors.Is(err, vaultcore.ErrTampered), errors.Is(err, vaultcore.ErrNoCredentials): // it serves nobody
		case err != nil:
			return nil, err
		case its == id:
			same = append(same, other)
		}
	}
	return same, nil
}

// mostPlaces is how many places are asked whether they know a new key.
const mostPlaces = 4

// places are where a key is used: the first, and those of the others that are elsewhere.
func places(first sts.Target, others []sts.Target) []sts.Target {
	all := []sts.Target{first}
	for _, place := range others {
		same := func(p sts.Target) bool { return p.Region == place.Region && p.Endpoint == place.Endpoint }
		if !slices.ContainsFunc(all, same) && len(all) < mostPlaces {
			all = append(all, place)
		}
	}
	return all
}
