package vault

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/appdirs"
)

// asked notes in which browser a page was to open.
type asked struct {
	others
	last agent.LoginRequest
}

// others are the methods that are not called.
type others Browsers

func (a *asked) Open(_ context.Context, _ vaultcore.Secret, _ string, r agent.LoginRequest) (string, []string, error) {
	a.last = r
	return "", nil, nil
}

// TestBrowserOfASignIn: a sign-in page opens in the browser and browser profile of its
// sign-in, and never in that of isolated consoles.
func TestBrowserOfASignIn(t *testing.T) {
	own := &Settings{folders: appdirs.Folders{Config: t.TempDir()}}
	if err := os.MkdirAll(filepath.Dir(own.File()), 0o700); err != nil {
		t.Fatal(err)
	}
	text := "isolated = yes\nsso_browser = firefox\n[sign-in corp]\nsso_browser = chromium\nsso_browser_profile = Work\n"
	if err := os.WriteFile(own.File(), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := own.read(); err != nil {
		t.Fatal(err)
	}
	browsers := &asked{}
	for name, want := range map[string]agent.LoginRequest{
		"corp":  {Browser: "chromium", Isolated: agent.IsolatedYes, IsolatedAs: "Work"},
		"other": {Browser: "firefox", Isolated: agent.IsolatedNo},
	} {
		if err := (pages{&Vault{settings: own, browsers: browsers}}).Show(t.Context(), name, vaultcore.NewSecret("https://aws"), ""); err != nil {
			t.Fatal(err)
		}
		if got := browsers.last; got.Browser != want.Browser || got.Isolated != want.Isolated || got.IsolatedAs != want.IsolatedAs {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
