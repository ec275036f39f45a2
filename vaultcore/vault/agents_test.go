package vault

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

// forClaude is a context of what is asked for by an agent.
func forClaude(t *testing.T) context.Context {
	ctx, _ := agent.Deciding(vaultcore.WithEnvironment(t.Context(), vaultcore.Environment{}))
	agent.Asks(ctx, nil, "claude")
	return ctx
}

// TestAgentsShareWhatWouldAsk: an agent's session that would cost the person a question
// gives way to theirs while that lives, but not where it must be apart.
func TestAgentsShareWhatWouldAsk(t *testing.T) {
	s, world := newVault(t, inMemory)
	wanted := agent.CredentialsRequest{Profile: "hoge-system"}
	person := wanted
	person.Caller = vaultcore.Caller{Terminal: vaultcore.TerminalAttended, Ask: func(context.Context, vaultcore.Question) (vaultcore.Secret, error) {
		return vaultcore.NewSecret(world.MFA.FreshCode()), nil
	}}
	mine, err := s.Credentials(t.Context(), person)
	if err != nil {
		t.Fatal(err)
	}
	own, err := s.Credentials(forClaude(t), wanted) // the session of the key is there
	if err != nil || own.Credentials.AccessKeyID == mine.Credentials.AccessKeyID || !strings.HasPrefix(own.Issued.SessionName, "agent-claude-") {
		t.Fatalf("%+v, %v", own.Issued, err)
	}
	for _, profile := range []string{"bastion-system", "hoge-system"} { // of the key's session and of the roles'
		if _, err := s.Clear(t.Context(), agent.ClearRequest{Profile: profile}); err != nil {
			t.Fatal(err)
		}
	}
	if mine, err = s.Credentials(t.Context(), person); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Clear(t.Context(), agent.ClearRequest{Profile: "bastion-system"}); err != nil {
		t.Fatal(err)
	}
	codes := len(world.Server.AcceptedCodes())
	shared, err := s.Credentials(forClaude(t), wanted)
	if err != nil || shared.Credentials.AccessKeyID != mine.Credentials.AccessKeyID {
		t.Errorf("%+v, %v", shared.Issued, err)
	}
	for key, value := range map[string]string{"agents": "read-only", "agents_named": "tags"} {
		if err := settings.SetProfile(s.settings.File(), "hoge-system", key, value); err != nil {
			t.Fatal(err)
		}
		if err := s.reload(); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Credentials(forClaude(t), wanted); !errors.Is(err, vaultcore.ErrNobodyToAsk) {
			t.Errorf("%s = %s: %+v, %v", key, value, got.Issued, err)
		}
	}
	if n := len(world.Server.AcceptedCodes()); n != codes {
		t.Errorf("%d codes more", n-codes)
	}
}

// TestAgentsAreShown: what agents get is what they are then handed, by explain and in the
// list of all profiles.
func TestAgentsAreShown(t *testing.T) {
	s, _ := newVault(t, inMemory)
	for _, test := range []struct{ set, profile, gets string }{
		{"default", "robot", "allow"},
		{"default", "hoge-system", "allow"},
		{"ask", "hoge-system", "ask"},
		{"refuse", "hoge-system", "refuse"},
		{"read-only", "hoge-system", "read-only"},
		{"read-only", "robot", "read-only"},
	} {
		if err := settings.SetProfile(s.settings.File(), test.profile, "agents", test.set); err != nil {
			t.Fatal(err)
		}
		if err := s.reload(); err != nil {
			t.Fatal(err)
		}
		explained, err := s.Explain(t.Context(), agent.CredentialsRequest{Profile: test.profile})
		if err != nil {
			t.Fatal(err)
		}
		golden.Message(t, test.set+" of "+test.profile, explained.Agents)
		all, err := s.Agents(t.Context())
		if err != nil || len(all.Known) == 0 || len(all.Profiles) != 3 {
			t.Fatalf("%+v, %v", all, err)
		}
		for _, of := range all.Profiles {
			if of.Profile == test.profile && (of.Gets != test.gets || of.Set != test.set) {
				t.Errorf("%s of %s: %+v", test.set, test.profile, of)
			}
		}
	}
}
