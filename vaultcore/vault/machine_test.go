package vault

import (
	"context"
	"errors"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// asking is a request of a program with these keys in its environment.
func asking(t *testing.T, id, secret string) context.Context {
	env := vaultcore.Environment{}
	if id != "" {
		env = env.With("AWS_ACCESS_KEY_ID", id).With("AWS_SECRET_ACCESS_KEY", secret)
	}
	return vaultcore.WithEnvironment(t.Context(), env)
}

// Keys of a program's environment serve that program: who does not send them is asked
// to, who has others gets others, and nothing of them is kept over a restart.
func TestKeysOfTheEnvironment(t *testing.T) {
	s, world := newVault(t, inMemory)
	robot := world.Account.User("robot")
	role := world.Account.Role("ci", awstest.Trust{Principals: []string{robot.ARN()}})
	extend(t, s, "[profile ci]\nregion = us-east-1\nrole_arn = "+role.ARN()+"\ncredential_source = Environment\n")
	mine, others := robot.NewKey(), world.Account.User("bob").NewKey()
	request := agent.CredentialsRequest{Profile: "ci"}

	if _, err := s.Credentials(asking(t, "", ""), request); !errors.Is(err, vaultcore.ErrWantsKeys) {
		t.Errorf("without keys: %v", err)
	}
	if _, err := s.Credentials(t.Context(), request); !errors.Is(err, vaultcore.ErrNoCredentials) {
		t.Errorf("from the menu: %v", err)
	}
	first, err := s.Credentials(asking(t, mine.ID(), mine.Secret().Reveal()), request)
	if err != nil {
		t.Fatal(err)
	}
	if made, _ := world.Server.Session(first.Credentials.AccessKeyID); made.Parent != mine.ID() {
		t.Errorf("the role was assumed by %s", made.Parent)
	}
	if again, err := s.Credentials(asking(t, mine.ID(), mine.Secret().Reveal()), request); err != nil || again.Credentials.AccessKeyID != first.Credentials.AccessKeyID {
		t.Errorf("the same program again: %v", err)
	}
	if shown := shownState(t, s, "ci"); shown.Role != "ci" || shown.Err != "" || shown.Renews {
		t.Errorf("it is shown as %+v", shown)
	}
	for name, ctx := range map[string]context.Context{
		"another's keys":              asking(t, others.ID(), others.Secret().Reveal()),
		"the id with another secret":  asking(t, mine.ID(), others.Secret().Reveal()),
		"the keys, and another token": vaultcore.WithEnvironment(t.Context(), vaultcore.EnvironmentOf(asking(t, mine.ID(), mine.Secret().Reveal())).With("AWS_SESSION_TOKEN", "x")),
	} {
		if _, err := s.Credentials(ctx, request); !errors.Is(err, vaultcore.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if ids, err := s.keys.SessionIDs(t.Context()); len(ids) != 0 || err != nil || s.Unsaved() {
		t.Errorf("%d sessions are in the keychain, %v", len(ids), err)
	}
}

// The credentials of a machine are shared by all and renewed, and where they are got
// from has to be trusted where it is not AWS's own.
func TestCredentialsOfTheMachine(t *testing.T) {
	s, world := newVault(t, inMemory)
	web := world.Account.Role("web", awstest.Trust{})
	above := world.Account.Role("above", awstest.Trust{Principals: []string{web.ARN()}})
	world.Server.InstanceRole(web)
	extend(t, s, "[profile instance]\nregion = us-east-1\nrole_arn = "+above.ARN()+"\ncredential_source = Ec2InstanceMetadata\n"+
		"[profile task]\nregion = us-east-1\nrole_arn = "+above.ARN()+"\ncredential_source = EcsContainer\n")
	env := vaultcore.Environment{}.
		With("AWS_EC2_METADATA_SERVICE_ENDPOINT", world.Server.URL()).
		With("AWS_CONTAINER_CREDENTIALS_FULL_URI", world.Server.Container(web, "canary")).
		With("AWS_CONTAINER_AUTHORIZATION_TOKEN", "canary")
	ctx := vaultcore.WithEnvironment(t.Context(), env)
	for range 2 {
		got, err := s.Credentials(ctx, agent.CredentialsRequest{Profile: "instance"})
		if err != nil {
			t.Fatal(err)
		}
		if made, _ := world.Server.Session(got.Credentials.AccessKeyID); !made.Chained {
			t.Errorf("%+v", made)
		}
	}
	if n := world.Server.CountOK("AssumeRole"); n != 1 {
		t.Errorf("%d sessions", n)
	}
	if _, err := s.Credentials(ctx, agent.CredentialsRequest{Profile: "task"}); !errors.Is(err, vaultcore.ErrNobodyToAsk) {
		t.Errorf("an address that nobody trusts: %v", err)
	}
	if err := settings.Set(s.settings.File(), "trusted_endpoints", world.Server.URL()+" "+env.Get("AWS_CONTAINER_CREDENTIALS_FULL_URI")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.settings.read(); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Credentials(ctx, agent.CredentialsRequest{Profile: "task"}); err != nil {
		t.Error(err)
	}
	if ids, err := s.keys.SessionIDs(t.Context()); len(ids) != 0 || err != nil {
		t.Errorf("%d sessions are in the keychain, %v", len(ids), err)
	}
}
