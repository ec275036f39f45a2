//go:build linux

package stories_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// mints adds a profile for each of some scripts, whose role a token assumes that the
// script prints.
func (c *cluster) mints(scripts map[string]string) map[string]tool {
	c.Helper()
	config, tools := c.usual(), map[string]tool{}
	for name, script := range scripts {
		tools[name] = c.tool(name, script)
		config += fmt.Sprintf("[profile %s]\nregion = eu-west-1\nrole_arn = %s\nweb_identity_token_process = %[1]s || exit $?\n", name, c.role.ARN())
	}
	c.writeConfig(config)
	return tools
}

// TestStoryTokenProcess: the program that prints a web identity token is confirmed by the
// person, and runs once for each session.
func TestStoryTokenProcess(t *testing.T) {
	t.Parallel()
	testenv.Root(t)
	w := newWorld(t)
	ssh := w.startSSH(testenv.Program(t, "sshd", "openssh-server"), testenv.Program(t, "ssh", "openssh-client"))
	c := w.inACluster()
	mint := c.mints(map[string]string{"mint": "cat " + c.file})["mint"]
	w.wantComplaint(w.run("export", "mint"), 5, "before it is confirmed")
	confirm := func(answer string, want int) {
		t.Helper()
		s := w.sit(ssh("vaultbar renew mint"))
		s.expect(confirming)
		s.answer(answer)
		if code := s.wait(); code != want {
			t.Errorf("%s: exit code %d\n%s", answer, code, s.all())
		}
	}
	confirm("no", 4)
	if n := mint.ran(); n != 0 {
		t.Errorf("what was refused ran %d times", n)
	}
	confirm("always", 0)
	w.wantsRole("mint", asPod)
	w.export("mint")
	if n := mint.ran(); n != 1 {
		t.Errorf("it ran %d times for one session", n)
	}
}

// TestStoryTokenProcessFaults: what fails, prints something else or asks for its own
// credentials ends with a word of its own, and quotes nothing.
func TestStoryTokenProcessFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setting("commands = allow\n")
	const secret = "canary-7c1e-eyJhbGciOiJSUzI1NiJ9"
	w.inACluster().mints(map[string]string{
		"fails": "echo " + secret + "; echo " + secret + " >&2; exit 3",
		"odd":   "echo " + secret + "; echo " + secret,
		"huge":  "exec yes " + secret,
		"loop":  "exec vaultbar export --format=json loop",
		"wrong": "echo " + secret,
	})
	for name, code := range map[string]int{"fails": 1, "odd": 1, "huge": 1, "loop": 1, "wrong": 7} {
		got := w.run("export", "--format=json", name)
		w.wantComplaint(got, code, name)
		if strings.Contains(got.stderr, "7c1e") {
			t.Errorf("%s quotes what was printed:\n%s", name, got.stderr)
		}
	}
	if strings.Contains(w.logText(), secret) {
		t.Error("the log quotes what was printed")
	}
}
