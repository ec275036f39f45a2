package vault

import (
	"errors"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// TestSaidIsOfWhoAsks: what a program's environment says in place of the config counts
// for its own requests, the console's among them.
func TestSaidIsOfWhoAsks(t *testing.T) {
	v, world := newVault(t, inMemory)
	explain := func(profile string, env ...string) (string, error) {
		said := vaultcore.Environment{}
		for _, entry := range env {
			name, value, _ := strings.Cut(entry, "=")
			said = said.With(name, value)
		}
		e, err := v.Explain(vaultcore.WithEnvironment(t.Context(), said), agent.CredentialsRequest{Profile: profile})
		var all strings.Builder
		for _, step := range e.Steps {
			all.WriteString(step.Title + ": " + step.Detail + "\n")
		}
		return all.String(), err
	}
	device := world.MFA.Serial()
	for _, c := range []struct {
		env  []string
		want string
	}{
		{[]string{"AWS_MFA_SERIAL=" + device}, "session with MFA: " + device + ", 8 h"},
		{[]string{"AWS_SESSION_TOKEN_TTL=2h"}, ": 2 h"},
		{[]string{"AWS_FEDERATION_TOKEN_TTL=3h"}, ", for 3 h"},
	} {
		if got, err := explain("robot", c.env...); err != nil || !strings.Contains(got, c.want) {
			t.Errorf("with %q: %v\n%s", c.env, err, got)
		}
		if got, err := explain("robot"); err != nil || strings.Contains(got, c.want) {
			t.Errorf("without %q: %v\n%s", c.env, err, got)
		}
	}
	for _, entry := range []string{"AWS_SESSION_TAGS=team", "AWS_FEDERATION_TOKEN_TTL=soon"} {
		if _, err := explain("hoge-system", entry); !errors.Is(err, vaultcore.ErrRequest) {
			t.Errorf("with %s: %v", entry, err)
		}
	}
}
