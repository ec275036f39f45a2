package vault

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// A profile whose role a token assumes is one like any other: its credentials are
// shared and renewed without a question, its console opens, and it is explained.
func TestWebIdentity(t *testing.T) {
	s, world := newVault(t, inMemory)
	issuer := world.Server.Issuer("https://oidc.example.com/cluster")
	world.Account.TrustIssuer(issuer, "sts.amazonaws.com")
	role := world.Account.Role("pod", awstest.Trust{Issuer: issuer})
	long := world.Account.Role("long", awstest.Trust{Issuer: issuer, MaxSessionDuration: 12 * time.Hour})
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(issuer.Token("web", "sts.amazonaws.com", nil)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	extend(t, s, "[profile pod]\nregion = us-east-1\nduration_seconds = 43200\nrole_arn = "+role.ARN()+"\nweb_identity_token_file = "+file+"\n"+
		"[profile long]\nregion = us-east-1\nrole_arn = "+long.ARN()+"\nweb_identity_token_file = "+file+"\n")
	shown := shownState(t, s, "pod")
	golden.Message(t, "source", shown.Source)
	if shown.Role != "pod" || shown.Err != "" {
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
	// Its console ends with its session, which is as long as the console is wanted.
	login, err = s.Login(t.Context(), agent.LoginRequest{Profile: "long", Duration: 8 * time.Hour, Print: true})
	if err != nil || len(login.Warnings) != 0 {
		t.Fatalf("%v, %q", err, login.Warnings)
	}
	if page := visit(t, login.Address.Reveal()); !strings.Contains(page, "assumed-role/long/") {
		t.Errorf("the console says\n%s", page)
	}
	asked := func(c awstest.Call) bool {
		return c.Action == "AssumeRoleWithWebIdentity" && c.Params["DurationSeconds"] == "28800"
	}
	if !slices.ContainsFunc(world.Server.Calls(), asked) {
		t.Error("its session is not as long as the console is wanted")
	}
	explained, err := s.Explain(t.Context(), agent.CredentialsRequest{Profile: "pod"})
	if err != nil || !strings.Contains(explained.Steps[0].Detail, file) {
		t.Fatalf("%v, %+v", err, explained)
	}
	golden.Message(t, "explain", explained.Asks)
}
