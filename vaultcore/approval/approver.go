// Package approval lets requests go somewhere else than to AWS, and commands of the config
// file run, where the person allows that.
//
// What carrying out a plan touches on its way is read from its steps ([UseOf]). What of that
// is trusted is for package trust to say, by the lists in the person's settings. For the
// rest whoever waits is asked, once for all who wait for the same; an "always" is written to
// the settings, and holds for work that nobody waits for, as renewals are.
//
// It makes no plan, sends no request and runs no command. Start with [Approver.Allow].
package approval

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/inflight"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// The answers to whether something is allowed.
const (
	No     = "no"
	Once   = "once"   // for those who wait now
	Always = "always" // written to the settings
)

// Settings are the person's settings.
type Settings interface {
	Now() settings.Settings
	File() string
}

// Asker puts questions to people: a prompt.Prompter.
type Asker interface {
	Ask(context.Context, vaultcore.Question) (vaultcore.Secret, error)
}

// Options is what an approver is made of.
type Options struct {
	Settings Settings
	Trust    func(context.Context, []trust.Item) error // adds to the lists in the settings
	Know     func(trust.Account)                       // takes in how a proxy, which is allowed, knows its user
	Asker    Asker
	Log      *slog.Logger
}

// Approver knows what the person has allowed, and asks for the rest. Its methods may be
// called at once.
type Approver struct {
	options Options
	life    context.Context
	open    *inflight.Answers
}

// New makes an approver whose questions live as long as life, and as somebody waits.
func New(life context.Context, o Options) *Approver {
	return &Approver{options: o, life: life, open: inflight.NewAnswers(o.Log)}
}

func (a *Approver) now() settings.Settings { return a.options.Settings.Now() }

// Trusts says whether an item is in the person's lists.
func (a *Approver) Trusts(item trust.Item) bool { return a.now().Trust().Has(item) }

// Route is the route that is wished for under ctx: by a program's environment, else, for the
// menu and for work that nobody waits for, by what the person trusts. It may return:
// ErrConfig.
func (a *Approver) Route(ctx context.Context) (trust.Route, error) {
	lists := a.now().Trust()
	if !vaultcore.HasEnvironment(ctx) {
		return trust.Background(lists), nil
	}
	route, _, err := trust.Of(vaultcore.EnvironmentOf(ctx), lists)
	return route, err
}

// Proxy is the proxy that the person trusts first; empty for none.
func (a *Approver) Proxy() string { return trust.Background(a.now().Trust()).Via.Proxy }

// Needs are the items that somebody has to allow before a plan may be carried out.
func (a *Approver) Needs(p plan.Plan) []trust.Item {
	if !slices.ContainsFunc(p.Steps, func(step plan.Step) bool {
		return step.Endpoint != "" || step.Authority != "" || step.Via != (vaultcore.Via{})
	}) {
		return nil // as of most, who wait for it
	}
	return UseOf(p).Needs(a.now().Trust(), trust.System)
}

// Untrusted is why a plan may not be carried out without somebody who allows it; nil where
// it may.
func (a *Approver) Untrusted(p plan.Plan) error {
	needs := a.Needs(p)
	if len(needs) == 0 {
		return nil
	}
	return vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "the route to AWS is not trusted: %s", needs[0].Shown())
}

// Allows says whether the way of a step may be used though nobody waits for it.
func (a *Approver) Allows(step plan.Step) bool {
	return a.Untrusted(plan.Plan{Steps: []plan.Step{step}}) == nil
}

// Allow returns once everything on the way of a plan is trusted, and more items are, asking
// whoever waits for what is not; once says that this is for now only. It may return:
// ErrCanceled, ErrNobodyToAsk.
func (a *Approver) Allow(ctx context.Context, p plan.Plan, caller *vaultcore.Caller, more []trust.Item) (once bool, err error) {
	needs := a.Needs(p)
	for _, item := range more {
		if !slices.Contains(needs, item) {
			needs = append(needs, item)
		}
	}
	if once, err = a.permit(ctx, caller, needs); err != nil {
		return false, err
	}
	a.Introduce(ctx)
	return once, nil
}

// Introduce tells the carriers how a proxy, which is allowed, knows its user.
func (a *Approver) Introduce(ctx context.Context) {
	env := vaultcore.EnvironmentOf(ctx)
	if env.Get("HTTPS_PROXY") == "" {
		return
	}
	if _, account, err := trust.Of(env, trust.Lists{}); err == nil {
		a.options.Know(account)
	}
}

// permit returns once every item is allowed by the person, and says whether that is for now
// only. It may return: ErrCanceled, ErrNobodyToAsk.
func (a *Approver) permit(ctx context.Context, caller *vaultcore.Caller, items []trust.Item) (once bool, err error) {
	if len(items) == 0 {
		return false, nil
	}
	answer, err := a.open.Do(ctx, a.life, vaultcore.Alone(caller), fmt.Sprint(items), func(ctx context.Context) (string, error) {
		return a.ask(ctx, caller.Profile, items)
	})
	return answer == Once, err
}

// ask puts the question about items, and keeps an "always".
func (a *Approver) ask(ctx context.Context, profile string, items []trust.Item) (string, error) {
	items = slices.DeleteFunc(slices.Clone(items), a.Trusts) // an answer that came a moment ago
	if len(items) == 0 {
		return Always, nil
	}
	answer, err := a.options.Asker.Ask(ctx, question(trust.Question(profile, items)))
	if errors.Is(err, vaultcore.ErrNobodyToAsk) {
		return "", a.unanswered(profile, items, err)
	}
	if err != nil || answer.Reveal() != Always {
		a.options.Log.Info("asked where requests may go", "items", fmt.Sprint(items), "allowed", err == nil)
		return answer.Reveal(), err
	}
	if err := a.options.Trust(ctx, items); err != nil {
		return "", err
	}
	a.options.Log.Info("trusted from now on", "items", fmt.Sprint(items))
	return Always, nil
}

func question(subject string) vaultcore.Question {
	return vaultcore.Approval(subject, vaultcore.Choice{ID: No, Label: "No"}, vaultcore.Choice{ID: Once, Label: "Once"}, vaultcore.Choice{ID: Always, Label: "Always"})
}

// unanswered is the failure when nobody is there to allow items.
func (a *Approver) unanswered(profile string, items []trust.Item, cause error) error {
	lines := make([]string, 0, len(items))
	for _, item := range items {
		lines = append(lines, a.setting(item))
	}
	return vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "there is nobody to allow Vaultbar to %s", strings.Join(trust.Effects(profile, items), " and ")).WithCause(cause).
		WithHint("run it in a terminal to be asked, or allow it in the settings, %s: %s", a.options.Settings.File(), strings.Join(lines, "; "))
}

// setting is the line of the settings that allows an item.
func (a *Approver) setting(item trust.Item) string {
	return fmt.Sprintf("%s = %s", item.Kind, a.now().Listing(item))
}
