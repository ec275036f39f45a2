//go:build unix

package cli

import (
	"errors"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// How the app is comes first, and says what to do about it.
func TestAppCheck(t *testing.T) {
	gone := vaultcore.Faultf(vaultcore.ErrUnreachable, "Vaultbar is not running")
	for name, test := range map[string]struct {
		app     string // the program of one that does not run
		version string
		err     error
		want    vaultcore.Verdict
	}{
		"it runs":              {version: vaultcore.Version(), want: vaultcore.CheckOK},
		"another version":      {version: "v0.0.1", want: vaultcore.CheckWarn},
		"none runs":            {app: "/bin/sh", err: gone, want: vaultcore.CheckOK},
		"none is there":        {app: "/nowhere/vaultbar-app", err: gone, want: vaultcore.CheckFail},
		"it says nothing":      {err: agent.ErrSilent, want: vaultcore.CheckFail},
		"it is not understood": {err: vaultcore.Faultf(vaultcore.ErrVersion, "versions do not match").WithHint("install one"), want: vaultcore.CheckFail},
		"something else":       {err: errors.New("broken"), want: vaultcore.CheckFail},
	} {
		p := newProgram([]string{commandName}, environment{"VAULTBAR_APP=" + test.app, "XDG_RUNTIME_DIR=" + t.TempDir()}, streams{}, func() {})
		c := p.appCheck(t.Context(), test.version, test.err)
		if c.Verdict != test.want || c.Text == "" || c.Name != "app" {
			t.Errorf("%s: %+v", name, c)
		}
	}
}
