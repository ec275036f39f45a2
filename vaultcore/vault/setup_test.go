package vault

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
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

// TestEditProfile: a role that starts from a key is added only as it was shown, and can
// be used at once.
func TestEditProfile(t *testing.T) {
	s, world := newVault(t, inMemory)
	role := world.Account.Role("ops", awstest.Trust{Principals: []string{world.User.ARN()}})
	wanted := agent.EditRequest{Profile: "ops", RoleARN: role.ARN(), Source: "robot"}
	shown, err := s.EditProfile(t.Context(), wanted)
	if err != nil || !strings.Contains(shown.Diff, "+role_arn = "+role.ARN()) || shown.Applied {
		t.Fatalf("%+v, %v", shown, err)
	}
	wanted.Agreed = "another"
	if _, err := s.EditProfile(t.Context(), wanted); !errors.Is(err, vaultcore.ErrBusy) {
		t.Errorf("what was not shown gives %v", err)
	}
	wanted.Agreed = shown.Diff
	if done, err := s.EditProfile(t.Context(), wanted); err != nil || !done.Applied {
		t.Errorf("%+v, %v", done, err)
	}
	names, err := s.Profiles(t.Context())
	if err != nil || !slices.Contains(names, "ops") {
		t.Errorf("%q, %v", names, err)
	}
	if _, err := s.EditProfile(t.Context(), wanted); !errors.Is(err, vaultcore.ErrRequest) {
		t.Errorf("a second time gives %v", err)
	}
	region := agent.EditRequest{Profile: "ops", Region: "us-east-2"}
	if shown, err = s.EditProfile(t.Context(), region); err != nil {
		t.Fatal(err)
	}
	region.Agreed = shown.Diff
	if done, err := s.EditProfile(t.Context(), region); err != nil || !done.Applied {
		t.Errorf("%+v, %v", done, err)
	}
}
