package vault

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/console"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// Explain is part of [agent.Service].
func (s *Vault) Explain(ctx context.Context, r agent.CredentialsRequest) (vaultcore.Explanation, error) {
	config := s.roster(ctx).Latest(ctx, r.Profile)
	walk, err := s.peek(ctx, config, r)
	if err != nil {
		return vaultcore.Explanation{}, err
	}
	now := time.Now()
	explanation := vaultcore.Explanation{Profile: r.Profile, Title: walk.Plan.Title(), Asks: s.asks(walk, now)}
	for i, step := range walk.Plan.Steps {
		explained := vaultcore.ExplainedStep{Title: step.Title(), Detail: step.Detail(), Reasons: slices.Concat(step.Reasons, s.way(walk, step))}
		if step.Kind == plan.Key {
			explained.Detail = s.whereKept(step)
		} else if living, ok := s.pool.Find(walk, i); ok {
			explained.Detail += "; cached, ends in " + vaultcore.TimeLeft(living.Expires.Round(0).Sub(now.Round(0)))
		}
		explanation.Steps = append(explanation.Steps, explained)
	}
	opens, err := s.explainConsole(ctx, config, r)
	if err != nil {
		return vaultcore.Explanation{}, err
	}
	explanation.Steps = append(explanation.Steps, opens)
	return explanation, nil
}

// explainConsole says how the console would open, as a last step.
func (s *Vault) explainConsole(ctx context.Context, config awsconfig.Config, r agent.CredentialsRequest) (vaultcore.ExplainedStep, error) {
	peek := func(ctx context.Context, r agent.CredentialsRequest) (*session.Walk, error) {
		return s.peek(ctx, config, r)
	}
	walk, err := console.Find(ctx, r.Duration, s.consoleSessions(agent.LoginRequest{Profile: r.Profile, Region: r.Region}, peek))
	if err != nil {
		return vaultcore.ExplainedStep{}, err
	}
	facts := walk.Facts()
	facts.Wanted = r.Duration
	if facts.Kind == console.User {
		id, _ := s.keyIDs.ID(walk.Plan.Steps[0])
		user, _ := s.users.Known(id) // the root user's console session is shorter; unknown until the first sign-in
		facts.ARN = user.ARN
	}
	c := console.Choose(facts)
	step := vaultcore.ExplainedStep{Title: "console", Detail: "signs in as the role, until its session ends", Reasons: c.Reasons}
	switch {
	case c.Federation != (console.Federation{}):
		step.Detail = "signs in as the user, for " + vaultcore.TimeLeft(c.Federation.Duration)
	case c.SessionDuration != 0:
		step.Detail = "signs in as the role, for " + vaultcore.TimeLeft(c.SessionDuration)
	}
	route, _, err := s.signInRoute(ctx, r.Profile, cmp.Or(r.Region, walk.Plan.Region))
	if err != nil {
		return vaultcore.ExplainedStep{}, err
	}
	route.STS, route.IAM = "", ""
	for _, line := range s.lines(route, trust.Use{SignIn: true, Region: walk.Plan.Region}, s.settings.Now().Trust()) {
		step.Reasons = append(slices.Clone(step.Reasons), line)
	}
	return step, nil
}

// whereKept says where a key lies: "keychain, id AKIA…WXYZ".
func (s *Vault) whereKept(step plan.Step) string {
	if id, ok := s.keyIDs.ID(step); ok {
		return "keychain, id " + vaultcore.MaskKeyID(id)
	}
	if s.keys.Locked() {
		return "keychain, locked"
	}
	return "keychain"
}

// asks says what the next use of a plan would ask the person for, or until when
// it asks for nothing. A session above the one that needs the code bridges its
// end.
func (s *Vault) asks(walk *session.Walk, now time.Time) string {
	device, locked := walk.Plan.Device(), s.keys.Locked()
	if device == "" && !locked {
		return "asks for nothing"
	}
	until := s.bridged(walk)
	switch {
	case !until.IsZero() && until.Sub(now) < 24*time.Hour:
		return "asks for nothing until " + until.Local().Format("15:04")
	case !until.IsZero():
		return "asks for nothing until " + until.Local().Format("2 Jan 15:04")
	case device == "":
		return "asks for the passphrase of the keychain"
	case locked:
		return "asks for the passphrase of the keychain, then for an MFA code of " + device
	default:
		return "asks for an MFA code of " + device
	}
}

// bridged is until when living sessions save a question; zero without any.
func (s *Vault) bridged(walk *session.Walk) time.Time {
	var until time.Time
	for i := len(walk.Plan.Steps) - 1; i > 0; i-- {
		if living, ok := s.pool.Find(walk, i); ok && living.Expires.After(until) {
			until = living.Expires
		}
		if walk.Plan.Asks(i) {
			break
		}
	}
	return until
}
