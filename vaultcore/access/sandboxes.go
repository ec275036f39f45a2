package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/agent/socket"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
)

// boxes decide about programs in containers and sandboxes. The kernel says that such
// a program is of our user, and still it was put where it is so as not to be us:
// what it would be handed or would change is asked of the person, unless the
// settings decide. It may look at all that is no secret, and lock.
//
// The rule is in one place, here, and is asked for every operation that package
// agent does not call harmless, a new one included.
type boxes struct {
	desk   approver
	policy func() settings.Sandboxes
	always func(context.Context) error // allows all of them from now on
	locked func() bool

	turn turn // of whoever asks the person

	mu      sync.Mutex     // guards what follows
	moment  int            // counts who comes and what is allowed
	waiting int            // programs that wait for the person
	allowed map[string]int // by box and subject: the moment of the person's yes, while others wait
}

// approver puts a question to the person.
type approver interface {
	Ask(context.Context, vaultcore.Question) (vaultcore.Secret, error)
}

func newBoxes(desk approver, policy func() settings.Sandboxes, always func(context.Context) error, locked func() bool) *boxes {
	return &boxes{desk: desk, policy: policy, always: always, locked: locked, turn: newTurn(), allowed: make(map[string]int)}
}

// admit is asked by the server before each operation. It may return:
// ErrNoCredentials when the settings refuse, ErrCanceled, ErrNobodyToAsk.
func (b *boxes) admit(ctx context.Context, conn net.Conn, a agent.Admission) error {
	return b.decide(ctx, socket.Box(conn), a)
}

func (b *boxes) decide(ctx context.Context, box string, a agent.Admission) error {
	if box == "" || b.locked() && !doneWhileLocked(a.Op) {
		return nil
	}
	switch b.policy() {
	case settings.SandboxesAllow:
		return nil
	case settings.SandboxesRefuse:
		return vaultcore.Faultf(vaultcore.ErrNoCredentials, "the settings refuse what a program in a container or sandbox asks for").
			WithHint("outside of it: `vaultbar settings set sandboxes ask`")
	}
	caller := a.Caller()
	caller.Profile = a.Profile
	return b.ask(vaultcore.WithAudience(ctx, vaultcore.Alone(&caller)), box, boxSubject(a))
}

// doneWhileLocked says whether an operation is done although the keys are locked:
// what is refused anyway is no reason to ask anybody.
func doneWhileLocked(op string) bool { return op == "unlock" || op == "stop" }

// ask asks the person, once for all who wait with the same request from the same
// container.
func (b *boxes) ask(ctx context.Context, box, subject string) error {
	came, leave := b.come()
	defer leave()
	if err := b.turn.take(ctx); err != nil {
		return err
	}
	defer b.turn.give()
	if b.policy() == settings.SandboxesAllow || b.allowedSince(box+subject, came) {
		return nil
	}
	answer, err := b.desk.Ask(ctx, vaultcore.Approval(subject,
		vaultcore.Choice{ID: "no", Label: "No"}, vaultcore.Choice{ID: "once", Label: "Once"},
		vaultcore.Choice{ID: "always", Label: "Always, any container"}))
	switch {
	case errors.Is(err, vaultcore.ErrNobodyToAsk):
		return vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "a program in a container or sandbox asks, and there is nobody to allow it: no desktop, or no prompt is wanted").
			WithHint("be at the desktop to be asked, or allow all of them, outside of it: `vaultbar settings set sandboxes allow`")
	case err != nil:
		return err
	}
	b.allow(box + subject)
	if answer.Reveal() == "always" {
		return b.always(ctx)
	}
	return nil
}

func (b *boxes) come() (came int, leave func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.waiting++
	b.moment++
	return b.moment, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.waiting--; b.waiting == 0 {
			clear(b.allowed)
		}
	}
}

func (b *boxes) allow(what string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.moment++
	b.allowed[what] = b.moment
}

func (b *boxes) allowedSince(what string, came int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.allowed[what] > came
}

// boxSubject is what the person is asked to allow.
func boxSubject(a agent.Admission) string {
	profile := vaultcore.Printable(a.Profile)
	const where = "in a container or sandbox"
	switch {
	case a.Op == "credentials" && a.NoSession:
		return fmt.Sprintf("Give the long-term key of %s to a program %s?", profile, where)
	case a.Op == "credentials":
		return fmt.Sprintf("Give credentials of %s to a program %s?", profile, where)
	case a.Op == "login":
		return fmt.Sprintf("Let a program %s sign in to the console as %s?", where, profile)
	case profile != "":
		return fmt.Sprintf("Let a program %s do this: %s %s?", where, vaultcore.Printable(a.Op), profile)
	default:
		return fmt.Sprintf("Let a program %s do this: %s?", where, vaultcore.Printable(a.Op))
	}
}

// allowBoxes writes down that programs in containers and sandboxes get what they ask
// for. The person was asked.
func (s *service) allowBoxes(ctx context.Context) error {
	if err := s.edit.take(ctx); err != nil {
		return err
	}
	defer s.edit.give()
	if err := s.write(ctx, agent.SetRequest{Key: "sandboxes", Value: string(settings.SandboxesAllow)}); err != nil {
		return err
	}
	return s.reload()
}
