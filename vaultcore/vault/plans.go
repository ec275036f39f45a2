package vault

import (
	"context"
	"errors"
	"maps"
	"strings"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// plans keeps the plans of one state of the config file and the keychain, ready
// to be carried out: the same few are asked for thousands of times.
type plans struct {
	user string

	mu          sync.Mutex        // guards what follows
	version     uint64            // counts how often keys were learned or forgotten
	generations map[string]uint64 // of the configs that plans were made from, by path
	names       map[string]bool   // under which keys are kept; nil: not read yet
	prepared    map[choice]planned
}

// planned is a plan that is ready to be carried out, or why there is none: a menu asks for
// those of all profiles again and again.
type planned struct {
	prepared *session.Prepared
	err      error
}

// choice is all that a request says about how a plan is made.
type choice struct {
	config    string // its path
	overrides overrides
	profile   string
	noSession bool
	duration  time.Duration
	region    string
	agent     plan.Agent
}

// overrides is what a program's environment changes about how a plan is made. It can be
// compared.
type overrides struct {
	route trust.Route
	env   string // of a credential_process, a variable a line
	cache string // the folder of the sign-ins of aws login

	machine plan.Machine
	token   plan.Token
	said    string // in place of the config, a variable a line
}

// maxPrepared bounds the memory that callers with ever new durations could take.
const maxPrepared = 4096

// listing is under which names the keychain keeps keys.
type listing struct {
	names   map[string]bool
	version uint64 // of the plans when it was made
	fresh   bool   // the keychain was asked just now
}

// doubted says whether a failure may come of a list that is not what the keychain has
// now: a key that it got from elsewhere may be what is missing.
func (l listing) doubted(err error) bool {
	return !l.fresh && (errors.Is(err, vaultcore.ErrNoCredentials) || errors.Is(err, vaultcore.ErrNoProfile))
}

// planFor returns the plan for a request, ready to be carried out. A keychain that must
// be unlocked to be listed is unlocked, which may ask whoever waits under ctx. A
// key that the keychain got from elsewhere is noticed when its lack would be the
// failure. The config is the current one.
func (v *Vault) planFor(ctx context.Context, r agent.CredentialsRequest) (*session.Prepared, error) {
	keys, err := v.keyNames(ctx)
	if err != nil {
		return nil, err
	}
	config := v.liveConfig(ctx).Latest(ctx, r.Profile)
	prepared, err := v.plan(ctx, config, keys, r)
	if keys.doubted(err) {
		if keys, err = v.listKeys(ctx, keys.version); err != nil {
			return nil, err
		}
		prepared, err = v.plan(ctx, config, keys, r)
	}
	if err == nil {
		err = v.holdSecrets(ctx, prepared)
	}
	if err != nil {
		return nil, err
	}
	return prepared, nil
}

// planCached is planFor for those who must ask nobody, and who look at many plans: it
// believes what is known of the keychain.
func (v *Vault) planCached(ctx context.Context, config awsconfig.Config, r agent.CredentialsRequest) (*session.Prepared, error) {
	keys, err := v.shownKeyNames(ctx)
	if err != nil {
		return nil, err
	}
	return v.plan(ctx, config, keys, r)
}

// keyNames lists the keychain, unlocking it where it must be.
func (v *Vault) keyNames(ctx context.Context) (listing, error) {
	keys, err := v.shownKeyNames(ctx)
	if !errors.Is(err, vaultcore.ErrLocked) {
		return keys, err
	}
	if err := v.keys.Unlock(ctx); err != nil {
		return listing{}, err
	}
	return v.shownKeyNames(ctx)
}

// shownKeyNames lists the keychain, asking nobody. It may return: ErrLocked.
func (v *Vault) shownKeyNames(ctx context.Context) (listing, error) {
	keys := v.plans.known()
	if keys.names != nil {
		return keys, nil
	}
	return v.listKeys(ctx, keys.version)
}

// listKeys asks the keychain for its keys. Version is that of the plans before.
func (v *Vault) listKeys(ctx context.Context, version uint64) (listing, error) {
	list, err := v.keys.Names(ctx)
	if err != nil {
		return listing{}, err
	}
	keys := listing{names: make(map[string]bool, len(list)), version: version, fresh: true}
	for _, name := range list {
		keys.names[name] = true
	}
	return v.plans.learn(keys), nil
}

func (p *plans) known() listing {
	p.mu.Lock()
	defer p.mu.Unlock()
	return listing{names: p.names, version: p.version}
}

// learn records what the keychain has, unless it was read or forgotten again since
// it was asked. Plans stay good while the keys are the same.
func (p *plans) learn(keys listing) listing {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.version != keys.version || p.names != nil && maps.Equal(p.names, keys.names) {
		return keys
	}
	p.version++
	p.names, p.prepared = keys.names, nil
	keys.version = p.version
	return keys
}

// forget makes the next plan ask the keychain for its keys again.
func (p *plans) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.version++
	p.names, p.prepared = nil, nil
}

// anew drops the plans, and keeps the list of keys.
func (p *plans) anew() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.version++ // what is being made now is not kept
	p.prepared = nil
}

// find returns the plan for a request, by its program's overrides and for an agent or nobody,
// making it when there is none yet.
func (p *plans) find(config awsconfig.Config, keys listing, r agent.CredentialsRequest, life time.Duration, w overrides, who plan.Agent) (*session.Prepared, error) {
	key := choice{config.Path, w, r.Profile, r.NoSession, r.Duration, r.Region, who}
	if known, ok := p.lookUp(key, config.Generation); ok {
		return known.prepared, known.err
	}
	made, err := p.resolve(config, keys.names, r, life, w, who)
	if errors.Is(err, vaultcore.ErrNoProfile) { // callers may have ever new names
		return nil, err
	}
	result := planned{err: err}
	if err == nil {
		result.prepared = session.Prepare(made)
		result.prepared.Origin = key
	}
	p.keep(key, config.Generation, keys, result)
	return result.prepared, err
}

// resolve makes the plan for a request.
func (p *plans) resolve(config awsconfig.Config, keys map[string]bool, r agent.CredentialsRequest, life time.Duration, w overrides, who plan.Agent) (plan.Plan, error) {
	v, err := readSaid(w.said)
	if err != nil {
		return plan.Plan{}, err
	}
	return plan.Resolve(config.Profiles, r.Profile, plan.Options{
		Agent: who, Said: plan.Said{Profile: v.Profile, Key: v.Key, Chained: v.Chained},
		Keys: keys, NoSession: r.NoSession, Duration: r.Duration, SessionDuration: life,
		Region: r.Region, Reach: w.route.Reach, Via: w.route.Via, Env: lines(w.env), LoginCache: w.cache, Machine: w.machine, Token: w.token, User: p.user, File: config.File,
	})
}

// readSaid reads what goes before the config file.
func readSaid(said string) (awsconfig.Variables, error) {
	set := lines(said)
	if len(set) == 0 { // as mostly
		return awsconfig.Variables{}, nil
	}
	return awsconfig.ReadVariables(func(name string) string {
		for _, line := range set {
			if value, ok := strings.CutPrefix(line, name+"="); ok {
				return value
			}
		}
		return ""
	})
}

// lines are those of a text, none of an empty one.
func lines(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == '\n' })
}

func (p *plans) lookUp(key choice, generation uint64) (planned, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.generations[key.config] != generation {
		return planned{}, false
	}
	known, ok := p.prepared[key]
	return known, ok
}

// keep stores what was made from keys, unless those have changed since.
func (p *plans) keep(key choice, generation uint64, keys listing, result planned) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.version != keys.version {
		return
	}
	if p.prepared == nil || len(p.prepared) >= maxPrepared {
		p.prepared, p.generations = make(map[choice]planned), make(map[string]uint64)
	}
	if p.generations[key.config] != generation {
		maps.DeleteFunc(p.prepared, func(other choice, _ planned) bool { return other.config == key.config })
		p.generations[key.config] = generation
	}
	p.prepared[key] = result
}
