package vault

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
)

const (
	// ageTime is how long it may take to ask IAM how old a key is.
	ageTime = time.Minute
	// ageDelay is how long after the use of a key IAM is asked: who uses it is not held up.
	ageDelay = 10 * time.Minute
)

// used are the keys that were used, of which IAM is to be asked how old they are.
type used struct {
	mu   sync.Mutex     // guards what follows
	keys map[string]use // by access key id
}

// use is the use of a key: by which plan, and under which context, which does not end.
type use struct {
	prepared *session.Prepared
	by       context.Context
	at       time.Time
}

// noteUse notes that a plan was carried out. A person who does not want to be reminded of old
// keys has nothing asked for it.
func (v *Vault) noteUse(ctx context.Context, prepared *session.Prepared) {
	first := prepared.Plan.Steps[0]
	if first.Kind != plan.Key || v.settings.Now().KeyAgeWarn == 0 {
		return
	}
	id, known := v.keyIDs.ID(first)
	if !known {
		return
	}
	v.used.mu.Lock()
	defer v.used.mu.Unlock()
	if _, noted := v.used.keys[id]; !noted {
		v.used.keys[id] = use{prepared, context.WithoutCancel(ctx), time.Now()}
	}
}

// due says whether any use is long enough ago.
func (u *used) due(now time.Time) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, use := range u.keys {
		if use.ago(now) {
			return true
		}
	}
	return false
}

func (u use) ago(now time.Time) bool { return now.Sub(u.at).Abs() >= ageDelay }

// take returns the uses that are long enough ago by now, once.
func (u *used) take(now time.Time) map[string]use {
	u.mu.Lock()
	defer u.mu.Unlock()
	taken := make(map[string]use)
	for id, use := range u.keys {
		if use.ago(now) {
			taken[id] = use
			delete(u.keys, id)
		}
	}
	return taken
}

// askAges asks IAM, once a day for each key, how old those are that were used a while ago,
// with what is at hand: a session with MFA where the plan has one, else the key. Nobody is
// asked anything.
func (v *Vault) askAges(ctx context.Context, now time.Time) {
	for id, use := range v.used.take(now) {
		if !v.ages.Begin(id, now) {
			continue
		}
		asking, cancel := context.WithTimeout(vaultcore.WithAudience(use.by, vaultcore.Nobody()), ageTime)
		stop := context.AfterFunc(ctx, cancel)
		err := v.askAge(asking, use.prepared)
		if errors.Is(err, vaultcore.ErrRefused) {
			err = errors.Join(err, v.ages.Refused(id, now))
		}
		if err != nil && ctx.Err() == nil {
			v.log.Debug("the age of a key is not known", "name", use.prepared.Plan.Source(), "error", err)
		}
		stop()
		cancel()
	}
}

func (v *Vault) askAge(ctx context.Context, prepared *session.Prepared) error {
	name := prepared.Plan.Source()
	profile, _ := v.liveConfig(ctx).Current().Profiles.Get(name)
	caller := vaultcore.Caller{Program: "Vaultbar", Profile: name, Prompt: vaultcore.PromptNone}
	_, atIAM, err := v.targets(ctx, profile, &caller)
	if err != nil {
		return err
	}
	by, err := v.atHand(ctx, prepared, &caller)
	if err != nil {
		return err
	}
	calls, err := v.sts.AccessKeys(atIAM)
	if err != nil {
		return err
	}
	asking := &accessKeys{v: v, calls: calls, bare: true, key: by}
	_, err = asking.Keys(ctx) // which takes it in
	return err
}

// atHand are the credentials that may ask IAM about the key of a plan without a question.
func (v *Vault) atHand(ctx context.Context, prepared *session.Prepared, caller *vaultcore.Caller) (vaultcore.Credentials, error) {
	if signedIn := withMFA(prepared, "", sts.Target{}, 0); signedIn != nil {
		if _, lives := v.pool.Find(signedIn, 1); !lives {
			return vaultcore.Credentials{}, vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "the session with MFA has ended")
		}
		return v.pool.Get(ctx, signedIn, 0, caller)
	}
	if v.keys.Asks() {
		return vaultcore.Credentials{}, vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "reading the key would ask a person")
	}
	return v.keys.Key(ctx, prepared.Plan.Source())
}

// keptKeys are the keys of the keychain of which anything is known.
func (v *Vault) keptKeys(names []string) []vaultcore.KeptKey {
	var all []vaultcore.KeptKey
	for _, name := range names {
		id, known := v.keyIDs.ID(plan.Step{Kind: plan.Key, KeyName: name})
		if !known {
			continue
		}
		if key, ok := v.ages.Of(id); ok {
			key.ID = vaultcore.MaskKeyID(key.ID)
			all = append(all, vaultcore.KeptKey{Name: name, AccessKey: key})
		}
	}
	return all
}
