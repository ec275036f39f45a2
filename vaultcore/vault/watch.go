package vault

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/session"
)

// Changes tells watchers that something changed. It says that, not what: a watcher
// reads a fresh snapshot, so nothing can pile up or arrive out of order.
type Changes struct {
	mu       sync.Mutex // guards what follows
	watchers map[chan struct{}]struct{}
}

// Notify wakes every watcher. It never blocks.
func (b *Changes) Notify() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for wake := range b.watchers {
		select {
		case wake <- struct{}{}:
		default: // a wake-up is already waiting and will see this change too
		}
	}
}

// listen returns a channel that gets a value after each change, and how to end it.
func (b *Changes) listen() (wake <-chan struct{}, stop func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.watchers == nil {
		b.watchers = make(map[chan struct{}]struct{})
	}
	heard := make(chan struct{}, 1)
	b.watchers[heard] = struct{}{}
	return heard, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.watchers, heard)
	}
}

// Watch is part of [agent.Service].
func (s *Vault) Watch(ctx context.Context, changed func()) error {
	wake, stop := s.changed.listen()
	defer stop()
	for {
		changed()
		select {
		case <-wake:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// announceEdits tells watchers when the config file has changed, once what it no longer
// describes is renewed no more.
func (s *Vault) announceEdits(ctx context.Context, config *awsconfig.Roster) {
	changed := config.Changed()
	for {
		select {
		case <-changed:
			changed = config.Changed() // before watchers are told: no change is lost between the two
			s.followEdits(ctx)
			s.changed.Notify()
		case <-ctx.Done():
			return
		}
	}
}

// followEdits has those sessions renewed that the configs describe now, by a route
// that is trusted now. While the keychain cannot be listed nobody can tell which
// those are.
func (s *Vault) followEdits(ctx context.Context) {
	if _, err := s.shownKeyNames(ctx); errors.Is(err, vaultcore.ErrLocked) {
		return
	}
	s.pool.FollowOnly(s.described(ctx), func(walk *session.Walk) *session.Walk { return s.again(ctx, walk) })
}

// described are the walks of all profiles that may be walked without a question
// about their way.
func (s *Vault) described(ctx context.Context) []*session.Walk {
	var walks []*session.Walk
	config := s.roster(ctx).Current()
	for _, profile := range config.Profiles.All() {
		walk, err := s.peek(ctx, config, agent.CredentialsRequest{Profile: profile.Name})
		if err == nil && len(s.needs(walk)) == 0 {
			walks = append(walks, walk)
		}
	}
	return walks
}

// The pauses between two attempts to follow the config file.
const (
	firstPause = time.Second
	lastPause  = time.Minute
)

// watchConfig follows a config file. One that cannot be followed is no reason
// to stop: what it says now goes on being served, and following it is tried
// again. Each change of that is logged once.
func (s *Vault) watchConfig(ctx context.Context, config *awsconfig.Roster) {
	go s.announceEdits(ctx, config)
	persist(ctx, config.Watch, func(err error) {
		s.log.Warn("edits of the config file are not noticed now", "error", err)
	})
}

// persist does a thing that should never end again and again, less and less often
// while it keeps failing, until ctx ends. A thing that lasted a while has worked;
// lost is told of the first failure after that.
func persist(ctx context.Context, do func(context.Context) error, lost func(error)) {
	pause := firstPause
	for {
		began := time.Now()
		err := do(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > lastPause {
			pause = firstPause
		}
		if pause == firstPause {
			lost(err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
		pause = min(2*pause, lastPause)
	}
}
