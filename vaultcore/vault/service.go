package app

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vaultbar/vaultbar/app/browser"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/aws/awshttp"
	"github.com/vaultbar/vaultbar/vaultcore/console"
	"github.com/vaultbar/vaultbar/vaultcore/keystore"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/prompt"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
)

// service is the whole app as the outside sees it: it puts the parts together
// for each request, and decides nothing that a part could decide.
type service struct {
	started  time.Time
	env      environment
	settings atomic.Pointer[settings.Settings]
	// startPassphrase came with the environment; nil once it is dropped.
	startPassphrase atomic.Pointer[vaultcore.Secret]
	socket          string
	stop            context.CancelFunc
	upgrade         upgrade
	gate            *gate   // what others see of it
	screen          *screen // the person's desktop
	// loginItem has the app started when the person logs in, or no more.
	loginItem func(on bool) error
	// opensAtLogin says whether it is: the desktop's own settings can undo it.
	opensAtLogin func() bool
	log          logging

	configs  configs
	keys     *keystore.Store
	provider *sts.Client
	desk     *prompt.Desk
	pool     *session.Pool
	signer   *console.Signer
	browsers *browser.Launcher
	life     context.Context // of the app: what outlives a request lives under it
	plans    plans
	carriers *awshttp.Carriers
	signIns  signIns
	warned   warned
	links    *links
	boxes    *boxes // what programs in containers get

	approvals approvals

	bell bell

	edit turn // of whoever changes the config file or the settings; asks nobody

	mu        sync.Mutex        // guards what follows
	failed    map[string]string // by profile: why the last try failed
	noConsole map[string]string // by profile: why its console does not open, as a menu line
	accounts  map[string]string // by key name: the account that it was added with
	knocked   time.Time         // when a refused connection was last logged
}

var _ agent.Service = (*service)(nil)

// Credentials is part of [agent.Service].
func (s *service) Credentials(ctx context.Context, r agent.CredentialsRequest) (agent.CredentialsResult, error) {
	r.Caller.Profile = r.Profile
	walk, err := s.walk(vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller)), r)
	if err != nil {
		return agent.CredentialsResult{}, err
	}
	if walk.Plan.Last().Kind == plan.Key && !s.own().AllowNoSession {
		return agent.CredentialsResult{}, vaultcore.Faultf(vaultcore.ErrNoCredentials, "the settings forbid to hand out long-term keys").
			WithHint("leave --no-session out, or set allow_no_session = yes in %s", s.env.folders.Settings())
	}
	if walk, err = s.allowed(ctx, walk, &r.Caller); err != nil {
		return agent.CredentialsResult{}, err
	}
	credentials, err := s.pool.Get(ctx, walk, r.MinTTL, &r.Caller)
	s.note(r.Profile, err)
	if err != nil {
		return agent.CredentialsResult{}, err
	}
	if s.own().NotifyFirstUse && !r.Caller.Clicked {
		go s.screen.used(context.WithoutCancel(ctx), r.Caller.Named().Program, r.Profile)
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
func (s *service) Renew(ctx context.Context, r agent.CredentialsRequest) error {
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

// Lock is part of [agent.Service].
func (s *service) Lock(context.Context) error {
	s.forget()
	s.log.Info("locked")
	s.bell.ring()
	debug.FreeOSMemory() // what was dropped is not wiped: most of its pages are given back, and so are empty
	return nil
}

// forget drops from memory what must not be there while locked. A passphrase
// that came with the environment would open the keychain again unasked.
func (s *service) forget() {
	s.startPassphrase.Store(nil)
	s.pool.Lock()
	s.keys.Lock()
	s.plans.forget()
}

// Unlock is part of [agent.Service].
func (s *service) Unlock(ctx context.Context, r agent.UnlockRequest) error {
	ctx = vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller))
	if err := s.keys.Unlock(ctx); err != nil {
		return err
	}
	if err := s.pool.Load(ctx); err != nil {
		return err
	}
	s.sweep(ctx)
	s.learnKeys(ctx)
	s.followAll()
	s.log.Info("unlocked")
	s.bell.ring()
	return nil
}

// note remembers why the last try for a profile failed, for the screen, and logs
// it once: a program that polls, or a renewal, fails the same way each minute.
// Who cancels or leaves has not failed, and a keychain that is locked is no
// failure of the profile.
func (s *service) note(profile string, err error) {
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
	s.bell.ring()
	if err != nil && !errors.Is(err, vaultcore.ErrNobodyToAsk) {
		s.log.Warn("no session could be had", "profile", profile, "error", err)
	}
}

// failure returns why the last try for a profile failed and why its console does
// not open, or "".
func (s *service) failure(profile string) (session, console string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed[profile], s.noConsole[profile]
}

// Identify is part of [agent.Service].
func (s *service) Identify(ctx context.Context, r agent.IdentifyRequest) (vaultcore.Identity, error) {
	r.Caller.Profile = r.Profile
	profile, _ := s.roster(ctx).Latest(ctx, "").Profiles.Get(r.Profile) // one that is being added may be missing
	sts, iam, err := s.places(ctx, profile, &r.Caller)
	if err != nil {
		return vaultcore.Identity{}, err
	}
	return s.provider.Identify(ctx, sts, iam, r.Key)
}

// Clear is part of [agent.Service].
func (s *service) Clear(ctx context.Context, r agent.ClearRequest) (agent.RemoveResult, error) {
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

// Stop is part of [agent.Service]. The app ends once this answer is on its way:
// a server that stops lets requests under way return.
func (s *service) Stop(context.Context) error {
	s.log.Info("told to stop")
	s.stop()
	return nil
}
