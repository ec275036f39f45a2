package vault

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/rotate"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
)

// loadRotations reads what the keychain has of rotations. It unlocks the keychain where it
// must, which may ask whoever waits under ctx.
func (v *Vault) loadRotations(ctx context.Context) error {
	texts, err := v.keys.Rotations(ctx)
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
	v.rotations.Learn(all)
	return nil
}

// learnRotations is loadRotations for who waits for something else: a screen shows what is
// under way from the start.
func (v *Vault) learnRotations(ctx context.Context) {
	if v.rotations.Known() {
		return // and what goes on now would be overtaken
	}
	if err := v.loadRotations(ctx); err != nil && ctx.Err() == nil {
		v.log.Warn("the rotations under way are not known yet", "error", err)
	}
}

// Rotate is part of [agent.Service].
func (v *Vault) Rotate(ctx context.Context, r agent.RotateRequest) (agent.RotateResult, error) {
	r.Caller.Profile = r.Profile
	ctx = vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller))
	if err := v.rotating.Acquire(ctx, 1); err != nil {
		return agent.RotateResult{}, err
	}
	defer v.rotating.Release(1)
	w, err := v.rotation(ctx, r)
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
	shown := w.shown(ctx, steps)
	switch {
	case r.Agreed == "":
		return shown, nil
	case r.Agreed != shown.Plan:
		return agent.RotateResult{}, vaultcore.Faultf(vaultcore.ErrBusy, "the user's keys have changed since they were shown; nothing was done").WithHint("try again")
	}
	ended, _, err := w.Run(ctx, w.seen)
	if err != nil {
		return agent.RotateResult{}, err
	}
	w.seen, shown.Applied, shown.Rotation = ended, true, nil
	shown.Key, shown.Keys = vaultcore.MaskKeyID(ended.Held), masked(ended.Keys)
	if j := v.rotations.Of(w.seen.Names[0]); j.Open() {
		now := j.Shown()
		shown.Rotation = &now
	}
	return shown, nil
}

// work is a rotation that is about to be planned.
type work struct {
	rotate.Rotation
	v        *Vault
	seen     rotate.Situation
	profile  vaultcore.Profile // with the name of the key
	profiles []string          // that rest on the key
	at       sts.Target        // of IAM
	options  rotate.Options
}

// rotation gets ready to rotate the key that a profile starts from. AWS is not asked yet.
func (v *Vault) rotation(ctx context.Context, r agent.RotateRequest) (*work, error) {
	if err := v.loadRotations(ctx); err != nil {
		return nil, err
	}
	name, err := v.keyOf(ctx, r.Profile)
	if err != nil {
		return nil, err
	}
	names, err := v.sameKey(ctx, name)
	if err != nil {
		return nil, err
	}
	w := &work{v: v, profiles: v.restingOn(ctx, names)}
	w.profile, _ = v.liveConfig(ctx).Current().Profiles.Get(name)
	w.profile.Name = name
	atSTS, atIAM, err := v.targets(ctx, w.profile, &r.Caller)
	if err != nil {
		return nil, err
	}
	w.at = atIAM
	calls, err := v.sts.AccessKeys(atIAM)
	if err != nil {
		return nil, err
	}
	asking := &accessKeys{
		v: v, calls: calls, targets: v.usedAt(ctx, atSTS, w.profiles), profile: r.Profile, bare: r.NoSession, caller: &r.Caller,
	}
	w.Rotation = rotate.Rotation{Keychain: asideKeys{v}, IAM: asking, Propagation: v.propagation, Log: v.log}
	w.options = rotate.Options{Name: name, Names: names, Where: atIAM.Endpoint, Replace: r.Replace, Grace: r.Grace, Regrace: r.Regrace}
	return w, nil
}

// look finds out how things stand. A key of another account than the profile names is left
// alone.
func (w *work) look(ctx context.Context) (err error) {
	name := w.profile.Name
	if w.seen, err = w.Look(ctx, w.v.rotations.Of(name), w.options); err != nil {
		return err
	}
	return sameAccount(name, plan.KeyAccount(w.profile), w.seen.Owner.Account)
}

// keyOf is the name under which the keychain has the key that a profile starts from.
func (v *Vault) keyOf(ctx context.Context, profile string) (string, error) {
	keys, err := v.keyNames(ctx)
	if err != nil {
		return "", err
	}
	if keys.names[profile] {
		return profile, nil
	}
	prepared, err := v.planFor(ctx, agent.CredentialsRequest{Profile: profile})
	if err != nil {
		return "", err
	}
	if first := prepared.Plan.Steps[0]; first.Kind != plan.Key {
		return "", vaultcore.Faultf(vaultcore.ErrNoCredentials, "%s has no access key to rotate: it starts from %s", vaultcore.Printable(profile), first.Source.Kind.Title()).
			WithHint("`vaultbar explain %s` says where its credentials come from", vaultcore.Argument(profile))
	}
	return prepared.Plan.Source(), nil
}

// sameKey are the names under which the keychain has the same key as under one of them,
// which comes first.
func (v *Vault) sameKey(ctx context.Context, name string) ([]string, error) {
	id, err := v.keys.KeyID(ctx, name)
	if err != nil {
		return nil, err
	}
	all, err := v.keys.Names(ctx)
	if err != nil {
		return nil, err
	}
	same := []string{name}
	for _, other := range all {
		if other == name {
			continue
		}
		its, err := v.keys.KeyID(ctx, other)
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

// restingOn are the profiles whose credentials start from a key of one of these names.
func (v *Vault) restingOn(ctx context.Context, names []string) (profiles []string) {
	config := v.liveConfig(ctx).Current()
	for _, p := range config.Profiles.All() {
		prepared, err := v.planCached(ctx, config, agent.CredentialsRequest{Profile: p.Name})
		if err == nil && slices.Contains(names, prepared.Plan.Source()) {
			profiles = append(profiles, p.Name)
		}
	}
	return profiles
}

// shown is what is to be done, for a person.
func (w *work) shown(ctx context.Context, steps []rotate.Step) agent.RotateResult {
	s := w.seen
	shown := agent.RotateResult{
		Names: s.Names, Profiles: w.profiles, Key: vaultcore.MaskKeyID(s.Held), Keys: masked(s.Keys), Steps: []string{},
		Identity: s.Owner,
		Notes:    slices.Concat(add(nil, noticeOf(w.at)), w.v.plainCopies(ctx, s.Held)),
	}
	sum := sha256.New()
	for _, step := range steps {
		if line := step.Line(s.Now); line != "" {
			shown.Steps = append(shown.Steps, line)
		}
		_, _ = fmt.Fprintf(sum, "%q %q ", step.Do, step.Key)
	}
	if s.Journal.Open() {
		now := s.Journal.Shown()
		shown.Rotation = &now
	}
	if steps[0].Do == rotate.Wait && !w.options.Regrace {
		return shown // there is nothing to agree to
	}
	_, _ = fmt.Fprintf(sum, "%q %s", s.Names, s.Grace)
	shown.Plan = hex.EncodeToString(sum.Sum(nil))
	return shown
}

// masked are keys without most of their ids, for a screen.
func masked(keys []vaultcore.AccessKey) []vaultcore.AccessKey {
	shown := slices.Clone(keys)
	for i := range shown {
		shown[i].ID = vaultcore.MaskKeyID(shown[i].ID)
	}
	return shown
}

// plainCopies warns of copies of a key in the files of AWS's tools, which the rotation does
// not reach.
func (v *Vault) plainCopies(ctx context.Context, id string) (notes []string) {
	found, err := awsconfig.PlainKeys(awsconfig.Files{Config: v.ConfigFile(ctx), Credentials: v.staticPath(ctx)})
	if err != nil {
		return nil
	}
	for _, key := range found {
		if key.Key.AccessKeyID == id {
			notes = append(notes, fmt.Sprintf("The key stands in plain text in %s, line %d, too: what uses it from there stops working when it is inactive.", key.File, key.Line))
		}
	}
	return notes
}
