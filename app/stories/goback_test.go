//go:build linux

package stories_test

import (
	"os"
	"strings"
	"testing"
)

// TestStoryGoBack does what install.md says to whoever wants their key in plain text
// again, and to whoever wants it on another machine.
func TestStoryGoBack(t *testing.T) {
	t.Parallel()
	needTheirPrograms(t)
	w := newWorld(t)
	who := w.aws.Account.User("bob").ARN()
	w.add(plain, w.spare)
	w.must("setup", "--yes", plain)
	w.everyProgramIs("with Vaultbar", plain, who)

	there := newWorld(t)
	cmd := there.command("vaultbar", "add", "--stdin", plain)
	cmd.Env = there.with("AWS_ENDPOINT_URL=" + w.aws.Server.URL())
	there.settings("trusted_endpoints = " + w.aws.Server.URL() + "\n")
	cmd.Stdin = strings.NewReader(w.must("export", "--format=json", "--no-session", plain))
	if got := there.do(cmd); got.code != 0 {
		t.Fatalf("on the other machine: exit code %d\n%s", got.code, got.stderr)
	}
	if got := there.must("list", "--credentials"); got != plain+"\n" {
		t.Errorf("the other machine has the keys %q", got)
	}

	lines := w.must("export", "--format=ini", "--no-session", plain)
	w.check(os.WriteFile(w.credentialsFile(), []byte(lines), 0o600))
	w.must("setup", "--undo", "--yes", plain)
	w.must("remove", "--force", plain)
	if text, err := os.ReadFile(w.configFile()); err != nil || strings.Contains(string(text), "export --format=json "+plain) {
		t.Errorf("the config is %q: %v", text, err)
	}
	w.everyProgramIs("without Vaultbar", plain, who)
}
