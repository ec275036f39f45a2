package access

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
)

// judge is a person who answers approvals.
type judge struct {
	answer string
	err    error
	takes  time.Duration

	mu    sync.Mutex
	asked []vaultcore.Question // guarded by mu
}

func (j *judge) Ask(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
	time.Sleep(j.takes)
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, caller := range vaultcore.AudienceOf(ctx).Callers() {
		q.Waiting = append(q.Waiting, *caller)
	}
	j.asked = append(j.asked, q)
	return vaultcore.NewSecret(j.answer), j.err
}

// watched makes sandboxes whose policy is what the person has made of it.
func watched(j *judge, policy settings.Sandboxes, locked bool) *Sandboxes {
	var mu sync.Mutex
	return NewSandboxes(j, Policy{
		Life: context.Background,
		Now:  func() settings.Sandboxes { mu.Lock(); defer mu.Unlock(); return policy },
		Always: func(context.Context) error {
			mu.Lock()
			defer mu.Unlock()
			policy = settings.SandboxesAllow
			return nil
		},
	}, func() bool { return locked })
}

// errand has a program in this sandbox use an operation, and says whether it was done.
func errand(t *testing.T, b *Sandboxes, sandbox, name string) error {
	t.Helper()
	use := agent.Use{Operation: agent.Operation{Name: name}, Profile: "prod", Caller: func() vaultcore.Caller {
		return vaultcore.Caller{Program: "terraform", Sandbox: func() string { return sandbox }}
	}}
	for _, o := range agent.Operations() {
		if o.Name == name {
			use.Operation = o
		}
	}
	done := false
	err := b.Around(t.Context(), use, func(context.Context) error { done = true; return nil })
	if done != (err == nil) {
		t.Errorf("%s: %v, done: %t", name, err, done)
	}
	return err
}

func TestSandboxes(t *testing.T) {
	for _, c := range []struct {
		name, box, op string
		policy        settings.Sandboxes
		locked        bool
		person        *judge
		want          error
		asked         int
	}{
		{"outside", "", "credentials", settings.SandboxesRefuse, false, &judge{}, nil, 0},
		{"once", "b", "credentials", settings.SandboxesAsk, false, &judge{answer: "once"}, nil, 1},
		{"no", "b", "credentials", settings.SandboxesAsk, false, &judge{err: vaultcore.ErrCanceled}, vaultcore.ErrCanceled, 1},
		{"nobody", "b", "credentials", settings.SandboxesAsk, false, &judge{err: vaultcore.ErrNobodyToAsk}, vaultcore.ErrNobodyToAsk, 1},
		{"allowed", "b", "credentials", settings.SandboxesAllow, false, &judge{}, nil, 0},
		{"refused", "b", "credentials", settings.SandboxesRefuse, false, &judge{}, vaultcore.ErrNoCredentials, 0},
		{"harmless", "b", "snapshot", settings.SandboxesRefuse, false, &judge{}, nil, 0},
		{"another operation", "b", "forget", settings.SandboxesAsk, false, &judge{err: vaultcore.ErrCanceled}, vaultcore.ErrCanceled, 1},
		{"an operation to come", "b", "teleport", settings.SandboxesAsk, false, &judge{err: vaultcore.ErrCanceled}, vaultcore.ErrCanceled, 1},
		{"locked", "b", "credentials", settings.SandboxesAsk, true, &judge{}, nil, 0},
		{"unlocking", "b", "unlock", settings.SandboxesAsk, true, &judge{err: vaultcore.ErrCanceled}, vaultcore.ErrCanceled, 1},
		{"stopping while locked", "b", "stop", settings.SandboxesAsk, true, &judge{err: vaultcore.ErrCanceled}, vaultcore.ErrCanceled, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := errand(t, watched(c.person, c.policy, c.locked), c.box, c.op)
			if !errors.Is(err, c.want) || c.want == nil && err != nil || len(c.person.asked) != c.asked {
				t.Errorf("%v after %d questions", err, len(c.person.asked))
			}
			if err != nil && !errors.Is(err, vaultcore.ErrCanceled) && vaultcore.Hint(err) == "" {
				t.Errorf("no hint: %v", err)
			}
			if c.asked == 1 {
				q := c.person.asked[0]
				if !strings.Contains(q.Subject, "prod") || !strings.Contains(q.Subject, "container") || len(q.Waiting) != 1 || q.Waiting[0].Program != "terraform" {
					t.Errorf("asked %+v", q)
				}
			}
		})
	}
}

// What is allowed once is allowed to all who wait for it in the same container, and
// to nobody later or elsewhere.
func TestOnceIsForThoseWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		person := &judge{answer: "once", takes: time.Minute}
		b := watched(person, settings.SandboxesAsk, false)
		var callers sync.WaitGroup
		for range 10 {
			callers.Go(func() {
				if err := errand(t, b, "b", "credentials"); err != nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
		if len(person.asked) != 1 {
			t.Errorf("asked %d times for ten programs", len(person.asked))
		}
		for _, box := range []string{"b", "c"} {
			if err := errand(t, b, box, "credentials"); err != nil {
				t.Error(err)
			}
		}
		if len(person.asked) != 3 {
			t.Errorf("asked %d times in all, want 3", len(person.asked))
		}
	})
}

func TestAlwaysIsForGood(t *testing.T) {
	person := &judge{answer: "always"}
	b := watched(person, settings.SandboxesAsk, false)
	for range 3 {
		if err := errand(t, b, "b", "credentials"); err != nil {
			t.Error(err)
		}
	}
	if len(person.asked) != 1 {
		t.Errorf("asked %d times", len(person.asked))
	}
}
