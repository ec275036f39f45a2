package access

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
)

// slowPerson answers questions once they are told to.
type slowPerson struct {
	asked  chan struct{}
	answer chan string // empty for a question that is taken back
}

// Ask is part of asker.
func (p slowPerson) Ask(ctx context.Context, _ vaultcore.Question) (vaultcore.Secret, error) {
	p.asked <- struct{}{}
	select {
	case answer := <-p.answer: // even when it is taken back in this moment
		return vaultcore.NewSecret(answer), nil
	case <-ctx.Done():
		return vaultcore.Secret{}, ctx.Err()
	}
}

// TestALockTakesQuestionsBack: a question that waits when it is locked is taken back, and
// an answer that comes at the same moment allows nothing, then or later.
func TestALockTakesQuestionsBack(t *testing.T) {
	for _, answer := range []string{"", "hour", "runs"} {
		for _, op := range []string{"credentials", "serve-caller"} {
			person := slowPerson{make(chan struct{}), make(chan string, 1)}
			grants := NewGrants(func() time.Duration { return time.Hour }, func() {})
			l := New(Options{
				Service: keychain{unlock: func(context.Context) error { return nil }}, File: filepath.Join(t.TempDir(), "locked"),
				Log: slog.New(slog.DiscardHandler), Drop: func() {}, Changed: func() {}, Begin: func() func() { return func() {} },
			})
			own := settings.Settings{Profiles: map[string]settings.Profile{"prod": {Protected: settings.Asked, Agents: settings.AgentsDefault}}}
			programs := NewPrograms(ProgramOptions{
				Prompter: person, Settings: func() settings.Settings { return own }, Locked: l.Locked, Grants: grants, Life: l.Open,
				Profile: func(_ context.Context, name string) settings.Profile { return own.Rule(name) },
				Account: func(context.Context, string) string { return "" },
			})
			caller := from(process(8, "terraform", "tf"), shell(7))
			use := agent.Use{Operation: operation(t, op), Profile: "prod", Caller: func() vaultcore.Caller { return caller }}
			ended := make(chan error)
			go func() {
				ended <- programs.Around(t.Context(), use, func(context.Context) error { t.Error("served"); return nil })
			}()
			<-person.asked
			if answer != "" {
				l.shut(errShut) // the beginning of a lock, and the answer before its end
				person.answer <- answer
			}
			if err := l.Lock(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := <-ended; !errors.Is(err, vaultcore.ErrLocked) {
				t.Errorf("%s, answered %q: %v", op, answer, err)
			}
			if list := grants.List(); len(list) > 0 {
				t.Errorf("%s, answered %q: %+v", op, answer, list)
			}
		}
	}
}

// TestALockTakesBackWhatSandboxesAsk is the same for programs in containers.
func TestALockTakesBackWhatSandboxesAsk(t *testing.T) {
	person := slowPerson{make(chan struct{}), make(chan string, 1)}
	open, shut := context.WithCancelCause(t.Context())
	sandboxes := NewSandboxes(person, Policy{
		Now: func() settings.Sandboxes { return settings.SandboxesAsk }, Life: func() context.Context { return open },
		Always: func(context.Context) error { t.Error("always"); return nil },
	}, func() bool { return open.Err() != nil })
	caller := vaultcore.Caller{Sandbox: func() string { return "a container" }}
	use := agent.Use{Operation: operation(t, "credentials"), Profile: "prod", Caller: func() vaultcore.Caller { return caller }}
	ended := make(chan error)
	go func() {
		ended <- sandboxes.Around(t.Context(), use, func(context.Context) error { t.Error("served"); return nil })
	}()
	<-person.asked
	shut(errShut)
	if err := <-ended; !errors.Is(err, vaultcore.ErrLocked) {
		t.Errorf("then: %v", err)
	}
}

// TestThreeWrongUnlocks: who guesses three times has waited for 0.6 s before the right
// answer counts.
func TestThreeWrongUnlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		l := locked(t, func(context.Context) error {
			if tries++; tries <= 3 {
				return vaultcore.ErrKeychain
			}
			return nil
		})
		began := time.Now()
		for l.Locked() {
			_ = l.Unlock(t.Context(), agent.UnlockRequest{})
		}
		if waited := time.Since(began); tries != 4 || waited < 600*time.Millisecond {
			t.Errorf("%d tries in %v", tries, waited)
		}
	})
}
