package vault

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/source/login"
	"github.com/vaultbar/vaultbar/vaultcore/source/sso"
)

// Credentials is part of [agent.Service].
func (v *Vault) Credentials(ctx context.Context, r agent.CredentialsRequest) (agent.CredentialsResult, error) {
	r.Caller.Profile = r.Profile
	prepared, err := v.planFor(vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller)), r)
	if err != nil {
		return agent.CredentialsResult{}, err
	}
	if err := v.mayLeave(prepared.Plan.Last().Kind == plan.Key); err != nil {
		return agent.CredentialsResult{}, err
	}
	prepared = v.shared(ctx, prepared, r)
	if prepared, err = v.allowed(ctx, prepared, &r.Caller); err != nil {
		return agent.CredentialsResult{}, err
	}
	credentials, err := v.pool.Get(ctx, prepared, r.MinTTL, &r.Caller)
	v.noteWaits(r.Profile, prepared, err)
	v.note(r.Profile, err)
	if err == nil {
		err = v.mayLeave(credentials.LongTerm() && credentials.Endless()) // a credential_process may print a key
	}
	if err != nil {
		return agent.CredentialsResult{}, err
	}
	v.tellUse(ctx, r, prepared.Plan.Last())
	v.noteUse(ctx, prepared)
	if credentials.LongTerm() {
		v.log.Info("long-term key handed out", "profile", r.Profile, "program", r.Caller.String(), "pid", r.Caller.PID)
	}
	result := agent.CredentialsResult{
		Credentials: credentials, Region: prepared.Plan.Region, Warnings: unmet(prepared.Plan, r.MinTTL), Issued: issued(prepared.Plan.Last(), credentials),
		Protected: agent.Decided(ctx).Protected,
	}
	if len(prepared.Plan.Warnings) > 0 && v.warned.news(credentials, r.Caller) {
		result.Warnings = slices.Concat(prepared.Plan.Warnings, result.Warnings)
	}
	return result, nil
}

// tellUse tells the person of credentials that a program got, as the settings want it.
func (v *Vault) tellUse(ctx context.Context, r agent.CredentialsRequest, last plan.Step) {
	own := v.settings.Now()
	if own.NotifyFirstUse && !r.Caller.Clicked {
		v.desktop.FirstUse(ctx, r.Caller.Named().Program, r.Profile)
	}
	if use, ok := agent.Decided(ctx).UnaskedUse(r.Profile, strings.HasSuffix(last.Policy, ":policy/ReadOnlyAccess")); ok && own.NotifyAgents {
		v.desktop.AgentGot(ctx, use)
	}
}

// issued says whose credentials came of a plan's last step.
func issued(last plan.Step, credentials vaultcore.Credentials) agent.Issued {
	role, _ := aws.ParseARN(roleARN(last))
	i := agent.Issued{
		Account: cmp.Or(role.Account, credentials.AccountID), SessionName: last.RoleSessionName, AccessKeyID: credentials.AccessKeyID, Expires: credentials.Expires,
	}
	if strings.HasPrefix(role.Resource, "role/") {
		i.Role = role.Name()
	}
	return i
}

// roleARN names whose credentials a step gives, as far as the step says.
func roleARN(s plan.Step) string {
	return cmp.Or(s.RoleARN, sso.RoleARN(s.Source), login.ARN(s.Source))
}

// mayLeave refuses to hand out a long-term key where the settings forbid that.
func (v *Vault) mayLeave(longTerm bool) error {
	if !longTerm || v.settings.Now().AllowNoSession {
		return nil
	}
	return vaultcore.Faultf(vaultcore.ErrNoCredentials, "the settings do not allow handing out long-term keys").
		WithHint("omit --no-session, or set allow_no_session = yes in %s", v.settings.File())
}

// unmet warns that a demand cannot be met.
func unmet(p plan.Plan, minTTL time.Duration) []string {
	life := p.Last().Duration
	if life == 0 || minTTL <= life { // as long as the source gives
		return nil
	}
	return []string{fmt.Sprintf("a session of %s lasts %s, less than requested", vaultcore.Printable(p.Profile), vaultcore.TimeLeft(life))}
}

// Renew is part of [agent.Service].
func (v *Vault) Renew(ctx context.Context, r agent.CredentialsRequest) error {
	r.Caller.Profile = r.Profile
	prepared, err := v.planFor(vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller)), r)
	if err != nil {
		return err
	}
	if prepared, err = v.allowed(ctx, prepared, &r.Caller); err != nil {
		return err
	}
	err = v.pool.Renew(ctx, prepared, &r.Caller)
	v.noteWaits(r.Profile, prepared, err)
	v.note(r.Profile, err)
	return err
}

// Clear is part of [agent.Service].
func (v *Vault) Clear(ctx context.Context, r agent.ClearRequest) (agent.RemoveResult, error) {
	r.Caller.Profile = r.Profile
	ctx = vaultcore.WithAudience(ctx, vaultcore.Alone(&r.Caller))
	if r.Profile == "" {
		for _, kind := range v.signIns {
			kind.EndAll() // memory comes first
		}
		n, err := v.pool.EndAll(ctx)
		for _, kind := range v.signIns {
			switch failed := kind.RemoveAll(ctx); {
			case err == nil:
				err = failed
			case failed != nil: // for the same reason, as a rule
				v.log.Warn("saved sign-ins could not be removed", "error", failed)
			}
		}
		return agent.RemoveResult{Sessions: n}, err
	}
	n, err := v.pool.End(ctx, r.Profile, func(ctx context.Context) (*session.Prepared, error) {
		return v.planFor(ctx, agent.CredentialsRequest{Profile: r.Profile})
	})
	return agent.RemoveResult{Sessions: n}, err
}

// warned remembers of which sessions it was told what they lack. Programs ask for a
// session at each call, and their libraries print what is on stderr each time. A
// person at a terminal is told once more: what a program was told they may not have
// seen.
type warned struct {
	mu    sync.Mutex
	until map[listener]time.Time // guarded by mu: when the session ends
}

// listener is who was told of a session.
type listener struct {
	session string // its access key id
	person  bool
}

// news says whether a listener has not been told of a session yet, and records that
// it now has been. A long-term key has no end, and is warned of each time.
func (w *warned) news(c vaultcore.Credentials, caller vaultcore.Caller) bool {
	if c.LongTerm() {
		return true
	}
	who := listener{c.AccessKeyID, caller.Terminal == vaultcore.TerminalAttended}
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, known := w.until[who]; known {
		return false
	}
	if w.until == nil {
		w.until = make(map[listener]time.Time)
	}
	now := time.Now()
	maps.DeleteFunc(w.until, func(_ listener, end time.Time) bool { return end.Before(now) })
	w.until[who] = c.Expires
	return true
}
