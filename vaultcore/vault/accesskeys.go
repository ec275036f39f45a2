package vault

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/rotate"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
)

// accessKeys is a [rotate.IAM] for one key. Its calls are signed with the key itself; where
// a policy denies that, with a session made with MFA, for whose code the person is asked
// once.
type accessKeys struct {
	v       *Vault
	calls   *sts.AccessKeys
	targets []sts.Target // where the key is used: a new one has to be known there
	profile string       // whose plan says how a session with MFA is made
	bare    bool         // make no session
	caller  *vaultcore.Caller

	key     vaultcore.Credentials
	session vaultcore.Credentials // zero until it is needed
}

// Use is part of [rotate.IAM].
func (a *accessKeys) Use(key vaultcore.Credentials) { a.key = key }

// WhoIs is part of [rotate.IAM].
func (a *accessKeys) WhoIs(ctx context.Context, key vaultcore.Credentials) (id vaultcore.Identity, err error) {
	for _, place := range a.targets {
		id, err = a.v.sts.WhoIs(ctx, place, key)
		var reply *sts.Reply
		switch {
		case errors.As(err, &reply) && reply.UnknownKey():
			return id, also{err, rotate.ErrUnknownKey}
		case err != nil:
			return id, err
		}
	}
	return id, nil
}

// also is an error that is of one more kind.
type also struct {
	error
	kind error
}

// Unwrap makes errors.Is find both.
func (a also) Unwrap() []error { return []error{a.error, a.kind} }

// do makes a call as whoever may make it.
func (a *accessKeys) do(ctx context.Context, call func(by vaultcore.Credentials) error) error {
	if a.session.AccessKeyID == "" {
		err := call(a.key)
		var reply *sts.Reply
		if a.bare || !errors.As(err, &reply) || !reply.WantsMore() {
			return err
		}
		if a.session, err = a.signIn(ctx, err); err != nil {
			return err
		}
		return call(a.session)
	}
	err := call(a.session)
	var reply *sts.Reply
	if !errors.As(err, &reply) || !reply.UnknownKey() && !reply.SourceDead() {
		return err
	}
	a.session = vaultcore.Credentials{} // it came of a key that is inactive by now
	return a.do(ctx, call)
}

// signIn makes a session of the key with MFA. Why is the failure without one, which
// remains where there is no device.
func (a *accessKeys) signIn(ctx context.Context, why error) (vaultcore.Credentials, error) {
	prepared, err := a.v.planFor(ctx, agent.CredentialsRequest{Profile: a.profile})
	if err != nil {
		return vaultcore.Credentials{}, why
	}
	if prepared = withMFA(prepared, a.device(ctx), a.targets[0], a.v.settings.Now().SessionDuration); prepared == nil {
		return vaultcore.Credentials{}, why
	}
	if prepared, err = a.v.allowed(ctx, prepared, a.caller); err != nil {
		return vaultcore.Credentials{}, err
	}
	return a.v.pool.Get(ctx, prepared, 0, a.caller)
}

// device is the one MFA device of the key's user whose codes STS can check; "" when there
// is none, or several.
func (a *accessKeys) device(ctx context.Context) string {
	id, err := a.v.sts.Identify(ctx, a.targets[0], a.calls.Target(), a.key)
	if err != nil || len(id.MFADevices) != 1 {
		return ""
	}
	return id.MFADevices[0]
}

// Keys is part of [rotate.IAM]. When a key was used last is told where it may be asked.
func (a *accessKeys) Keys(ctx context.Context) (keys []vaultcore.AccessKey, err error) {
	err = a.do(ctx, func(by vaultcore.Credentials) error {
		keys, err = a.calls.List(ctx, by)
		return err
	})
	if err != nil {
		return nil, err
	}
	by := a.key
	if a.session.AccessKeyID != "" {
		by = a.session
	}
	for i, k := range keys {
		if keys[i], err = a.calls.LastUsed(ctx, by, k); err != nil {
			a.v.log.Debug("when a key was used last is not known", "key", vaultcore.MaskKeyID(k.ID), "error", err)
		}
	}
	if err := a.v.ages.Learn(keys, time.Now()); err != nil {
		a.v.log.Warn("how old the keys are could not be written down", "error", err)
	}
	a.v.changed.Notify()
	return keys, nil
}

// Create is part of [rotate.IAM].
func (a *accessKeys) Create(ctx context.Context) (key vaultcore.Credentials, err error) {
	err = a.do(ctx, func(by vaultcore.Credentials) error {
		key, err = a.calls.Create(ctx, by)
		return err
	})
	var reply *sts.Reply
	if err != nil && errors.As(err, &reply) && reply.Action == sts.CreateAccessKey && !reply.Undone() {
		return key, also{err, rotate.ErrUnsure}
	}
	return key, err
}

// SetActive is part of [rotate.IAM].
func (a *accessKeys) SetActive(ctx context.Context, id string, active bool) error {
	return a.do(ctx, func(by vaultcore.Credentials) error { return a.calls.SetActive(ctx, by, id, active) })
}

// Delete is part of [rotate.IAM].
func (a *accessKeys) Delete(ctx context.Context, id string) error {
	return a.do(ctx, func(by vaultcore.Credentials) error { return a.calls.Delete(ctx, by, id) })
}

// usedAt adds to a place those where the sessions of these profiles are made: up to four
// in all, each of which is asked whether it knows a new key.
func (v *Vault) usedAt(ctx context.Context, first sts.Target, profiles []string) []sts.Target {
	const most = 4
	places := []sts.Target{first}
	config := v.liveConfig(ctx).Current()
	for _, name := range profiles {
		prepared, err := v.planCached(ctx, config, agent.CredentialsRequest{Profile: name})
		if err != nil || len(prepared.Plan.Steps) < 2 || len(v.needs(prepared)) > 0 {
			continue
		}
		place := sts.TargetOf(prepared.Plan.Steps[1])
		same := func(p sts.Target) bool { return p.Region == place.Region && p.Endpoint == place.Endpoint }
		if !slices.ContainsFunc(places, same) && len(places) < most {
			places = append(places, place)
		}
	}
	return places
}

// asideKeys is a [rotate.Keychain]: the vault's own, and what it remembers of rotations.
type asideKeys struct{ v *Vault }

func aside(old string, slot rotate.Slot) string { return string(slot) + "." + old }

// Key is part of [rotate.Keychain], and so are those that follow.
func (k asideKeys) Key(ctx context.Context, name string) (vaultcore.Credentials, error) {
	return k.v.keys.Key(ctx, name)
}

func (k asideKeys) KeyID(ctx context.Context, name string) (string, error) {
	id, err := k.v.keys.KeyID(ctx, name)
	if errors.Is(err, vaultcore.ErrNoCredentials) {
		return "", nil
	}
	return id, err
}

func (k asideKeys) SetKey(ctx context.Context, name string, key vaultcore.Credentials) error {
	if err := k.v.keys.SetKey(ctx, name, key); err != nil {
		return err
	}
	k.v.replaced(ctx, name, key)
	return nil
}

func (k asideKeys) Aside(ctx context.Context, old string, slot rotate.Slot) (vaultcore.Credentials, error) {
	return k.v.keys.Aside(ctx, aside(old, slot))
}

func (k asideKeys) AsideID(ctx context.Context, old string, slot rotate.Slot) (string, error) {
	return k.v.keys.AsideID(ctx, aside(old, slot))
}

func (k asideKeys) SetAside(ctx context.Context, old string, slot rotate.Slot, key vaultcore.Credentials) error {
	return k.v.keys.SetAside(ctx, aside(old, slot), key)
}

func (k asideKeys) RemoveAside(ctx context.Context, old string, slot rotate.Slot) error {
	return k.v.keys.RemoveAside(ctx, aside(old, slot))
}

func (k asideKeys) SaveJournal(ctx context.Context, j rotate.Journal) error {
	text, err := j.Text()
	if err == nil {
		err = k.v.keys.SaveRotation(ctx, j.Old, text)
	}
	if err == nil {
		k.v.rotations.Put(j)
		k.v.changed.Notify()
	}
	return err
}

// EndJournal removes the keys first: as long as they are there, so is what tells of them.
func (k asideKeys) EndJournal(ctx context.Context, old string) error {
	for _, slot := range []rotate.Slot{rotate.SlotNew, rotate.SlotOld} {
		if err := k.RemoveAside(ctx, old, slot); err != nil {
			return err
		}
	}
	err := k.v.keys.RemoveRotation(ctx, old)
	if err == nil {
		k.v.rotations.Drop(old)
		k.v.changed.Notify()
	}
	return err
}

var (
	_ rotate.IAM      = (*accessKeys)(nil)
	_ rotate.Keychain = asideKeys{}
)

// withMFA is the session with MFA on the way of a plan, of its own device or, where it has
// none, of this one; nil without a device.
func withMFA(prepared *session.Prepared, device string, at sts.Target, life time.Duration) *session.Prepared {
	p := prepared.Plan
	if p.Steps[0].Kind != plan.Key {
		return nil
	}
	made := plan.Step{
		Kind: plan.Session, Profile: p.Source(), MFASerial: device, Duration: life,
		Region: at.Region, Endpoint: at.Endpoint, Variant: at.Variant, Attempts: at.Attempts, Via: at.Via,
	}
	if len(p.Steps) > 1 && p.Steps[1].MFASerial != "" {
		next := p.Steps[1]
		if next.Kind == plan.Session {
			made = next
		}
		made.MFASerial, made.MFAProcess, made.MFAPrompt, made.MFAProfile = next.MFASerial, next.MFAProcess, next.MFAPrompt, next.MFAProfile
	}
	if made.MFASerial == "" {
		return nil
	}
	p.Steps = []plan.Step{p.Steps[0], made}
	return session.Prepare(p).ForNow()
}
