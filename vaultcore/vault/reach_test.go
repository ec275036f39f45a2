package vault

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/approval"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// TestReachOfAProfile: a profile's own certificates are asked about before they are
// believed, its FIPS endpoint is the one that is asked, and explain and status say both.
func TestReachOfAProfile(t *testing.T) {
	s, world := newVault(t, inMemory)
	proxy := awstest.NewProxy(t, world.Server)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	for _, err := range []error{
		os.WriteFile(ca, proxy.CA(), 0o600),
		os.WriteFile(s.paths.Config, []byte("[profile robot]\nregion = us-east-1\nuse_fips_endpoint = true\nca_bundle = "+ca+"\n"), 0o600),
		settings.Set(s.settings.File(), "trusted_proxies", proxy.URL()), s.reload(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := vaultcore.WithEnvironment(t.Context(), vaultcore.Environment{}.With("HTTPS_PROXY", proxy.URL()))
	person := &sitting{answer: approval.Always}
	r := agent.CredentialsRequest{Profile: "robot", Caller: person.caller()}
	if _, err := s.Credentials(ctx, r); err != nil {
		t.Fatal(err)
	}
	if asked := person.asked(); len(asked) != 1 || asked[0].Subject != trust.Question("robot", []trust.Item{{Kind: trust.OfBundle, Value: ca}}) {
		t.Errorf("asked %+v", asked)
	}
	if hosts := proxy.Hosts(); !slices.Equal(hosts, []string{"sts-fips.us-east-1.amazonaws.com:443"}) {
		t.Errorf("the proxy was asked for %q", hosts)
	}
	explained, err := s.Explain(ctx, agent.CredentialsRequest{Profile: "robot"})
	if err != nil {
		t.Fatal(err)
	}
	status, err := s.Status(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for name, said := range map[string][]string{
		"explain, of the session": explained.Steps[1].Reasons,
		"explain, of the console": explained.Steps[len(explained.Steps)-1].Reasons,
		"status":                  status.Elsewhere,
	} {
		golden.Message(t, name, strings.Join(said, "\n"), proxy.URL(), "PROXY", ca, "CA")
	}
	plain := vaultcore.WithEnvironment(t.Context(), vaultcore.Environment{}.With("HTTPS_PROXY", proxy.URL()).With("AWS_USE_FIPS_ENDPOINT", "false"))
	if _, err := s.Clear(plain, agent.ClearRequest{Profile: "robot"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Credentials(plain, r); err != nil {
		t.Fatal(err)
	}
	if hosts := proxy.Hosts(); hosts[len(hosts)-1] != "sts.us-east-1.amazonaws.com:443" {
		t.Errorf("a program that wants no FIPS endpoint asks %q", hosts)
	}
}

// TestBearersNeedTheirOwnTrust: an endpoint that is trusted for STS is not handed what
// signs in to IAM Identity Center.
func TestBearersNeedTheirOwnTrust(t *testing.T) {
	s, world := newVault(t, inMemory)
	const config = "[sso-session corp]\nsso_start_url = https://d-1234567890.awsapps.com/start\nsso_region = us-east-1\n" +
		"[profile dev]\nsso_session = corp\nsso_account_id = 111111111111\nsso_role_name = Admin\nservices = here\n" +
		"[services here]\nsso =\n  endpoint_url = PORTAL\nsso_oidc =\n  endpoint_url = OIDC\n"
	text := strings.NewReplacer("PORTAL", world.Server.URL()+"/portal", "OIDC", world.Server.URL()+"/oidc").Replace(config)
	if err := os.WriteFile(s.paths.Config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := settings.Set(s.settings.File(), "trusted_endpoints", world.Server.URL()+"/portal "+world.Server.URL()+"/oidc"); err != nil {
		t.Fatal(err)
	}
	if err := s.reload(); err != nil {
		t.Fatal(err)
	}
	person := &sitting{answer: approval.No}
	if _, err := s.Credentials(t.Context(), agent.CredentialsRequest{Profile: "dev", Caller: person.caller()}); err == nil {
		t.Fatal("credentials came of nowhere")
	}
	asked := person.asked()
	handed := []trust.Item{{Kind: trust.OfSignIn, Value: world.Server.URL() + "/portal"}, {Kind: trust.OfSignIn, Value: world.Server.URL() + "/oidc"}}
	if len(asked) != 1 || asked[0].Subject != trust.Question("dev", handed) {
		t.Errorf("asked %+v", asked)
	}
	if calls := world.Server.Calls(); len(calls) > 0 {
		t.Errorf("AWS was asked %d times", len(calls))
	}
}
