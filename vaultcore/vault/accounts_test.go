package vault

import (
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

func TestProfilesFor(t *testing.T) {
	s, world := newVault(t, inMemory)
	for address, want := range map[string]string{
		"arn:aws:s3:::bucket":                              "bastion-system hoge-system robot",
		"arn:aws:lambda:us-east-1:111111111111:function:f": "bastion-system hoge-system",
		"arn:aws:lambda:us-east-1:333333333333:function:f": "",
	} {
		names, err := s.ProfilesFor(t.Context(), address)
		if got := strings.Join(names, " "); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", address, got, err, want)
		}
	}
	if _, err := s.Login(t.Context(), agent.LoginRequest{Profile: "robot", Print: true}); err != nil {
		t.Fatal(err)
	}
	key := world.Account.User("known").NewKey()
	extend(t, s, "[profile known]\nregion = us-east-1\n")
	err := s.Add(t.Context(), agent.AddRequest{Profile: "known", Key: key.Credentials()})
	if err != nil {
		t.Fatal(err)
	}
	names, err := s.ProfilesFor(t.Context(), "arn:aws:lambda:us-east-1:111111111111:function:f")
	if got := strings.Join(names, " "); err != nil || got != "bastion-system hoge-system robot known" {
		t.Errorf("with what the key and the sign-in told: %q, %v", got, err)
	}
	if _, err := s.ProfilesFor(t.Context(), "https://evil.example/"); err == nil {
		t.Error("a foreign address reaches something")
	}
}
