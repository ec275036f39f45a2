//go:build linux

package stories_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/smithy-go"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// useIAM is a program like aws: with "read" it lists the access keys of a user, with
// "write" it deactivates one. It says what AWS refuses.
func useIAM(args []string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	client := iam.NewFromConfig(cfg, func(o *iam.Options) { o.Region = "us-east-1" }) // where IAM's signatures are of
	switch args[0] {
	case "read":
		_, err = client.ListAccessKeys(ctx, &iam.ListAccessKeysInput{UserName: &args[1]})
	default:
		_, err = client.UpdateAccessKey(ctx, &iam.UpdateAccessKeyInput{UserName: &args[1], AccessKeyId: &args[2], Status: types.StatusTypeActive})
	}
	var refused smithy.APIError
	if errors.As(err, &refused) {
		return fmt.Errorf("%s: %s", refused.ErrorCode(), refused.ErrorMessage())
	}
	return err
}

// agentWorld is a world with a role that may do everything in IAM, profile infra, and an
// agent: a script that runs its arguments.
type agentWorld struct {
	*world
	role  *awstest.Role
	agent string
}

const (
	infra          = "infra"
	readOnlyAccess = "arn:aws:iam::aws:policy/ReadOnlyAccess"
)

func newAgentWorld(t testing.TB) *agentWorld {
	w := &agentWorld{world: plainWorld(t)}
	w.role = w.aws.Account.Role("work", awstest.Trust{Principals: []string{w.aws.Account.ARN()}})
	w.role.Allow("iam:*")
	w.appendConfig("[profile " + infra + "]\nrole_arn = " + w.role.ARN() + "\nsource_profile = " + plain + "\n")
	w.agent = w.program("claude")
	w.env = w.with("AWS_ENDPOINT_URL_SIGNIN=" + w.aws.Server.URL())
	return w
}

// by runs vaultbar below the agent, in which there is a shell of its own.
func (w *agentWorld) by(args ...string) outcome {
	w.Helper()
	cmd := w.command(w.agent, append([]string{"/bin/sh", "-c", `"$@"; exit $?`, "sh", built().path("vaultbar")}, args...)...)
	cmd.Env = w.with(roleVariable + "=iam")
	return w.do(cmd)
}

// marked runs vaultbar with the variable of an agent.
func (w *agentWorld) marked(args ...string) outcome {
	w.Helper()
	cmd := w.command("vaultbar", args...)
	cmd.Env = w.with("CLAUDECODE=1", roleVariable+"=iam")
	return w.do(cmd)
}

// mine runs vaultbar for the person.
func (w *agentWorld) mine(args ...string) outcome {
	w.Helper()
	cmd := w.command("vaultbar", args...)
	cmd.Env = w.with(roleVariable + "=iam")
	return w.do(cmd)
}

// session is what AWS knows of the credentials that were exported.
func (w *agentWorld) session(got outcome) (awstest.Session, string) {
	w.Helper()
	if got.code != 0 {
		w.Fatalf("exit code %d\n%s", got.code, got.stderr)
	}
	g, err := parse(got.stdout)
	w.check(err)
	made, ok := w.aws.Server.Session(g.AccessKeyID)
	if !ok {
		w.Fatal("AWS knows no such session")
	}
	return made, g.AccessKeyID
}

// iamBy are the arguments that have a program like aws call IAM as profile infra.
func (w *agentWorld) iamBy(flags ...string) (read, write []string) {
	exec := append(append([]string{"exec"}, flags...), infra, "--", os.Args[0])
	return append(exec, "read", "bob"), append(exec[:len(exec):len(exec)], "write", "bob", w.spare.ID())
}

// TestStoryReadOnlyAgent: where agents may only read, an agent's programs get a session
// that AWS itself keeps from writing, however they get it. The person's own session of the
// profile is another one, which is as it was; it comes from the same session of the key.
func TestStoryReadOnlyAgent(t *testing.T) {
	t.Parallel()
	w := newAgentWorld(t)
	_, mine := w.session(w.mine("export", "--format=json", infra))
	w.must("settings", "set", "--profile", infra, "agents", "read-only")
	before := w.aws.Server.CountOK("GetSessionToken")

	for name, run := range map[string]func(...string) outcome{"its process": w.by, "its variable": w.marked} {
		for _, flags := range [][]string{nil, {"--server"}} {
			read, write := w.iamBy(flags...)
			if got := run(read...); got.code != 0 {
				t.Errorf("by %s, %q: reading ends with %d\n%s", name, flags, got.code, got.stderr)
			}
			if got := run(write...); got.code != 1 || !strings.Contains(got.stderr, "AccessDenied") || !strings.Contains(got.stderr, "iam:UpdateAccessKey") {
				t.Errorf("by %s, %q: writing ends with %d\n%s", name, flags, got.code, got.stderr)
			}
			if got := w.mine(write...); got.code != 0 {
				t.Errorf("the person's writing ends with %d\n%s", got.code, got.stderr)
			}
		}
	}
	agents, theirs := w.session(w.by("export", "--format=json", infra))
	if !strings.HasPrefix(agents.Name, "agent-claude-vaultbar") || len(agents.Policies) != 1 || agents.Policies[0] != readOnlyAccess || agents.SourceIdentity != "" || len(agents.Tags) != 0 {
		t.Errorf("AWS has %+v", agents)
	}
	if own, id := w.session(w.mine("export", "--format=json", infra)); id != mine || len(own.Policies) != 0 || strings.Contains(own.Name, "agent") {
		t.Errorf("the person's session was %s, and is %s: %+v", mine, id, own)
	}
	if n := w.aws.Server.CountOK("GetSessionToken"); n != before {
		t.Errorf("%d sessions of the key were made beside the person's", n-before)
	}

	if list := w.must("list", "--long"); !strings.Contains(list, "claude's ") {
		t.Errorf("the list does not tell of the agent's session:\n%s", list)
	}
	w.reads("agents of "+infra, w.must("agents", "--profile", infra))
	for _, profile := range []string{infra, plain} {
		w.reads("explain "+profile, lineWith(w.must("explain", profile), "AI agents"))
	}
	w.wantComplaint(w.mine("agents", "--profile", infra, "allow"), 5, "allowed by a program")
	w.wantComplaint(w.by("agents", "--profile", infra, "refuse"), 5, "refused by an agent")

	w.stop() // both are in the keychain
	if _, id := w.session(w.by("export", "--format=json", infra)); id != theirs {
		t.Errorf("after a restart the agent has %s, which was %s", id, theirs)
	}
	if _, id := w.session(w.mine("export", "--format=json", infra)); id != mine {
		t.Errorf("after a restart the person has %s, which was %s", id, mine)
	}

	if got := w.by("login", "--stdout", infra); got.code != 0 {
		t.Errorf("console: exit code %d\n%s", got.code, got.stderr)
	}
	w.eventually("the console is signed in to by the agent's session", func() bool {
		for _, l := range w.trail("--profile", infra) {
			if l.Operation == "login" {
				return l.AccessKeyID == theirs && strings.HasPrefix(l.SessionName, "agent-claude-")
			}
		}
		return false
	})
	w.wantComplaint(w.by("serve", infra), 3, "serve")
	w.must("clear", infra)
	if _, id := w.session(w.by("export", "--format=json", infra)); id == theirs {
		t.Error("clear left the agent's session")
	}
}

// TestStoryNotNarrowed: what no session policy can narrow, an agent that may only read does
// not get at all, with the reason and the next step.
func TestStoryNotNarrowed(t *testing.T) {
	t.Parallel()
	w := newAgentWorld(t)
	w.must("settings", "set", "agents", "read-only")
	for _, args := range [][]string{
		{"export", plain}, {"export", "--no-session", plain}, {"exec", plain, "--", "/bin/true"}, {"exec", "--server", plain, "--", "/bin/true"},
		{"login", "--stdout", plain}, {"serve", plain},
	} {
		w.wantComplaint(w.by(args...), 3, strings.Join(args, " "))
		if got := w.mine(args...); got.code != 0 && args[0] != "login" {
			t.Errorf("%q by the person: exit code %d\n%s", args, got.code, got.stderr)
		}
	}
	policy := w.aws.Account.Policy("agents", "sts:*")
	read, _ := w.iamBy()
	w.setting("agents = read-only\nagents_policy = " + policy + "\n")
	w.stop()
	if got := w.by(read...); got.code != 1 || !strings.Contains(got.stderr, "AccessDenied") || !strings.Contains(got.stderr, "iam:ListAccessKeys") {
		t.Errorf("with a policy of the account: %d\n%s", got.code, got.stderr)
	}
	w.setting("agents = read-only\nagents_policy = arn:aws:iam::999999999999:policy/agents\n")
	w.stop()
	w.wantComplaint(w.by(read...), 1, "a policy of another account")
	w.setting("agents = read-only\nagents_policy = arn:aws:iam::aws:policy/Nonsense\n")
	w.stop()
	w.wantComplaint(w.by(read...), 7, "a policy that is none")
}

// TestStoryAgentsNames: AWS is told whose session it is, without a rule where a variable
// says so. It costs nobody one more MFA code, and a person's session is as it was.
func TestStoryAgentsNames(t *testing.T) {
	t.Parallel()
	w := newAgentWorld(t)
	_, mine := w.session(w.mine("export", "--format=json", infra))
	named, theirs := w.session(w.marked("export", "--format=json", infra))
	if !strings.HasPrefix(named.Name, "agent-claude-vaultbar") || len(named.Policies) != 0 || theirs == mine {
		t.Errorf("AWS has %+v", named)
	}
	if _, id := w.session(w.mine("export", "--format=json", infra)); id != mine {
		t.Errorf("the person's session was %s, and is %s", mine, id)
	}
	w.must("settings", "set", "--profile", infra, "agents_named", "tags")
	w.wantComplaint(w.marked("export", infra), 7, "")
	w.aws.Account.Role("work", awstest.Trust{Principals: []string{w.aws.Account.ARN()}, TagKeys: []string{"agent"}})
	w.eventually("the refusal is over", func() bool { return w.marked("export", infra).code == 0 })
	if tagged, _ := w.session(w.by("export", "--format=json", infra)); tagged.Tags["agent"] != "" {
		t.Errorf("no rule needs the processes, and yet: %+v", tagged)
	}
	if tagged, _ := w.session(w.marked("export", "--format=json", infra)); tagged.Tags["agent"] != "claude" {
		t.Errorf("AWS has %+v", tagged)
	}

	w.add(bastion, w.aws.Key)
	w.signIn(hoge)
	codes := len(w.aws.Server.AcceptedCodes())
	if got, _ := w.session(w.marked("export", "--format=json", hoge)); !strings.HasPrefix(got.Name, "agent-claude-") {
		t.Errorf("AWS has %+v", got)
	}
	if n := len(w.aws.Server.AcceptedCodes()); n != codes {
		t.Errorf("%d codes more", n-codes)
	}
}
