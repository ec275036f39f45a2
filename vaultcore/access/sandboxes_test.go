package access

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
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

// request has a program in this sandbox use an operation, and says whether it was done.
func request(t *testing.T, b *Sandboxes, sandbox, name string) error {
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
	err := b.Refuse(t.Context(), use, func(ctx context.Context) error {
		return b.Around(ctx, use, func(context.Context) error { done = true; return nil })
	})
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
			err := request(t, watched(c.person, c.policy, c.locked), c.box, c.op)
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
				if err := request(t, b, "b", "credentials"); err != nil {
					t.Error(err)
				}
			})
		}
		callers.Wait()
		if len(person.asked) != 1 {
			t.Errorf("asked %d times for ten programs", len(person.asked))
		}
		for _, box := range []string{"b", "c"} {
			if err := request(t, b, box, "credentials"); err != nil {
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
		if err := request(t, b, "b", "credentials"); err != nil {
			t.Error(err)
		}
	}
	if len(person.asked) != 1 {
		t.Errorf("asked %d times", len(person.asked))
	}
}

// TestOneQuestionSaysBoth: a program in a container that wants a protected profile is one
// question, in words that say both; what the person allows there is for that one process,
// and what they have allowed outside is nothing in there.
func TestOneQuestionSaysBoth(t *testing.T) {
	inside := func(pid int) vaultcore.Caller {
		caller := from(messenger(pid+1), process(pid, "terraform", "tf"), shell(20))
		caller.Sandbox = func() string { return "namespaces" }
		return caller
	}
	outside := from(messenger(5), process(4, "terraform", "tf"), shell(20))
	agents := inside(30)
	agents.Env, _ = vaultcore.NewEnvironment(map[string]string{"CLAUDECODE": "1"})
	unknown := vaultcore.Caller{Chain: func() vaultcore.Chain { return nil }, Sandbox: func() string { return "namespaces" }}
	for _, c := range []struct {
		name, profile, answer string
		policy                settings.Sandboxes
		callers               []vaultcore.Caller
		want                  error
	}{
		{"once", "prod", "once", settings.SandboxesAsk, []vaultcore.Caller{inside(10)}, nil},
		{"denied", "prod", "no", settings.SandboxesAsk, []vaultcore.Caller{inside(10)}, vaultcore.ErrCanceled},
		{"nobody", "prod", "", settings.SandboxesAsk, []vaultcore.Caller{inside(10)}, vaultcore.ErrNobodyToAsk},
		{"not protected", "plain", "once", settings.SandboxesAsk, []vaultcore.Caller{inside(10)}, nil},
		{"an agent", "asks", "once", settings.SandboxesAsk, []vaultcore.Caller{agents}, nil},
		{"a process nobody knows", "prod", "once", settings.SandboxesAsk, []vaultcore.Caller{unknown}, nil},
		{"containers are allowed", "prod", "once", settings.SandboxesAllow, []vaultcore.Caller{inside(10)}, nil},
		{"containers are refused", "prod", "once", settings.SandboxesRefuse, []vaultcore.Caller{inside(10)}, vaultcore.ErrNoCredentials},
		{"for an hour", "prod", "hour", settings.SandboxesAsk, []vaultcore.Caller{inside(10), inside(10), inside(12), outside}, nil},
		{"an hour outside", "prod", "hour", settings.SandboxesAsk, []vaultcore.Caller{outside, outside, inside(10)}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, c.answer)
			boxes := NewSandboxes(w, Policy{Now: func() settings.Sandboxes { return c.policy }, Life: t.Context}, func() bool { return false })
			var shown strings.Builder // how each is put to the person, a line each
			for i, caller := range c.callers {
				w.asked = nil
				use := agent.Use{Operation: operation(t, "credentials"), Profile: c.profile, Caller: func() vaultcore.Caller { return caller }}
				served := false
				err := boxes.Refuse(t.Context(), use, func(ctx context.Context) error {
					return w.programs.Around(ctx, use, func(ctx context.Context) error {
						return boxes.Around(ctx, use, func(context.Context) error { served = true; return nil })
					})
				})
				if !errors.Is(err, c.want) || served != (c.want == nil) {
					t.Errorf("%d: served %t, %v", i, served, err)
				}
				var asked []string
				for _, q := range w.asked {
					asked = append(asked, q.Who())
				}
				fmt.Fprintf(&shown, "%d: %s\n", i, cmp.Or(strings.Join(asked, " | "), "is not asked about"))
			}
			golden.Message(t, "", shown.String())
		})
	}
}
