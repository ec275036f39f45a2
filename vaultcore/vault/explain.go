package vault

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/awsconfig"
	"github.com/vaultbar/vaultbar/vaultcore/console"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/source/process"
)

// Explain is part of [agent.Service].
func (v *Vault) Explain(ctx context.Context, r agent.CredentialsRequest) (vaultcore.Explanation, error) {
	config := v.liveConfig(ctx).Latest(ctx, r.Profile)
	prepared, err := v.planCached(ctx, config, r)
	if err != nil {
		return vaultcore.Explanation{}, err
	}
	now := time.Now()
	explanation := vaultcore.Explanation{Profile: r.Profile, Title: v.titleOf(prepared.Plan), Asks: nextUse(prepared.Plan.Device(), v.keys.Locked(), v.bridged(prepared), now)}
	if in := v.signsIn(prepared); in != "" {
		explanation.Asks = "asks for a sign-in to " + vaultcore.Printable(in)
	}
	if command := v.confirms(prepared); command != "" {
		explanation.Asks = "asks whether " + command + " may run"
	}
	if v.Protection(ctx, r.Profile).Protected.Asks() {
		explanation.Asks = "asks you whether the program may have it, unless you have allowed that already; then " + explanation.Asks
	}
	for i, step := range prepared.Plan.Steps {
		explained := vaultcore.ExplainedStep{Title: step.Title(), Detail: step.Detail(), Reasons: slices.Concat(step.Reasons, v.approver.Way(prepared.Plan, step))}
		if in, ok := v.signInOf(prepared); ok && i == 0 {
			explained.Reasons = append(slices.Clone(explained.Reasons), "the sign-in to "+vaultcore.Printable(in.Name)+": "+in.Words(now))
		}
		if step.Kind == plan.Key {
			explained.Detail = v.whereKept(step)
			explained.Reasons = append(slices.Clone(explained.Reasons), v.alsoPlain(ctx, step.KeyName)...)
		} else if living, ok := v.pool.Find(prepared, i); ok {
			explained.Detail += "; cached, ends in " + vaultcore.TimeLeft(living.Expires.Round(0).Sub(now.Round(0)))
		}
		explanation.Steps = append(explanation.Steps, explained)
	}
	explanation.Agents = v.agentsLine(ctx, config, r)
	opens, err := v.explainConsole(ctx, config, r)
	if err != nil {
		return vaultcore.Explanation{}, err
	}
	explanation.Steps = append(explanation.Steps, opens)
	return explanation, nil
}

// explainConsole says how the console would open, as a last step.
func (v *Vault) explainConsole(ctx context.Context, config awsconfig.Config, r agent.CredentialsRequest) (vaultcore.ExplainedStep, error) {
	planCached := func(ctx context.Context, r agent.CredentialsRequest) (*session.Prepared, error) {
		return v.planCached(ctx, config, r)
	}
	prepared, err := console.Find(ctx, r.Duration, v.consoleSessions(agent.LoginRequest{Profile: r.Profile, Region: r.Region}, planCached))
	if err != nil {
		return vaultcore.ExplainedStep{}, err
	}
	facts := prepared.Facts()
	if facts.Wanted, err = consoleLife(ctx, prepared, r.Duration); err != nil {
		return vaultcore.ExplainedStep{}, err
	}
	if facts.Kind == console.User {
		id, _ := v.keyIDs.ID(prepared.Plan.Steps[0])
		user, _ := v.users.Known(id) // the root user's console session is shorter; unknown until the first sign-in
		facts.ARN = user.ARN
	}
	c := console.Choose(facts)
	step := vaultcore.ExplainedStep{Title: "console", Detail: "signs in as the role, until its session ends", Reasons: c.Reasons}
	switch {
	case c.AsItIs:
		step.Detail = "opens as whoever the browser is signed in as"
	case facts.Kind == console.Printed:
		step.Detail = "signs in if the program prints a session of a role, until that ends"
	case c.Federation != (console.Federation{}):
		step.Detail = "signs in as the user, for " + vaultcore.TimeLeft(c.Federation.Duration)
	case c.SessionDuration != 0:
		step.Detail = "signs in as the role, for " + vaultcore.TimeLeft(c.SessionDuration)
	}
	region := cmp.Or(r.Region, prepared.Plan.Region)
	request, use, err := v.approver.SignIn(ctx, prepared.Plan, region)
	if err != nil {
		return vaultcore.ExplainedStep{}, err
	}
	step.Reasons = slices.Concat(step.Reasons, use.Lines(v.settings.Now().Trust()))
	if request.FIPS && request.Endpoint == "" {
		step.Reasons = append(step.Reasons, console.ExplainFIPS(region))
	}
	return step, nil
}

// whereKept says where a key is stored: "keychain, id AKIA…WXYZ".
func (v *Vault) whereKept(step plan.Step) string {
	if id, ok := v.keyIDs.ID(step); ok {
		return "keychain, id " + vaultcore.MaskKeyID(id)
	}
	if v.keys.Locked() {
		return "keychain, locked"
	}
	return "keychain"
}

// alsoPlain says that a key of that name is in plain text too.
func (v *Vault) alsoPlain(ctx context.Context, name string) []string {
	for _, key := range v.plainKeys(ctx) {
		if key.Profile == name {
			return []string{fmt.Sprintf("a key of %s is also in plain text in %s, line %d, and AWS's own tools use that first: `vaultbar import %s` moves it into the keychain", vaultcore.Printable(name), key.File, key.Line, vaultcore.Argument(name))}
		}
	}
	return nil
}

// nextUse says what the next use of a plan would ask the person for, or until when it
// asks for nothing: device is the one whose code the plan needs, until the end of what
// is at hand.
func nextUse(device string, locked bool, until, now time.Time) string {
	switch {
	case device == "" && !locked:
		return "asks for nothing"
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

// bridged is until when living sessions save a question; zero without any. A session
// above the one that needs the code bridges its end.
func (v *Vault) bridged(prepared *session.Prepared) time.Time {
	var until time.Time
	for i := len(prepared.Plan.Steps) - 1; i > 0; i-- {
		if living, ok := v.pool.Find(prepared, i); ok && living.Expires.After(until) {
			until = living.Expires
		}
		if prepared.Plan.Asks(i) {
			break
		}
	}
	return until
}

// confirms names the command that a person must confirm before a plan can be carried
// out; it is empty while a session lives.
func (v *Vault) confirms(prepared *session.Prepared) string {
	if _, lives := v.pool.Find(prepared, len(prepared.Plan.Steps)-1); lives {
		return ""
	}
	for _, command := range process.CommandsOf(prepared.Plan) {
		if v.commands.Asks(command) {
			return command.String()
		}
	}
	return ""
}
