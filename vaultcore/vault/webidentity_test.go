package vault

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// A profile whose role a token assumes is one like any other: its credentials are
// shared and renewed without a question, its console opens, and it is explained.
func TestWebIdentity(t *testing.T) {
	s, world := newVault(t, inMemory)
	issuer := world.Server.Issuer("https://oidc.example.com/cluster")
	world.Account.TrustIssuer(issuer, "sts.amazonaws.com")
	role := world.Account.Role("pod", awstest.Trust{Issuer: issuer})
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(issuer.Token("web", "sts.amazonaws.com", nil)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	extend(t, s, "[profile pod]\nregion = us-east-1\nduration_seconds = 43200\nrole_arn = "+role.ARN()+"\nweb_identity_token_file = "+file+"\n")
	shown := shownState(t, s, "pod")
	if shown.Source != "a web identity token" || shown.Role != "pod" || shown.Err != "" {
		t.Errorf("it is shown as %+v", shown)
	}
	for _, least := range []time.Duration{0, 2 * time.Hour, 12 * time.Hour} { // the role lives an hour at most
		if _, err := s.Credentials(t.Context(), agent.CredentialsRequest{Profile: "pod", MinTTL: least}); err != nil {
			t.Fatal(err)
		}
	}
	if n := world.Server.CountOK("AssumeRoleWithWebIdentity"); n != 1 {
		t.Errorf("%d sessions for three programs", n)
	}
	if shown := shownState(t, s, "pod"); !shown.Renews || len(shown.Sessions) != 1 || shown.Sessions[0].Call != "sts.AssumeRoleWithWebIdentity" {
		t.Errorf("it is shown as %+v", shown)
	}
	login, err := s.Login(t.Context(), agent.LoginRequest{Profile: "pod", Print: true})
	if err != nil {
		t.Fatal(err)
	}
	if page := visit(t, login.Address.Reveal()); !strings.Contains(page, "assumed-role/pod/vaultbar-ann") {
		t.Errorf("the console says\n%s", page)
	}
	explained, err := s.Explain(t.Context(), agent.CredentialsRequest{Profile: "pod"})
	if err != nil || explained.Asks != "asks for nothing" || !strings.Contains(explained.Steps[0].Detail, file) {
		t.Errorf("%v, %+v", err, explained)
	}
}
