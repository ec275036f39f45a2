package vault

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// TestARefusalIsLoggedOnce: with what AWS's support asks for, and nothing secret.
func TestARefusalIsLoggedOnce(t *testing.T) {
	s, world := newVault(t, inMemory)
	var log bytes.Buffer
	s.log = slog.New(slog.NewTextHandler(&log, nil))
	world.Key.SetActive(false)
	caller := vaultcore.Caller{Program: "aws", Preanswered: []vaultcore.QuestionKind{vaultcore.AskMFA}}
	caller.Ask = func(context.Context, vaultcore.Question) (vaultcore.Secret, error) {
		return vaultcore.NewSecret(world.MFA.FreshCode()), nil
	}
	r := agent.CredentialsRequest{Profile: "bastion-system", Caller: caller}
	for range 2 {
		if _, err := s.Credentials(t.Context(), r); err == nil {
			t.Fatal("an inactive key was taken")
		}
	}
	if got := log.String(); strings.Count(got, "request id") != 1 || !strings.Contains(got, "InvalidClientTokenId") ||
		strings.Contains(got, world.Key.Secret().Reveal()) || strings.Contains(got, world.Key.ID()) {
		t.Errorf("log: %s", got)
	}
}
