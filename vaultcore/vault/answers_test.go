package vault

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/approval"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// route is a way to AWS that nobody has allowed yet.
type route struct {
	ctx   context.Context // of a program that has it
	items []trust.Item
}

// untrustedEndpoint is that of a profile whose config has an endpoint.
func untrustedEndpoint(t *testing.T, s *Vault, world awstest.World) route {
	distrust(t, s)
	return route{t.Context(), []trust.Item{{Kind: trust.OfEndpoint, Value: world.Server.URL()}}}
}

// untrustedProxy is that of a program whose environment has a company's proxy and its
// certificates.
func untrustedProxy(t *testing.T, s *Vault, world awstest.World) route {
	distrust(t, s)
	proxy := awstest.NewProxy(t, world.Server)
	ca := proxyCA(t, proxy)
	if err := os.WriteFile(s.paths.Config, []byte("[profile robot]\nregion = us-east-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	env := vaultcore.Environment{}.With("HTTPS_PROXY", proxy.URL()).With("AWS_CA_BUNDLE", ca)
	return route{vaultcore.WithEnvironment(t.Context(), env), []trust.Item{{Kind: trust.OfProxy, Value: proxy.URL()}, {Kind: trust.OfBundle, Value: ca}}}
}

// TestAnswers holds what each answer to the question about a way to AWS means. Always is
// also the answer for renewals, which nobody waits for.
func TestAnswers(t *testing.T) {
	for name, way := range map[string]func(*testing.T, *Vault, awstest.World) route{"endpoint": untrustedEndpoint, "proxy": untrustedProxy} {
		for _, c := range []struct {
			answer  string
			second  int  // questions after the second request
			trusted bool // afterwards
			kept    bool // the session is renewed in the background
		}{{approval.No, 1, false, false}, {approval.Once, 2, false, false}, {approval.Always, 1, true, true}} {
			t.Run(name+" "+c.answer, func(t *testing.T) {
				s, world := newVault(t, inMemory)
				route := way(t, s, world)
				person := &sitting{answer: c.answer}
				for range 2 {
					_, err := s.Credentials(route.ctx, agent.CredentialsRequest{Profile: "robot", Caller: person.caller()})
					if (err == nil) != (c.answer != approval.No) || err != nil && !errors.Is(err, vaultcore.ErrCanceled) {
						t.Fatalf("credentials: %v", err)
					}
					if c.answer == approval.No {
						break // the second is asked again: a person at a terminal is
					}
				}
				if asked := person.asked(); len(asked) != c.second || asked[0].Subject != trust.Question("robot", route.items) {
					t.Fatalf("asked %+v", asked)
				}
				if (len(world.Server.Calls()) > 0) == (c.answer == approval.No) {
					t.Errorf("AWS was asked %d times", len(world.Server.Calls()))
				}
				for _, item := range route.items {
					if got := s.approver.Trusts(item); got != c.trusted {
						t.Errorf("%v is trusted afterwards: %v", item, got)
					}
				}
				if got := follows(t, s, "robot"); got != c.kept {
					t.Fatalf("renewed in the background: %v", got)
				}
				if c.kept {
					renewed(t, s, world)
				}
				if asked := person.asked(); len(asked) != c.second {
					t.Errorf("asked %d times in the end", len(asked))
				}
			})
		}
	}
}

// renewed renews the session of robot as its time would: without a program, by what is
// planned anew for it.
func renewed(t *testing.T, s *Vault, world awstest.World) {
	t.Helper()
	var next *session.Prepared
	s.pool.FollowOnly(nil, func(prepared *session.Prepared) *session.Prepared {
		next = s.again(t.Context(), prepared)
		return next
	})
	if next == nil {
		t.Fatal("nothing is planned for its renewal")
	}
	if _, err := s.Clear(t.Context(), agent.ClearRequest{Profile: "robot"}); err != nil { // one of just now is new enough
		t.Fatal(err)
	}
	calls := len(world.Server.Calls())
	if err := s.pool.Renew(t.Context(), next, &vaultcore.Caller{}); err != nil || len(world.Server.Calls()) == calls {
		t.Errorf("%d calls for a renewal, %v", len(world.Server.Calls())-calls, err)
	}
}
