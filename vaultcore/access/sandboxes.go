package access

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"golang.org/x/sync/semaphore"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/inflight"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
)

// Policy is what the settings say about programs in containers and sandboxes.
type Policy struct {
	Now    func() settings.Sandboxes
	Always func(context.Context) error // has all of them allowed from now on
	Life   func() context.Context      // under which questions are asked: until the next lock
	Log    *slog.Logger                // may be nil
}

// Sandboxes decide about programs in containers and sandboxes. The kernel says that
// such a program is of our user, and still it was put where it is so as not to be us:
// what it would be handed or would change is asked of the person, unless the
// settings decide. It may look at all that is no secret, and lock.
//
// The rule is in one place, here, and is asked for every operation that package
// agent does not call harmless, a new one included. Where [Programs] had to ask about
// the profile as well, that question has said both.
type Sandboxes struct {
	prompter asker
	policy   Policy
	locked   func() bool

	approvals *inflight.Answers   // by sandbox and subject
	asking    *semaphore.Weighted // of whoever asks the person: an "always" answers the next
}

// asker puts a question to the person.
type asker interface {
	Ask(context.Context, vaultcore.Question) (vaultcore.Secret, error)
}

// NewSandboxes makes the decision, which is none while it is locked.
func NewSandboxes(prompter asker, policy Policy, locked func() bool) *Sandboxes {
	return &Sandboxes{prompter: prompter, policy: policy, locked: locked, approvals: inflight.NewAnswers(policy.Log), asking: semaphore.NewWeighted(1)}
}

// Refuse refuses what the settings refuse to containers and sandboxes, before anybody is
// asked about it. It may return: ErrNoCredentials. It is an [agent.Around], to stand
// outside of [Programs.Around].
func (b *Sandboxes) Refuse(ctx context.Context, use agent.Use, do func(context.Context) error) error {
	if b.policy.Now() == settings.SandboxesRefuse && b.concerned(use) != "" {
		return vaultcore.Faultf(vaultcore.ErrNoCredentials, "the settings refuse requests from containers and sandboxes").
			WithHint("to be asked instead, run `vaultbar settings set sandboxes ask` outside of it")
	}
	return do(ctx)
}

// Around asks before an operation that is not harmless. It may return: ErrCanceled,
// ErrNobodyToAsk. It is an [agent.Around], to stand inside of [Programs.Around].
func (b *Sandboxes) Around(ctx context.Context, use agent.Use, do func(context.Context) error) error {
	if sandbox := b.concerned(use); sandbox != "" {
		if err := b.admit(ctx, use, sandbox); err != nil {
			return err
		}
	}
	return do(ctx)
}

// concerned names the container or sandbox that something is asked for from; empty where
// there is nothing to decide. What is refused anyway, because the keys are locked, is no
// reason to ask anybody.
func (b *Sandboxes) concerned(use agent.Use) string {
	if use.Harmless || b.locked() && use.WhileLocked == "" {
		return ""
	}
	return sandboxOf(use.Caller())
}

// sandboxOf names the container or sandbox that a caller runs in; empty for none.
func sandboxOf(caller vaultcore.Caller) string {
	if caller.Sandbox == nil {
		return ""
	}
	return caller.Sandbox()
}

// admit asks about a program in a container or sandbox, where the person has not just been
// asked about it, or allowed it before: then they were told where it runs.
func (b *Sandboxes) admit(ctx context.Context, use agent.Use, sandbox string) error {
	switch {
	case agent.Decided(ctx).By != "":
		return nil
	case b.policy.Now() == settings.SandboxesAllow:
		agent.Allow(ctx, "settings", 0)
		return nil
	}
	caller := use.Caller()
	caller.Profile = use.Profile
	return b.ask(vaultcore.WithAudience(ctx, vaultcore.Alone(&caller)), sandbox, subject(use))
}

// ask asks the person, once for all who wait with the same request from the same
// container.
func (b *Sandboxes) ask(ctx context.Context, sandbox, subject string) error {
	life, decided := b.policy.Life(), agent.Decided(ctx)
	answer, err := b.approvals.Do(ctx, life, vaultcore.AudienceOf(ctx), sandbox+subject, func(ctx context.Context) (string, error) {
		ctx, release := agent.HoldNotes(ctx) // for who keeps account of the answer
		defer release()
		agent.Asks(ctx, decided.Chain, decided.Agent)
		return b.put(ctx, subject)
	})
	switch {
	case life.Err() != nil:
		return context.Cause(life)
	case errors.Is(err, vaultcore.ErrNobodyToAsk):
		return vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "a program in a container or sandbox needs approval, but there is nobody to ask: no desktop, or prompts are turned off").
			WithHint("answer on the desktop, or allow all of them by `vaultbar settings set sandboxes allow` outside of it")
	case err != nil:
		return err
	}
	agent.Allow(ctx, answer, 0)
	return nil
}

// put asks, and keeps an "always".
func (b *Sandboxes) put(ctx context.Context, subject string) (string, error) {
	if err := b.asking.Acquire(ctx, 1); err != nil {
		return "", err
	}
	defer b.asking.Release(1)
	if b.policy.Now() == settings.SandboxesAllow {
		return "once", nil
	}
	answer, err := b.prompter.Ask(ctx, vaultcore.Approval(subject,
		vaultcore.Choice{ID: "no", Label: "No"}, vaultcore.Choice{ID: "once", Label: "Once"},
		vaultcore.Choice{ID: "always", Label: "Always, any container"}))
	if err == nil && answer.Reveal() == "always" {
		err = b.policy.Always(ctx)
	}
	return answer.Reveal(), err
}

// sandboxed is where a program is that runs in one of these.
const sandboxed = "a container or sandbox"

// subject is what the person is asked to allow.
func subject(use agent.Use) string {
	profile := vaultcore.Printable(use.Profile)
	const where = "in " + sandboxed
	switch {
	case use.Name == "credentials" && use.NoSession:
		return fmt.Sprintf("Give the long-term key of %s to a program %s?", profile, where)
	case use.Name == "credentials":
		return fmt.Sprintf("Give credentials of %s to a program %s?", profile, where)
	case use.Name == "login":
		return fmt.Sprintf("Let a program %s sign in to the console as %s?", where, profile)
	case profile != "":
		return fmt.Sprintf("Let a program %s do this: %s %s?", where, vaultcore.Printable(use.Name), profile)
	default:
		return fmt.Sprintf("Let a program %s do this: %s?", where, vaultcore.Printable(use.Name))
	}
}
