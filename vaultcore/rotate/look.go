package rotate

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Look finds out how things stand; j is the journal of the rotation under way, if there is
// one. Nothing is changed. It may return: what the keychain and IAM return, ErrRefused.
func (r *Rotation) Look(ctx context.Context, j Journal, o Options) (Situation, error) {
	s := Situation{Name: o.Name, Names: o.Names, Where: o.Where, Journal: j, Grace: o.Grace, Now: time.Now()}
	if j.Open() {
		s.Names = j.Names
	}
	key, err := r.held(ctx, &s)
	if err != nil {
		return s, err
	}
	if s.Held != j.Old && s.Held != j.New {
		s.Names = o.Names
	}
	id, err := r.IAM.WhoIs(ctx, key)
	if errors.Is(err, ErrUnknownKey) && j.Open() {
		key, id, err = r.other(ctx, j, s.Held, err)
		s.Dead = err == nil
	}
	if err != nil {
		return s, err
	}
	if id.User == "root" {
		return s, rootKey(key.AccessKeyID)
	}
	s.Owner = id
	r.IAM.Use(key)
	if s.Keys, err = r.IAM.Keys(ctx); err != nil {
		return s, err
	}
	if j.Open() {
		if s.Aside, err = r.Keychain.AsideID(ctx, j.Old, SlotNew); err != nil {
			return s, err
		}
	}
	if o.Regrace && j.Stage == vaultcore.RotationInactive {
		s.Journal.Due, s.Journal.Grace = j.Due.Add(o.Grace-j.Grace), o.Grace
	}
	s.Replace, err = s.match(o.Replace)
	return s, err
}

// held finds the key in use: under several names it is the old one as long as one of them
// has it. Names under which there is none, or another, are no longer part of it.
func (r *Rotation) held(ctx context.Context, s *Situation) (vaultcore.Credentials, error) {
	name := s.Names[0]
	var names []string
	for _, other := range s.Names {
		id, err := r.Keychain.KeyID(ctx, other)
		switch {
		case err != nil:
			return vaultcore.Credentials{}, err
		case s.Journal.Open() && id != s.Journal.Old && id != s.Journal.New, id == "":
			continue
		case id == s.Journal.Old:
			name = other
		}
		names = append(names, other)
	}
	if len(names) > 0 {
		s.Names = names
		if !slices.Contains(names, name) {
			name = names[0]
		}
	}
	key, err := r.Keychain.Key(ctx, name)
	s.Held = key.AccessKeyID
	return key, err
}

// other tries the other key of a rotation where AWS does not know the one in use.
func (r *Rotation) other(ctx context.Context, j Journal, held string, why error) (vaultcore.Credentials, vaultcore.Identity, error) {
	slot := SlotNew
	if held == j.New {
		slot = SlotOld
	}
	key, err := r.Keychain.Aside(ctx, j.Old, slot)
	if err != nil {
		return key, vaultcore.Identity{}, why
	}
	id, err := r.IAM.WhoIs(ctx, key)
	if err == nil && id.ARN == j.User {
		return key, id, nil
	}
	return key, id, why
}

// match finds the key that a person named by its id, by its shortened form as Vaultbar
// shows it, or by its end; "" for none wanted. It may return: ErrRequest.
func (s Situation) match(wanted string) (string, error) {
	if wanted == "" {
		return "", nil
	}
	head, end, masked := strings.Cut(wanted, "…")
	if !masked {
		head, end = "", wanted
	}
	found := ""
	for _, k := range s.Keys {
		if !strings.HasPrefix(k.ID, head) || !strings.HasSuffix(k.ID, end) || len(end) < minEnd {
			continue
		}
		if found != "" {
			return "", vaultcore.Faultf(vaultcore.ErrRequest, "both keys of the user end with %q", vaultcore.Printable(wanted)).
				WithHint("give the whole id")
		}
		found = k.ID
	}
	if found == "" {
		names := make([]string, len(s.Keys))
		for i, k := range s.Keys {
			names[i] = s.describe(k)
		}
		return "", vaultcore.Faultf(vaultcore.ErrRequest, "the user has no key %s", vaultcore.Printable(wanted)).
			WithHint("there are %s", strings.Join(names, " and "))
	}
	return found, nil
}

// minEnd is how much of a key's id a person has to write: what Vaultbar shows of its end.
const minEnd = 4
