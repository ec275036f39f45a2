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
func (s *Vault) permit(ctx context.Context, caller *vaultcore.Caller, items []trust.Item) (once bool, err error) {
	if len(items) == 0 {
		return false, nil
	}
	answer, err := s.approvals.Wait(ctx, s.life, fmt.Sprint(items), caller, func(ctx context.Context) (string, error) {
		return s.ask(ctx, caller.Profile, items)
	})
	return answer == answerOnce, err
}

// ask puts the question about items, and keeps an "always".
func (s *Vault) ask(ctx context.Context, profile string, items []trust.Item) (string, error) {
	items = slices.DeleteFunc(slices.Clone(items), s.trusts) // an answer that came a moment ago
	if len(items) == 0 {
		return answerAlways, nil
	}
	answer, err := s.prompter.Ask(ctx, vaultcore.Approval(subjectOf(profile, items),
		vaultcore.Choice{ID: answerNo, Label: "No"}, vaultcore.Choice{ID: answerOnce, Label: "Once"}, vaultcore.Choice{ID: answerAlways, Label: "Always"}))
	if errors.Is(err, vaultcore.ErrNobodyToAsk) {
		return "", s.unanswered(profile, items, err)
	}
	if err != nil || answer.Reveal() != answerAlways {
		s.log.Info("asked where requests may go", "items", fmt.Sprint(items), "allowed", err == nil)
		return answer.Reveal(), err
	}
	if err := s.trust(ctx, items); err != nil {
		return "", err
	}
	s.log.Info("trusted from now on", "items", fmt.Sprint(items))
	return answerAlways, nil
}

// trusts says whether an item is in the person's lists.
func (s *Vault) trusts(item trust.Item) bool {
	lists := s.settings.Now().Trust()
	switch item.Kind {
	case trust.OfEndpoint:
		return slices.Contains(lists.Endpoints, item.Value)
	case trust.OfSignIn:
		return slices.Contains(lists.SignIns, item.Value)
	case trust.OfProxy:
		return slices.Contains(lists.Proxies, item.Value)
	default:
		return lists.Bundle == item.Value
	}
}

// AllowSandboxes writes down that programs in containers and sandboxes get what they
// ask for. The person was asked.
func (s *Vault) AllowSandboxes(ctx context.Context) error {
	if err := s.editing.Acquire(ctx, 1); err != nil {
		return err
	}
	defer s.editing.Release(1)
	if err := s.write(ctx, agent.SetRequest{Key: "sandboxes", Value: string(settings.SandboxesAllow)}); err != nil {
		return err
	}
	return s.reload()
}

// trust writes items to the settings.
func (s *Vault) trust(ctx context.Context, items []trust.Item) error {
	if err := s.editing.Acquire(ctx, 1); err != nil {
		return err
	}
	defer s.editing.Release(1)
	for _, item := range items {
		if err := settings.Set(s.settings.File(), string(item.Kind), s.listed(item)); err != nil {
			return err
		}
		if err := s.reload(); err != nil {
			return err
		}
	}
	return nil
}

// listed is the setting of an item's kind, with the item in it.
func (s *Vault) listed(item trust.Item) string {
	setting, _ := settings.Lookup(string(item.Kind))
	if now := setting.Get(s.settings.Now()); now != "" && item.Kind != trust.OfBundle {
		return now + " " + item.Value
	}
	return item.Value
}

// subjectOf says what is to be allowed, as a question.
func subjectOf(profile string, items []trust.Item) string {
	parts := make([]string, 0, len(items))
	for _, item := range items {
		parts = append(parts, wishOf(profile, item))
	}
	text := parts[0]
	if last := len(parts) - 1; last > 0 {
		text = strings.Join(parts[:last], ", ") + " and " + parts[last]
	}
	return strings.ToUpper(text[:1]) + text[1:] + "?"
}

// wishOf is what one item would mean.
func wishOf(profile string, item trust.Item) string {
	value := vaultcore.PrintableUpTo(item.Value, maxItem)
	of := ""
	if profile != "" {
		of = " for " + vaultcore.Printable(profile)
	}
	switch item.Kind {
	case trust.OfEndpoint:
		return "send the requests" + of + " to " + value + " in place of AWS"
	case trust.OfSignIn:
		return "hand the session" + of + " to " + value + " to sign in to, in place of AWS's console"
	case trust.OfProxy:
		return "reach AWS through the proxy " + value
	default:
		return "believe the certificates in " + value + ", whose owner can read what is sent through a proxy"
	}
}

// maxItem is how much of an address or a path a question shows.
const maxItem = 120

// unanswered is the failure when nobody is there to allow items.
func (s *Vault) unanswered(profile string, items []trust.Item, cause error) error {
	parts, lines := make([]string, 0, len(items)), make([]string, 0, len(items))
	for _, item := range items {
		parts = append(parts, wishOf(profile, item))
		lines = append(lines, fmt.Sprintf("%s = %s", item.Kind, s.listed(item)))
	}
	fault := vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "nobody is there to allow Vaultbar to %s", strings.Join(parts, " and "))
	fault.Cause = cause
	return fault.WithHint("run it at a terminal to be asked, or allow it by the settings, in %s: %s", s.settings.File(), strings.Join(lines, "; "))
}
