package vault

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// A snapshot believes what is known of the keychain, and leaves the plans of
// others in peace; who wants credentials has the keychain asked again.
func TestASnapshotDoesNotListTheKeychain(t *testing.T) {
	s, world := newVault(t, inMemory)
	var more strings.Builder
	for i := range 40 {
		fmt.Fprintf(&more, "[profile without-a-key-%d]\nregion = us-east-1\n", i)
	}
	if err := os.WriteFile(s.paths.Config, []byte(world.Config()+"[profile robot]\n"+more.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	s.liveConfig(t.Context()).Reload()
	shownState(t, s, "robot")
	prepared, err := s.planCached(t.Context(), s.liveConfig(t.Context()).Current(), agent.CredentialsRequest{Profile: "robot"})
	if err != nil {
		t.Fatal(err)
	}
	version := s.plans.known().version
	key := vaultcore.Credentials{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: vaultcore.NewSecret("from elsewhere")}
	if err := s.keys.SetKey(t.Context(), "without-a-key-1", key); err != nil {
		t.Fatal(err)
	}
	if shownState(t, s, "without-a-key-1").Key {
		t.Error("the snapshot has listed the keychain")
	}
	again, err := s.planCached(t.Context(), s.liveConfig(t.Context()).Current(), agent.CredentialsRequest{Profile: "robot"})
	if err != nil || again != prepared || s.plans.known().version != version {
		t.Errorf("the snapshot has dropped the plans of others: %v", err)
	}
	if _, err := s.planFor(t.Context(), agent.CredentialsRequest{Profile: "without-a-key-1"}); err != nil {
		t.Errorf("a key from elsewhere is not noticed when it is wanted: %v", err)
	}
}

// What was under way when all was forgotten does not bring the old back.
func TestForgettingIsNotUndone(t *testing.T) {
	s, _ := newVault(t, inMemory)
	old, err := s.listKeys(t.Context(), s.plans.known().version)
	if err != nil {
		t.Fatal(err)
	}
	s.plans.forget()
	s.plans.learn(old)
	if s.plans.known().names != nil {
		t.Error("what was listed before is believed")
	}
	if _, err := s.plan(t.Context(), s.liveConfig(t.Context()).Current(), old, agent.CredentialsRequest{Profile: "robot"}); err != nil {
		t.Fatal(err)
	}
	made := overrides{route: trust.Background(s.settings.Now().Trust()), env: s.commandEnv(t.Context()), cache: loginCache(t.Context())}
	if _, ok := s.plans.lookUp(choice{config: s.paths.Config, overrides: made, profile: "robot"}, s.liveConfig(t.Context()).Current().Generation); ok {
		t.Error("a plan is kept that was made from what was listed before")
	}
}
