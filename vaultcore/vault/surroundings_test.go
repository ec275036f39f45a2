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
	"github.com/vaultbar/vaultbar/vaultcore/approval"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
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
			if p.answer == approval.No {
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
	ca := proxyCA(t, proxy)
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

// TestManyConfigs: whoever names whichever is served by that, and the others by theirs.
func TestManyConfigs(t *testing.T) {
	s, _ := newVault(t, inMemory)
	dir := t.TempDir()
	for i := range 48 {
		path := filepath.Join(dir, "config"+string(rune('a'+i%26))+string(rune('a'+i/26)))
		ctx := vaultcore.WithEnvironment(t.Context(), vaultcore.Environment{}.With("AWS_CONFIG_FILE", path))
		if snapshot, err := s.Snapshot(ctx); err != nil || len(snapshot.Profiles) != 0 || snapshot.Config != path {
			t.Fatalf("%s: %d profiles of %s, %v", path, len(snapshot.Profiles), snapshot.Config, err)
		}
		if _, err := s.Credentials(t.Context(), agent.CredentialsRequest{Profile: "robot"}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestQuestionsNameWhereTheyGo: what is not sent to AWS itself is asked for with a word
// about where it goes, or by which proxy.
func TestQuestionsNameWhereTheyGo(t *testing.T) {
	const portal = "https://corp.awsapps.com/start"
	atEndpoint := func(_ *testing.T, _ *Vault, world awstest.World) (env vaultcore.Environment, where string) {
		return env, world.Server.URL()
	}
	for name, c := range map[string]struct {
		profile string
		kind    vaultcore.QuestionKind
		way     func(*testing.T, *Vault, awstest.World) (env vaultcore.Environment, where string)
	}{
		"a code":                              {"bastion-system", vaultcore.AskMFA, atEndpoint},
		"a page of a sign-in":                 {"sso", vaultcore.AskApproval, atEndpoint},
		"the code of a page":                  {"login", vaultcore.AskSignInCode, atEndpoint},
		"a code, through a proxy":             {"bastion-system", vaultcore.AskMFA, behindAProxy},
		"the code of a page, through a proxy": {"login", vaultcore.AskSignInCode, behindAProxy},
	} {
		t.Run(name, func(t *testing.T) {
			s, world := newVault(t, inMemory)
			world.Server.IdentityCenter(portal)
			extend(t, s, "[profile login]\nregion = us-east-1\nlogin_session = "+world.Account.User("ann").ARN()+"\n"+ssoSession+
				"[profile sso]\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = Admin\n")
			env, where := c.way(t, s, world)
			person := &sitting{answer: approval.No}
			ctx := vaultcore.WithEnvironment(t.Context(), env.With("AWS_LOGIN_CACHE_DIRECTORY", t.TempDir()))
			_, err := s.Credentials(ctx, agent.CredentialsRequest{Profile: c.profile, Caller: person.caller()})
			asked := person.asked()
			if !errors.Is(err, vaultcore.ErrCanceled) || len(asked) != 1 || asked[0].Kind != c.kind {
				t.Fatalf("%v, asked %+v", err, asked)
			}
			golden.Message(t, "", asked[0].Notice, where, "URL")
		})
	}
}

// behindAProxy has the settings trust a company's proxy and its certificates.
func behindAProxy(t *testing.T, s *Vault, world awstest.World) (env vaultcore.Environment, where string) {
	proxy := awstest.NewProxy(t, world.Server)
	ca := proxyCA(t, proxy)
	for _, err := range []error{
		settings.Set(s.settings.File(), "trusted_proxies", proxy.URL()), settings.Set(s.settings.File(), "ca_bundle", ca), s.reload(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return env.With("HTTPS_PROXY", proxy.URL()).With("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"), proxy.URL()
}

// proxyCA is a file with the certificate of a proxy's authority.
func proxyCA(t *testing.T, proxy *awstest.Proxy) string {
	t.Helper()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, proxy.CA(), 0o600); err != nil {
		t.Fatal(err)
	}
	return ca
}

// TestARotationNamesWhereItGoes: who is shown the steps sees that IAM is not AWS's own.
func TestARotationNamesWhereItGoes(t *testing.T) {
	s, _ := newVault(t, inMemory)
	shown, err := s.Rotate(t.Context(), agent.RotateRequest{Profile: "robot", Grace: vaultcore.Day})
	if err != nil {
		t.Fatal(err)
	}
	golden.Message(t, "", strings.Join(shown.Notes, "\n"))
}

// TestEverySourceSaysWhatItTouches: nothing that a plan can have is carried out without the
// question about where it goes.
func TestEverySourceSaysWhatItTouches(t *testing.T) {
	v, _ := newVault(t, inMemory)
	for kind := range v.sources(Parts{Settings: v.settings, Keys: v.keys}) {
		func() {
			defer func() {
				if recover() != nil {
					t.Errorf("a step of kind %q is carried out, and nobody says what it touches", kind)
				}
			}()
			approval.UseOf(plan.Plan{Steps: []plan.Step{{Kind: kind}}})
		}()
	}
}
