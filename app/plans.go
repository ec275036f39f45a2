package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/session"
)

// plans keeps the plans of one state of the config file and the keychain, ready
// to be walked: the same few are asked for thousands of times.
type plans struct {
	user string

	mu         sync.Mutex      // guards what follows
	generation uint64          // of the config that walks were made from
	names      map[string]bool // under which keys are kept; nil: not read yet
	walks      map[choice]*session.Walk
}

// choice is all that a request says about how a plan is made.
type choice struct {
	profile   string
	noSession bool
	duration  time.Duration
	region    string
}

// maxWalks bounds the memory that callers with ever new durations could take.
const maxWalks = 4096

// walk returns the plan for a request, ready to be walked. A keychain that must
// be unlocked to be listed is unlocked, which may ask whoever waits under ctx.
func (s *service) walk(ctx context.Context, r agent.CredentialsRequest) (*session.Walk, error) {
	return s.walkWith(ctx, r, s.keyNames)
}

// peek is walk for those who must ask nobody.
func (s *service) peek(ctx context.Context, r agent.CredentialsRequest) (*session.Walk, error) {
	return s.walkWith(ctx, r, s.shownKeyNames)
}

// lister returns under which names the keychain keeps keys, and whether it was
// asked just now.
type lister func(context.Context) (names map[string]bool, fresh bool, err error)

// walkWith makes a plan from the keys that list returns. A key that the keychain
// got from elsewhere is noticed when its lack would be the failure.
func (s *service) walkWith(ctx context.Context, r agent.CredentialsRequest, list lister) (*session.Walk, error) {
	config := s.config.Current()
	names, fresh, err := list(ctx)
	if err != nil {
		return nil, err
	}
	walk, err := s.plans.find(config, names, r, s.own().SessionDuration)
	if !errors.Is(err, vaultcore.ErrNoCredentials) && !errors.Is(err, vaultcore.ErrNoProfile) || fresh {
		return walk, err
	}
	s.plans.forget()
	if names, _, err = list(ctx); err != nil {
		return nil, err
	}
	return s.plans.find(config, names, r, s.own().SessionDuration)
}

// keyNames lists the keychain, unlocking it where it must be.
func (s *service) keyNames(ctx context.Context) (names map[string]bool, fresh bool, err error) {
	names, fresh, err = s.shownKeyNames(ctx)
	if !errors.Is(err, vaultcore.ErrLocked) {
		return names, fresh, err
	}
	if err := s.keys.Unlock(ctx); err != nil {
		return nil, false, err
	}
	return s.shownKeyNames(ctx)
}

// shownKeyNames lists the keychain, asking nobody. It may return: ErrLocked.
func (s *service) shownKeyNames(ctx context.Context) (names map[string]bool, fresh bool, err error) {
	if names := s.plans.known(); names != nil {
		return names, false, nil
	}
	list, err := s.keys.Names(ctx)
	if err != nil {
		return nil, false, err
	}
	names = make(map[string]bool, len(list))
	for _, name := range list {
		names[name] = true
	}
	s.plans.learn(names)
	return names, true, nil
}

func (p *plans) known() map[string]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.names
}

func (p *plans) learn(names map[string]bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.names, p.walks = names, nil
}

// forget makes the next plan ask the keychain for its keys again.
func (p *plans) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.names, p.walks = nil, nil
}

// find returns the walk for a request, making its plan when there is none yet.
func (p *plans) find(config awsconfig.Config, names map[string]bool, r agent.CredentialsRequest, life time.Duration) (*session.Walk, error) {
	key := choice{r.Profile, r.NoSession, r.Duration, r.Region}
	if walk := p.lookUp(key, config.Generation); walk != nil {
		return walk, nil
	}
	made, err := plan.Resolve(config.Profiles, r.Profile, plan.Options{
		Keys: names, NoSession: r.NoSession, Duration: r.Duration, SessionDuration: life,
		Region: r.Region, User: p.user, File: config.File,
	})
	if err != nil {
		return nil, err
	}
	walk := session.NewWalk(made)
	p.keep(key, config.Generation, walk)
	return walk, nil
}

func (p *plans) lookUp(key choice, generation uint64) *session.Walk {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.generation != generation {
		return nil
	}
	return p.walks[key]
}

func (p *plans) keep(key choice, generation uint64, walk *session.Walk) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.walks == nil || p.generation != generation || len(p.walks) >= maxWalks {
		p.walks, p.generation = make(map[choice]*session.Walk), generation
	}
	p.walks[key] = walk
}
