package agent_test

import (
	"context"
	"errors"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
)

var approval = vaultcore.Approval("Set links to yes?",
	vaultcore.Choice{ID: "no", Label: "No"}, vaultcore.Choice{ID: "once", Label: "Once"}, vaultcore.Choice{ID: "yes", Label: "Always"})

// TestApprovalTravels: an approval reaches the person whole, and what they chose
// comes back; the process table is looked at when the service asks for it.
func TestApprovalTravels(t *testing.T) {
	looks := 0
	service := asker{ask: func(ctx context.Context, caller vaultcore.Caller) {
		if looks != 0 || !caller.Person() || looks != 1 {
			t.Errorf("looked %d times", looks)
		}
		answer, err := caller.Ask(ctx, approval)
		if answer.Reveal() != "once" || err != nil {
			t.Errorf("answered %q, %v", answer.Reveal(), err)
		}
	}}
	server := &agent.Server{Service: service, Describe: func(net.Conn) vaultcore.Caller {
		return vaultcore.Caller{Person: func() bool { looks++; return true }}
	}}
	_, err := agent.NewClient(agent.ClientOptions{Dial: serve(t, server)}).Credentials(t.Context(), agent.CredentialsRequest{
		Caller: testkit.Person(func(_ context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
			if !reflect.DeepEqual(q, approval) {
				t.Errorf("asked %+v", q)
			}
			return vaultcore.NewSecret("once"), nil
		}),
	})
	if err != nil {
		t.Error(err)
	}
}

// TestWhoKnowsApprovals: a client of an earlier version, which would ask for a
// passphrase in its place, is not asked; nor is one of whose terminal the system
// tells nothing.
func TestWhoKnowsApprovals(t *testing.T) {
	for name, test := range map[string]struct {
		frame string
		known bool
		want  bool
	}{
		"an earlier version": {frame: `{"v":1,"op":"credentials","profile":"prod","tty":true}`, known: true},
		"no person known":    {frame: `{"v":1,"op":"credentials","profile":"prod","tty":true,"approves":true}`},
		"this version":       {frame: `{"v":1,"op":"credentials","profile":"prod","tty":true,"approves":true}`, known: true, want: true},
	} {
		t.Run(name, func(t *testing.T) {
			server := &agent.Server{Service: asker{ask: func(_ context.Context, caller vaultcore.Caller) {
				if (caller.Person != nil) != test.want {
					t.Errorf("can be asked: %t", !test.want)
				}
			}}}
			if test.known {
				server.Describe = func(net.Conn) vaultcore.Caller { return vaultcore.Caller{Person: func() bool { return true }} }
			}
			if got := dial(t, serve(t, server)).say(t, test.frame); !strings.Contains(got, "result") {
				t.Errorf("got %s", got)
			}
		})
	}
}

// TestRefusalTravels: who refuses has refused, on the other side too.
func TestRefusalTravels(t *testing.T) {
	service := asker{ask: func(ctx context.Context, caller vaultcore.Caller) {
		if answer, err := caller.Ask(ctx, approval); !errors.Is(err, vaultcore.ErrCanceled) {
			t.Errorf("answered %q, %v", answer.Reveal(), err)
		}
	}}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	_, err := agent.NewClient(agent.ClientOptions{Dial: serve(t, &agent.Server{Service: service})}).Credentials(ctx, agent.CredentialsRequest{
		Caller: testkit.Person(func(context.Context, vaultcore.Question) (vaultcore.Secret, error) {
			return vaultcore.Secret{}, vaultcore.ErrCanceled
		}),
	})
	if err != nil {
		t.Error(err)
	}
}
