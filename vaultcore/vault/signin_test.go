package vault

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// corp is how the one sign-in of a vault stands.
func (c company) corp(t *testing.T) vaultcore.SignInState {
	t.Helper()
	snapshot, err := c.Snapshot(c.ctx)
	if err != nil || len(snapshot.SignIns) != 1 {
		t.Fatalf("%d sign-ins: %v", len(snapshot.SignIns), err)
	}
	return snapshot.SignIns[0]
}

// TestSignInByName: a sign-in is named by itself, by a profile that uses it, and, where
// there is but one, by no name; what waits for it waits no more, and signing out ends
// all that came of it.
func TestSignInByName(t *testing.T) {
	c := newCompany(t, 1)
	const profile = "region = us-east-1\nsso_session = corp\nsso_account_id = 700000000000\nsso_role_name = "
	extend(t, c.Vault, "[profile dev]\n"+profile+"Admin\n[profile audit]\n"+profile+"Audit\n")
	want := func(profile string) error {
		_, err := c.Credentials(c.ctx, agent.CredentialsRequest{Profile: profile})
		return err
	}
	for _, profile := range []string{"dev", "audit", "dev"} {
		if err := want(profile); !errors.Is(err, vaultcore.ErrNobodyToAsk) {
			t.Fatalf("a program in the background: %v", err)
		}
	}
	if in := c.corp(t); in.Name != "corp" || in.Profiles != 2 || in.Needed != 2 || !in.SignedIn.IsZero() {
		t.Errorf("before: %+v", in)
	}
	if _, err := c.SignIn(c.ctx, agent.SignInRequest{Name: "corp"}); !errors.Is(err, vaultcore.ErrNobodyToAsk) {
		t.Errorf("without a person: %v", err)
	}
	if result, err := c.SignIn(c.ctx, agent.SignInRequest{Name: "corp", Caller: vaultcore.Click("")}); err != nil || result.Name != "corp" || !result.Fresh {
		t.Errorf("by a click: %+v, %v", result, err)
	}
	for _, name := range []string{"", "dev", "audit", "corp"} {
		if result, err := c.SignIn(c.ctx, agent.SignInRequest{Name: name}); err != nil || result.Name != "corp" || result.Fresh {
			t.Errorf("%q: %+v, %v", name, result, err)
		}
	}
	if in := c.corp(t); in.Needed != 0 || in.SignedIn.IsZero() || !in.Renews || !in.Ends.IsZero() {
		t.Errorf("after: %+v", in)
	}
	if err := settings.Set(c.settings.File(), "sso_session_length", "8h"); err != nil {
		t.Fatal(err)
	}
	if err := c.reload(); err != nil {
		t.Fatal(err)
	}
	if in := c.corp(t); in.Ends.Sub(in.SignedIn) != 8*time.Hour {
		t.Errorf("as the administrator set it: %+v", in)
	}
	for _, profile := range []string{"dev", "audit"} {
		if err := want(profile); err != nil {
			t.Error(err)
		}
		if state := shownState(t, c.Vault, profile); state.SignInName != "corp" || state.Err != "" || len(state.Sessions) != 1 {
			t.Errorf("%+v", state)
		}
	}
	result, err := c.SignOut(c.ctx, agent.SignOutRequest{Name: "dev"})
	if err != nil || result.SignIns != 1 || result.Sessions != 2 || len(result.LivesOn) == 0 {
		t.Errorf("%+v, %v", result, err)
	}
	if n := c.world.Server.CountOK("Logout"); n != 1 {
		t.Errorf("%d sessions ended at AWS", n)
	}
	if err := want("dev"); !errors.Is(err, vaultcore.ErrNobodyToAsk) {
		t.Errorf("after signing out: %v", err)
	}
	if result, err := c.SignOut(c.ctx, agent.SignOutRequest{}); err != nil || result.SignIns != 0 || result.Sessions != 0 {
		t.Errorf("of all, once more: %+v, %v", result, err)
	}
}

// TestSigningOutIsToldWhereThatIsTrusted: a token that signs in is sent nowhere that nobody
// has allowed, to end it neither. It has ended here all the same, and the person hears
// that it lives on at AWS.
func TestSigningOutIsToldWhereThatIsTrusted(t *testing.T) {
	for name, out := range map[string]func(*testing.T, company) context.Context{
		"a variable": func(t *testing.T, c company) context.Context {
			other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("somebody else is told") }))
			t.Cleanup(other.Close)
			return vaultcore.WithEnvironment(c.ctx, vaultcore.EnvironmentOf(c.ctx).With("AWS_ENDPOINT_URL_SSO", other.URL))
		},
		"the config": func(t *testing.T, c company) context.Context {
			distrust(t, c.Vault)
			return t.Context()
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCompany(t, 1)
			extend(t, c.Vault, "[profile dev]\nregion = us-east-1\nsso_session = corp\nsso_account_id = 700000000000\nsso_role_name = Admin\n")
			if _, err := c.SignIn(c.ctx, agent.SignInRequest{Name: "corp", Caller: vaultcore.Click("")}); err != nil {
				t.Fatal(err)
			}
			result, err := c.SignOut(out(t, c), agent.SignOutRequest{Name: "corp"})
			if err != nil || result.SignIns != 1 {
				t.Errorf("%+v, %v", result, err)
			}
			golden.Message(t, "", strings.Join(result.LivesOn, "\n"))
			if n := c.world.Server.Count("Logout"); n != 0 {
				t.Errorf("AWS was told %d times", n)
			}
			if in := c.corp(t); !in.SignedIn.IsZero() {
				t.Errorf("afterwards: %+v", in)
			}
			in, err := c.signInNamed(out(t, c), "corp")
			if err != nil || c.approver.Allows(in.prepared.Plan.Steps[0]) {
				t.Errorf("it would be refreshed there in the background, %v", err)
			}
		})
	}
}

// TestNoSuchSignIn: what cannot be signed in to says so.
func TestNoSuchSignIn(t *testing.T) {
	s, _ := newVault(t, inMemory)
	for name, kind := range map[string]error{"": vaultcore.ErrRequest, "robot": vaultcore.ErrRequest, "nosuch": vaultcore.ErrNoProfile} {
		_, in := s.SignIn(t.Context(), agent.SignInRequest{Name: name})
		if !errors.Is(in, kind) || vaultcore.Hint(in) == "" {
			t.Errorf("%q: %v, hint %q", name, in, vaultcore.Hint(in))
		}
		_, out := s.SignOut(t.Context(), agent.SignOutRequest{Name: name})
		if name != "" && !errors.Is(out, kind) || name == "" && out != nil {
			t.Errorf("out of %q: %v", name, out)
		}
	}
}
