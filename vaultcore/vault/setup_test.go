package vault

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// What is written is what the person saw: a change that has become another one is
// refused.
func TestOnlyTheChangeThatWasShownIsMade(t *testing.T) {
	s, _ := newVault(t, inMemory)
	program := filepath.Join(t.TempDir(), "vaultbar")
	if err := os.WriteFile(program, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	wanted := agent.SetupRequest{Profiles: []string{"robot"}, Command: program}
	shown, err := s.Setup(t.Context(), wanted)
	if err != nil || shown.Diff == "" || shown.Applied {
		t.Fatalf("%+v, %v", shown, err)
	}
	before, err := os.ReadFile(s.paths.Config)
	if err != nil {
		t.Fatal(err)
	}
	edited := "# mine\n" + string(before)
	if err := os.WriteFile(s.paths.Config, []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	wanted.Agreed = shown.Diff
	if _, err := s.Setup(t.Context(), wanted); !errors.Is(err, vaultcore.ErrBusy) {
		t.Errorf("an edit between the question and the answer gives %v", err)
	}
	if after, _ := os.ReadFile(s.paths.Config); string(after) != edited {
		t.Errorf("the file was changed:\n%s", after)
	}
	again, err := s.Setup(t.Context(), agent.SetupRequest{Profiles: wanted.Profiles, Command: program})
	if err != nil {
		t.Fatal(err)
	}
	wanted.Agreed = again.Diff
	if done, err := s.Setup(t.Context(), wanted); err != nil || !done.Applied {
		t.Errorf("%+v, %v", done, err)
	}
	if after, _ := os.ReadFile(s.paths.Config); !strings.Contains(string(after), "credential_process = "+program) {
		t.Errorf("the file has\n%s", after)
	}
}
