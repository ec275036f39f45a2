package rotator

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
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
	plan plan.Plan
	by   context.Context
	at   time.Time
}

// Used notes that a plan was carried out, so that IAM is asked how old the key is that it
// starts from, if it does.
func (r *Rotator) Used(ctx context.Context, p plan.Plan) {
	first := p.Steps[0]
	if first.Kind != plan.Key {
		return
	}
	if id, known := r.keyID(first.KeyName); known {
		r.used.note(id, use{p, context.WithoutCancel(ctx), time.Now()})
	}
}

func (u *used) note(id string, by use) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, noted := u.keys[id]; !noted {
		u.keys[id] = by
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

// AskAges asks IAM, once a day for each key, how old those are that were used a while
// before now, with what is at hand: a session with MFA where the plan has one, else the key.
// Nobody is asked anything. [Rotator.Tend] does it in time.
func (r *Rotator) AskAges(ctx context.Context, now time.Time) {
	for id, use := range r.used.take(now) {
		if !r.ages.Begin(id, now) {
			continue
		}
		asking, cancel := context.WithTimeout(vaultcore.WithAudience(use.by, vaultcore.Nobody()), ageTime)
		stop := context.AfterFunc(ctx, cancel)
		err := r.askAge(asking, use.plan)
		if errors.Is(err, vaultcore.ErrRefused) {
			err = errors.Join(err, r.ages.Refused(id, now))
		}
		if err != nil && ctx.Err() == nil {
			r.log.Debug("the age of a key is not known", "name", use.plan.Source(), "error", err)
		}
		stop()
		cancel()
	}
}

func (r *Rotator) askAge(ctx context.Context, p plan.Plan) error {
	name := p.Source()
	caller := vaultcore.Caller{Program: "Vaultbar", Profile: name, Prompt: vaultcore.PromptNone}
	known, err := r.vault.Known(ctx, name, &caller)
	if err != nil {
		return err
	}
	by, err := r.atHand(ctx, p, &caller)
	if err != nil {
		return err
	}
	calls, err := r.sts.AccessKeys(known.AtIAM)
	if err != nil {
		return err
	}
	asking := &signer{r: r, calls: calls, bare: true, key: by}
	_, err = asking.Keys(ctx) // which takes it in
	return err
}

// atHand are the credentials that may ask IAM about the key of a plan without a question.
func (r *Rotator) atHand(ctx context.Context, p plan.Plan, caller *vaultcore.Caller) (vaultcore.Credentials, error) {
	if signedIn, ok := withMFA(p, "", sts.Target{}, 0); ok {
		return r.vault.AtHand(ctx, signedIn, caller)
	}
	if r.keys.Asks() {
		return vaultcore.Credentials{}, vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "reading the key would ask a person")
	}
	return r.keys.Key(ctx, p.Source())
}

// Kept are the keys of these names of which anything is known, for a screen.
func (r *Rotator) Kept(names []string) []vaultcore.KeptKey {
	var all []vaultcore.KeptKey
	for _, name := range names {
		id, known := r.keyID(name)
		if !known {
			continue
		}
		if key, ok := r.ages.Of(id); ok {
			key.ID = vaultcore.MaskKeyID(key.ID)
			all = append(all, vaultcore.KeptKey{Name: name, AccessKey: key})
		}
	}
	return all
}
