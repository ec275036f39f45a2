package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// The answers to whether requests may go somewhere else than to AWS.
const (
	answerNo     = "no"
	answerOnce   = "once"   // for those who wait now
	answerAlways = "always" // written to the settings
)

// permit returns once every item is allowed by the person, and says whether that
// is for now only. It may return: ErrCanceled, ErrNobodyToAsk.
func (v *Vault) permit(ctx context.Context, caller *vaultcore.Caller, items []trust.Item) (once bool, err error) {
	if len(items) == 0 {
		return false, nil
	}
	answer, err := v.approvals.Do(ctx, v.life, vaultcore.Alone(caller), fmt.Sprint(items), func(ctx context.Context) (string, error) {
		return v.ask(ctx, caller.Profile, items)
	})
	return answer == answerOnce, err
}

// ask puts the question about items, and keeps an "always".
func (v *Vault) ask(ctx context.Context, profile string, items []trust.Item) (string, error) {
	items = slices.DeleteFunc(slices.Clone(items), v.trusts) // an answer that came a moment ago
	if len(items) == 0 {
		return answerAlways, nil
	}
	answer, err := v.prompter.Ask(ctx, vaultcore.Approval(trust.Question(profile, items),
		vaultcore.Choice{ID: answerNo, Label: "No"}, vaultcore.Choice{ID: answerOnce, Label: "Once"}, vaultcore.Choice{ID: answerAlways, Label: "Always"}))
	if errors.Is(err, vaultcore.ErrNobodyToAsk) {
		return "", v.unanswered(profile, items, err)
	}
	if err != nil || answer.Reveal() != answerAlways {
		v.log.Info("asked where requests may go", "items", fmt.Sprint(items), "allowed", err == nil)
		return answer.Reveal(), err
	}
	if err := v.trust(ctx, items); err != nil {
		return "", err
	}
	v.log.Info("trusted from now on", "items", fmt.Sprint(items))
	return answerAlways, nil
}

// trusts says whether an item is in the person's lists.
func (v *Vault) trusts(item trust.Item) bool { return v.settings.Now().Trust().Has(item) }

// AllowSandboxes writes down that programs in containers and sandboxes get what they
// ask for. The person was asked.
func (v *Vault) AllowSandboxes(ctx context.Context) error {
	if err := v.editing.Acquire(ctx, 1); err != nil {
		return err
	}
	defer v.editing.Release(1)
	allowed := agent.SetRequest{Key: "sandboxes", Value: string(settings.SandboxesAllow)}
	if err := v.write(ctx, allowed); err != nil {
		return err
	}
	return v.reload(allowed)
}

// trust writes items to the settings.
func (v *Vault) trust(ctx context.Context, items []trust.Item) error {
	if err := v.editing.Acquire(ctx, 1); err != nil {
		return err
	}
	defer v.editing.Release(1)
	for _, item := range items {
		if err := settings.Set(v.settings.File(), string(item.Kind), v.listed(item)); err != nil {
			return err
		}
		if err := v.reload(agent.SetRequest{Key: string(item.Kind)}); err != nil {
			return err
		}
	}
	return nil
}

// listed is the setting of an item's kind, with the item in it.
func (v *Vault) listed(item trust.Item) string {
	setting, _ := settings.Lookup(string(item.Kind))
	if now := setting.Get(v.settings.Now()); now != "" && item.Kind != trust.OfBundle {
		return now + " " + item.Value
	}
	return item.Value
}

// unanswered is the failure when nobody is there to allow items.
func (v *Vault) unanswered(profile string, items []trust.Item, cause error) error {
	lines := make([]string, 0, len(items))
	for _, item := range items {
		lines = append(lines, fmt.Sprintf("%s = %s", item.Kind, v.listed(item)))
	}
	return vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "nobody is there to allow Vaultbar to %s", strings.Join(trust.Effects(profile, items), " and ")).WithCause(cause).
		WithHint("run it at a terminal to be asked, or allow it by the settings, in %s: %s", v.settings.File(), strings.Join(lines, "; "))
}
