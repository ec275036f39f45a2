package rotator

import (
	"context"
	"errors"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/rotate"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
)

// signer is a [rotate.IAM] for one key. Its calls are signed with the key itself; where
// a policy denies that, with a session made with MFA, for whose code the person is asked
// once.
type signer struct {
	r       *Rotator
	calls   *sts.AccessKeys
	targets []sts.Target  // where the key is used: a new one has to be known there
	profile string        // whose plan says how a session with MFA is made
	bare    bool          // make no session
	life    time.Duration // of a session for which the plan says none
	caller  *vaultcore.Caller

	key     vaultcore.Credentials
	session vaultcore.Credentials // zero until it is needed
}

// Use is part of [rotate.IAM].
func (s *signer) Use(key vaultcore.Credentials) { s.key = key }

// WhoIs is part of [rotate.IAM].
func (s *signer) WhoIs(ctx context.Context, key vaultcore.Credentials) (id vaultcore.Identity, err error) {
	for _, place := range s.targets {
		id, err = s.r.sts.WhoIs(ctx, place, key)
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
func (s *signer) do(ctx context.Context, call func(by vaultcore.Credentials) error) error {
	if s.session.AccessKeyID == "" {
		err := call(s.key)
		var reply *sts.Reply
		if s.bare || !errors.As(err, &reply) || !reply.WantsMore() {
			return err
		}
		if s.session, err = s.signIn(ctx, err); err != nil {
			return err
		}
		return call(s.session)
	}
	err := call(s.session)
	var reply *sts.Reply
	if !errors.As(err, &reply) || !reply.UnknownKey() && !reply.SourceDead() {
		return err
	}
	s.session = vaultcore.Credentials{} // it came of a key that is inactive by now
	return s.do(ctx, call)
}

// signIn makes a session of the key with MFA. Why is the failure without one, which
// remains where there is no device.
func (s *signer) signIn(ctx context.Context, why error) (vaultcore.Credentials, error) {
	p, err := s.r.vault.Plan(ctx, s.profile)
	if err != nil {
		return vaultcore.Credentials{}, why
	}
	p, ok := withMFA(p, s.device(ctx), s.targets[0], s.life)
	if !ok {
		return vaultcore.Credentials{}, why
	}
	return s.r.vault.Session(ctx, p, s.caller)
}

// device is the one MFA device of the key's user whose codes STS can check; "" when there
// is none, or several.
func (s *signer) device(ctx context.Context) string {
	id, err := s.r.sts.Identify(ctx, s.targets[0], s.calls.Target(), s.key)
	if err != nil || len(id.MFADevices) != 1 {
		return ""
	}
	return id.MFADevices[0]
}

// Keys is part of [rotate.IAM]. When a key was used last is told where it may be asked.
func (s *signer) Keys(ctx context.Context) (keys []vaultcore.AccessKey, err error) {
	err = s.do(ctx, func(by vaultcore.Credentials) error {
		keys, err = s.calls.List(ctx, by)
		return err
	})
	if err != nil {
		return nil, err
	}
	by := s.key
	if s.session.AccessKeyID != "" {
		by = s.session
	}
	for i, k := range keys {
		if keys[i], err = s.calls.LastUsed(ctx, by, k); err != nil {
			s.r.log.Debug("when a key was used last is not known", "key", vaultcore.MaskKeyID(k.ID), "error", err)
		}
	}
	if err := s.r.ages.Learn(keys, time.Now()); err != nil {
		s.r.log.Warn("how old the keys are could not be written down", "error", err)
	}
	s.r.changed.Notify()
	return keys, nil
}

// Create is part of [rotate.IAM].
func (s *signer) Create(ctx context.Context) (key vaultcore.Credentials, err error) {
	err = s.do(ctx, func(by vaultcore.Credentials) error {
		key, err = s.calls.Create(ctx, by)
		return err
	})
	var reply *sts.Reply
	if err != nil && errors.As(err, &reply) && reply.Action == sts.CreateAccessKey && !reply.Undone() {
		return key, also{err, rotate.ErrUnsure}
	}
	return key, err
}

// SetActive is part of [rotate.IAM].
func (s *signer) SetActive(ctx context.Context, id string, active bool) error {
	return s.do(ctx, func(by vaultcore.Credentials) error { return s.calls.SetActive(ctx, by, id, active) })
}

// Delete is part of [rotate.IAM].
func (s *signer) Delete(ctx context.Context, id string) error {
	return s.do(ctx, func(by vaultcore.Credentials) error { return s.calls.Delete(ctx, by, id) })
}

var _ rotate.IAM = (*signer)(nil)
