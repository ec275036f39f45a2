package vault

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// sitting is a person at a terminal who gives one answer to every question, and
// which questions they got.
type sitting struct {
	answer string
	mu     sync.Mutex
	got    []vaultcore.Question // guarded by mu
}

func (p *sitting) caller() vaultcore.Caller {
	return vaultcore.Caller{
		Program: "tofu", Dir: "~/lab", Terminal: vaultcore.TerminalAttended, Person: func() bool { return true },
		Ask: func(_ context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.got = append(p.got, q)
			if p.answer == answerNo {
				return vaultcore.Secret{}, vaultcore.ErrCanceled
			}
			return vaultcore.NewSecret(p.answer), nil
		},
	}
}

func (p *sitting) asked() []vaultcore.Question {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]vaultcore.Question(nil), p.got...)
}

// distrust takes all that is trusted out of the settings.
func distrust(t *testing.T, s *Vault) {
	t.Helper()
	for _, key := range []string{"trusted_endpoints", "trusted_sign_in_endpoints"} {
		if err := settings.Set(s.settings.File(), key, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.reload(); err != nil {
		t.Fatal(err)
	}
}

// follows says whether the session of a profile would be renewed.
func follows(t *testing.T, s *Vault, profile string) bool {
	t.Helper()
	followed := false
	s.pool.FollowOnly(nil, func(prepared *session.Prepared) *session.Prepared {
		followed = followed || prepared.Plan.Profile == profile
		return prepared
	})
	return followed
}

// TestAnswers holds what each answer to the question about an endpoint means.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		answer  string
		second  int  // questions after the second request
		trusted bool // afterwards
		kept    bool // the session is renewed in the background
	}{{answerNo, 1, false, false}, {answerOnce, 2, false, false}, {answerAlways, 1, true, true}} {
		t.Run(c.answer, func(t *testing.T) {
			s, world := newVault(t, inMemory)
			distrust(t, s)
			person := &sitting{answer: c.answer}
			for range 2 {
				_, err := s.Credentials(t.Context(), agent.CredentialsRequest{Profile: "robot", Caller: person.caller()})
				if (err == nil) != (c.answer != answerNo) || err != nil && !errors.Is(err, vaultcore.ErrCanceled) {
					t.Fatalf("credentials: %v", err)
				}
				if c.answer == answerNo {
					break // the second is asked again: a person at a terminal is
				}
			}
			asked := person.asked()
			if len(asked) != c.second {
				t.Fatalf("asked %d times", len(asked))
			}
			if got := asked[0].Subject; got != subjectOf("robot", []trust.Item{{Kind: trust.OfEndpoint, Value: world.Server.URL()}}) {
				t.Errorf("asked %q", got)
			}
			if (len(world.Server.Calls()) > 0) == (c.answer == answerNo) {
				t.Errorf("AWS was asked %d times", len(world.Server.Calls()))
			}
			if got := len(s.settings.Now().TrustedEndpoints) > 0; got != c.trusted {
				t.Errorf("trusted afterwards: %v", got)
			}
			if got := follows(t, s, "robot"); got != c.kept {
				t.Errorf("renewed in the background: %v", got)
			}
		})
	}
}

// TestDistrustEndsRenewals: what is trusted no more renews nothing.
func TestDistrustEndsRenewals(t *testing.T) {
	s, _ := newVault(t, inMemory)
	if _, err := s.Credentials(t.Context(), agent.CredentialsRequest{Profile: "robot"}); err != nil {
		t.Fatal(err)
	}
	if !follows(t, s, "robot") {
		t.Fatal("a session in use is not renewed")
	}
	distrust(t, s)
	if follows(t, s, "robot") {
		t.Error("a session is renewed at an endpoint that is trusted no more")
	}
}

// TestLeavingEndsTheQuestion: nobody waits, nothing is open.
func TestLeavingEndsTheQuestion(t *testing.T) {
	s, _ := newVault(t, inMemory)
	distrust(t, s)
	ctx, leave := context.WithCancel(t.Context())
	caller := (&sitting{}).caller()
	caller.Ask = func(ctx context.Context, _ vaultcore.Question) (vaultcore.Secret, error) {
		leave()
		<-ctx.Done()
		return vaultcore.Secret{}, ctx.Err()
	}
	if _, err := s.Credentials(ctx, agent.CredentialsRequest{Profile: "robot", Caller: caller}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	for {
		next := s.changed.Next()
		if len(s.prompter.Open()) == 0 {
			return
		}
		<-next // it ends a moment later
	}
}

// TestTheMenuPassesTheTrustedProxy: without variables of a program, as for a
// renewal after a restart, the first proxy is used that is trusted, and the
// certificates that are.
func TestTheMenuPassesTheTrustedProxy(t *testing.T) {
	s, world := newVault(t, inMemory)
	proxy := awstest.NewProxy(t, world.Server)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, proxy.CA(), 0o600); err != nil {
		t.Fatal(err)
	}
	config := strings.ReplaceAll(world.Config(), "\n\n", "\n") + "[profile robot]\nregion = us-east-1\n"
	for _, err := range []error{
		os.WriteFile(s.paths.Config, []byte(config), 0o600),
		settings.Set(s.settings.File(), "trusted_proxies", proxy.URL()+" http://other.example.com:3128"),
		settings.Set(s.settings.File(), "ca_bundle", ca), s.reload(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if _, err := s.Credentials(t.Context(), agent.CredentialsRequest{Profile: "robot", Caller: vaultcore.Click("robot")}); err != nil {
			t.Fatal(err)
		}
	}
	if hosts := proxy.Hosts(); len(hosts) != 1 || hosts[0] != "sts.us-east-1.amazonaws.com:443" {
		t.Errorf("the proxy was asked for %q", hosts)
	}
	if !follows(t, s, "robot") {
		t.Error("the session is not renewed")
	}
}

// TestManyConfigs: only so many are kept, and the one of everybody stays known.
func TestManyConfigs(t *testing.T) {
	s, _ := newVault(t, inMemory)
	dir := t.TempDir()
	for i := range 3 * maxConfigs {
		path := filepath.Join(dir, "config"+string(rune('a'+i%26))+string(rune('a'+i/26)))
		ctx := vaultcore.WithEnvironment(t.Context(), vaultcore.Environment{}.With("AWS_CONFIG_FILE", path))
		if snapshot, err := s.Snapshot(ctx); err != nil || len(snapshot.Profiles) != 0 || snapshot.Config != path {
			t.Fatalf("%s: %d profiles of %s, %v", path, len(snapshot.Profiles), snapshot.Config, err)
		}
		if _, err := s.Credentials(t.Context(), agent.CredentialsRequest{Profile: "robot"}); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.configs.open) != maxConfigs {
		t.Errorf("%d configs are kept", len(s.configs.open))
	}
}

// TestTheQuestionForACodeNamesWhereItGoes: a code that does not go to AWS itself is
// asked for with a word about that.
func TestTheQuestionForACodeNamesWhereItGoes(t *testing.T) {
	s, world := newVault(t, inMemory)
	answer := freshCodes(world)
	var asked vaultcore.Question
	person := (&sitting{}).caller()
	person.Ask = func(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
		asked = q
		return answer(ctx, q)
	}
	if _, err := s.Credentials(t.Context(), agent.CredentialsRequest{Profile: "bastion-system", Caller: person}); err != nil {
		t.Fatal(err)
	}
	if asked.Kind != vaultcore.AskMFA || asked.Notice != "AWS is asked at "+world.Server.URL()+"." {
		t.Errorf("%s: %q", asked.Kind, asked.Notice)
	}
}
