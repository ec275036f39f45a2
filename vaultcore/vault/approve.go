package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// The answers to whether requests may go somewhere else than to AWS.
const (
	answerNo     = "no"
	answerOnce   = "once"   // for those who wait now
	answerAlways = "always" // written to the settings
)

// approvals are the questions about where requests may go that are open. Programs
// that wait for the same items wait for one answer.
type approvals struct {
	mu   sync.Mutex // guards what follows, and the approvals
	open map[string]*approval
}

// approval is one open question and all who wait for it, who are its audience.
type approval struct {
	of      *approvals
	cancel  context.CancelFunc
	callers []*vaultcore.Caller // guarded by of.mu
	changed chan struct{}       // guarded by of.mu: closed at the next change of callers

	done   chan struct{} // closed when the next two are set
	answer string
	err    error
}

// Callers returns who waits, longest first.
func (a *approval) Callers() []*vaultcore.Caller {
	a.of.mu.Lock()
	defer a.of.mu.Unlock()
	return slices.Clone(a.callers)
}

// Changed returns a channel that is closed when anybody joins or leaves.
func (a *approval) Changed() <-chan struct{} {
	a.of.mu.Lock()
	defer a.of.mu.Unlock()
	return a.changed
}

// wait joins the question with this key, which ask puts where nobody has yet, and
// waits for its answer. The last who leaves ends it.
func (s *approvals) wait(ctx, life context.Context, key string, caller *vaultcore.Caller, ask func(context.Context) (string, error)) (string, error) {
	s.mu.Lock()
	a := s.open[key]
	if a == nil {
		a = s.putLocked(life, key, ask)
	}
	a.callers = append(a.callers, caller)
	s.changedLocked(a)
	s.mu.Unlock()
	select {
	case <-a.done:
		return a.answer, a.err
	case <-ctx.Done():
		s.leave(key, a, caller)
		return "", ctx.Err()
	}
}

// putLocked begins to ask. The caller's joining comes first: it waits for the lock.
func (s *approvals) putLocked(life context.Context, key string, ask func(context.Context) (string, error)) *approval {
	ctx, cancel := context.WithCancel(life)
	a := &approval{of: s, cancel: cancel, changed: make(chan struct{}), done: make(chan struct{})}
	if s.open == nil {
		s.open = make(map[string]*approval)
	}
	s.open[key] = a
	go func() {
		defer cancel()
		a.answer, a.err = ask(vaultcore.WithAudience(ctx, a))
		s.mu.Lock()
		if s.open[key] == a {
			delete(s.open, key)
		}
		s.mu.Unlock()
		close(a.done)
	}()
	return a
}

func (s *approvals) leave(key string, a *approval, caller *vaultcore.Caller) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.callers = slices.DeleteFunc(a.callers, func(other *vaultcore.Caller) bool { return other == caller })
	if len(a.callers) == 0 {
		a.cancel()
		if s.open[key] == a {
			delete(s.open, key)
		}
	}
	s.changedLocked(a)
}

func (s *approvals) changedLocked(a *approval) {
	close(a.changed)
	a.changed = make(chan struct{})
}

// permit returns once every item is allowed by the person, and says whether that
// is for now only. It may return: ErrCanceled, ErrNobodyToAsk.
func (s *service) permit(ctx context.Context, caller *vaultcore.Caller, items []trust.Item) (once bool, err error) {
	if len(items) == 0 {
		return false, nil
	}
	answer, err := s.approvals.wait(ctx, s.life, fmt.Sprint(items), caller, func(ctx context.Context) (string, error) {
		return s.ask(ctx, caller.Profile, items)
	})
	return answer == answerOnce, err
}

// ask puts the question about items, and keeps an "always".
func (s *service) ask(ctx context.Context, profile string, items []trust.Item) (string, error) {
	items = slices.DeleteFunc(slices.Clone(items), s.trusts) // an answer that came a moment ago
	if len(items) == 0 {
		return answerAlways, nil
	}
	answer, err := s.desk.Ask(ctx, vaultcore.Approval(subjectOf(profile, items),
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
func (s *service) trusts(item trust.Item) bool {
	lists := s.own().Trust()
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

// trust writes items to the settings.
func (s *service) trust(ctx context.Context, items []trust.Item) error {
	if err := s.edit.take(ctx); err != nil {
		return err
	}
	defer s.edit.give()
	for _, item := range items {
		if err := settings.Set(s.env.folders.Settings(), string(item.Kind), s.listed(item)); err != nil {
			return err
		}
		if err := s.reload(); err != nil {
			return err
		}
	}
	return nil
}

// listed is the setting of an item's kind, with the item in it.
func (s *service) listed(item trust.Item) string {
	setting, _ := settings.Lookup(string(item.Kind))
	if now := setting.Get(s.own()); now != "" && item.Kind != trust.OfBundle {
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
func (s *service) unanswered(profile string, items []trust.Item, cause error) error {
	parts, lines := make([]string, 0, len(items)), make([]string, 0, len(items))
	for _, item := range items {
		parts = append(parts, wishOf(profile, item))
		lines = append(lines, fmt.Sprintf("%s = %s", item.Kind, s.listed(item)))
	}
	fault := vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "nobody is there to allow Vaultbar to %s", strings.Join(parts, " and "))
	fault.Cause = cause
	return fault.WithHint("run it at a terminal to be asked, or allow it by the settings, in %s: %s", s.env.folders.Settings(), strings.Join(lines, "; "))
}
