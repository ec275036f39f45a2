//go:build linux

package stories_test

import (
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// TestStoryAnotherAccount: what AWS says to be of another account than the profile names
// is neither added, imported nor handed out, by the real programs.
func TestStoryAnotherAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const other = "999999999999"
	w.writeConfig("[profile " + plain + "]\nregion = eu-central-1\naws_account_id = " + other + "\n\n" +
		"[profile right]\nregion = eu-central-1\naws_account_id = " + w.aws.Account.ID() + "\n")
	refused := func(what string, got outcome) {
		t.Helper()
		if got.code != 3 || got.stdout != "" || !strings.Contains(got.stderr, other) || !strings.Contains(got.stderr, w.aws.Account.ID()) || !strings.Contains(got.stderr, "hint: ") {
			t.Errorf("%s: exit code %d\n%s%s", what, got.code, got.stdout, got.stderr)
		}
	}
	refused("add", w.do(w.adding(plain, w.spare)))
	w.plainKeys(map[string]*awstest.Key{plain: w.spare}, "")
	got := w.run("import", "--yes")
	if got.code == 0 {
		t.Errorf("import: exit code %d", got.code)
	}
	w.reads("import", got.stdout+got.stderr)
	w.plainKeys(nil, "")
	if got := w.run("list", "--credentials"); strings.TrimSpace(got.stdout) != "" {
		t.Errorf("the keychain has %s", got.stdout)
	}
	w.add(plain, w.spare, "--no-verify")
	refused("the first session", w.run("export", plain))
	refused("the key itself", w.run("export", "--no-session", plain))
	w.add("right", w.spare, "--no-verify")
	if w.export("right").SecretAccessKey == "" {
		t.Error("a key of the account that the profile names is not handed out")
	}
	w.aws.Server.Fault(awstest.Fault{Action: "AssumeRole", Kind: awstest.AnsweringFor(other)})
	w.writeConfig("[profile right]\nregion = eu-central-1\n[profile above]\nregion = eu-central-1\nsource_profile = right\nrole_arn = " + w.aws.Account.Role("open", awstest.Trust{Principals: []string{w.aws.Account.User("bob").ARN()}}).ARN() + "\n")
	refused("a role", w.run("export", "above"))
}
