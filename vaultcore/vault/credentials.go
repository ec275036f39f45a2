package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/session"
)

// Credentials is part of [agent.Service].
func (s *Vault) Credentials(ctx context.Context, r agent.CredentialsRequest) (agent.CredentialsResult, error) {
	r.Caller.Profile = r.Profile
	walk, err := s.walk(vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller)), r)
	if err != nil {
		return agent.CredentialsResult{}, err
	}
	if walk.Plan.Last().Kind == plan.Key && !s.settings.Now().AllowNoSession {
		return agent.CredentialsResult{}, vaultcore.Faultf(vaultcore.ErrNoCredentials, "the settings forbid to hand out long-term keys").
			WithHint("leave --no-session out, or set allow_no_session = yes in %s", s.settings.File())
	}
	if walk, err = s.allowed(ctx, walk, &r.Caller); err != nil {
		return agent.CredentialsResult{}, err
	}
	credentials, err := s.pool.Get(ctx, walk, r.MinTTL, &r.Caller)
	s.note(r.Profile, err)
	if err != nil {
		return agent.CredentialsResult{}, err
	}
	if s.settings.Now().NotifyFirstUse && !r.Caller.Clicked {
		go s.desktop.FirstUse(context.WithoutCancel(ctx), r.Caller.Named().Program, r.Profile)
	}
	if credentials.LongTerm() {
		s.log.Info("long-term key handed out", "profile", r.Profile, "program", r.Caller.String(), "pid", r.Caller.PID)
	}
	result := agent.CredentialsResult{Credentials: credentials, Region: walk.Plan.Region, Warnings: unmet(walk.Plan, r.MinTTL)}
	if len(walk.Plan.Warnings) > 0 && s.warned.news(credentials, r.Caller) {
		result.Warnings = slices.Concat(walk.Plan.Warnings, result.Warnings)
	}
	return result, nil
}

// unmet warns that a demand cannot be met.
func unmet(p plan.Plan, minTTL time.Duration) []string {
	life := p.Last().Duration
	if p.Last().Kind == plan.Key || minTTL <= life {
		return nil
	}
	return []string{fmt.Sprintf("a session of %s lives %s, less than was asked for", vaultcore.Printable(p.Profile), vaultcore.TimeLeft(life))}
}

// Renew is part of [agent.Service].
func (s *Vault) Renew(ctx context.Context, r agent.CredentialsRequest) error {
	r.Caller.Profile = r.Profile
	walk, err := s.walk(vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller)), r)
	if err != nil {
		return err
	}
	if walk, err = s.allowed(ctx, walk, &r.Caller); err != nil {
		return err
	}
	err = s.pool.Renew(ctx, walk, &r.Caller)
	s.note(r.Profile, err)
	return err
}

// note remembers why the last try for a profile failed, for the screen, and logs
// it once: a program that polls, or a renewal, fails the same way each minute.
// Who cancels or leaves has not failed, and a keychain that is locked is no
// failure of the profile.
func (s *Vault) note(profile string, err error) {
	for _, kind := range []error{vaultcore.ErrCanceled, vaultcore.ErrLocked, context.Canceled} {
		if errors.Is(err, kind) {
			return
		}
	}
	text := ""
	if err != nil {
		text = err.Error()
	}
	s.mu.Lock()
	news := s.failed[profile] != text
	if s.failed[profile] = text; text == "" {
		delete(s.failed, profile)
	}
	s.mu.Unlock()
	if !news {
		return
	}
	s.changed.Notify()
	if err != nil && !errors.Is(err, vaultcore.ErrNobodyToAsk) {
		s.log.Warn("no session could be had", "profile", profile, "error", err)
	}
}

// failure returns why the last try for a profile failed and why its console does
// not open, or "".
func (s *Vault) failure(profile string) (session, console string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed[profile], s.noConsole[profile]
}

// Identify is part of [agent.Service].
func (s *Vault) Identify(ctx context.Context, r agent.IdentifyRequest) (vaultcore.Identity, error) {
	r.Caller.Profile = r.Profile
	profile, _ := s.roster(ctx).Latest(ctx, "").Profiles.Get(r.Profile) // one that is being added may be missing
	sts, iam, err := s.places(ctx, profile, &r.Caller)
	if err != nil {
		return vaultcore.Identity{}, err
	}
	return s.sts.Identify(ctx, sts, iam, r.Key)
}

// Clear is part of [agent.Service].
func (s *Vault) Clear(ctx context.Context, r agent.ClearRequest) (agent.RemoveResult, error) {
	r.Caller.Profile = r.Profile
	ctx = vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller))
	if r.Profile == "" {
		n, err := s.pool.EndAll(ctx)
		return agent.RemoveResult{Sessions: n}, err
	}
	n, err := s.pool.End(ctx, r.Profile, func(ctx context.Context) (*session.Walk, error) {
		return s.walk(ctx, agent.CredentialsRequest{Profile: r.Profile})
	})
	return agent.RemoveResult{Sessions: n}, err
}
