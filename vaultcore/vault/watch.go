package vault

import (
	"context"
	"errors"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/liveconfig"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
	"github.com/vaultbar/vaultbar/vaultcore/session"
)

// Watch is part of [agent.Service].
func (v *Vault) Watch(ctx context.Context, changed func()) error {
	for {
		next := v.changed.Next()
		changed()
		select {
		case <-next:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// announceEdits tells watchers when the config file has changed, once what it no longer
// describes is renewed no more.
func (v *Vault) announceEdits(ctx context.Context, config *liveconfig.File) {
	changed := config.Changed()
	for {
		select {
		case <-changed:
			changed = config.Changed() // before watchers are told: no change is lost between the two
			v.followEdits(ctx)
			v.changed.Notify()
		case <-ctx.Done():
			return
		}
	}
}

// followEdits has those sessions renewed that the configs describe now, by a route
// that is trusted now. While the keychain cannot be listed nobody can tell which
// those are.
func (v *Vault) followEdits(ctx context.Context) {
	if _, err := v.shownKeyNames(ctx); errors.Is(err, vaultcore.ErrLocked) {
		return
	}
	v.pool.FollowOnly(v.described(ctx), func(prepared *session.Prepared) *session.Prepared { return v.again(ctx, prepared) })
}

// described are the plans of all profiles that may be carried out without a question
// about their way.
func (v *Vault) described(ctx context.Context) []*session.Prepared {
	var plans []*session.Prepared
	config := v.liveConfig(ctx).Current()
	for _, profile := range config.Profiles.All() {
		prepared, err := v.planCached(ctx, config, agent.CredentialsRequest{Profile: profile.Name})
		if err == nil && len(v.approver.Needs(prepared.Plan)) == 0 {
			plans = append(plans, prepared)
		}
	}
	return plans
}

// watchConfig follows a config file. One that cannot be followed is no reason
// to stop: what it says now goes on being served, and following it is tried
// again. Each change of that is logged once.
func (v *Vault) watchConfig(ctx context.Context, config *liveconfig.File) {
	go v.announceEdits(ctx, config)
	retry.Forever(ctx, retry.Backoff{First: time.Second, Most: time.Minute}, config.Watch, func(err error) {
		v.log.Warn("edits of the config file are currently not noticed", "error", err)
	})
}

// watchPlain follows the credentials file, in which keys stand in plain text.
func (v *Vault) watchPlain(ctx context.Context) {
	if v.paths.Static == "" {
		return // there is no home folder
	}
	follow := func(ctx context.Context) error {
		return liveconfig.WatchFile(ctx, v.paths.Static, v.changed.Notify)
	}
	retry.Forever(ctx, retry.Backoff{First: time.Second, Most: time.Minute}, follow, func(err error) {
		v.log.Warn("edits of the credentials file are currently not noticed", "error", err)
	})
}
