//go:build linux

package stories_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// allowing is how a terminal shows the choices about a protected profile.
const allowing = "[d]eny, [o]nce, [f]or 1 hour, [w]hile this runs: "

// program puts a script of a shell into the person's home, which runs its arguments.
func (w *world) program(name string) string {
	w.Helper()
	path := filepath.Join(w.home, "bin", name)
	w.check(os.MkdirAll(filepath.Dir(path), 0o755))
	w.check(os.WriteFile(path, []byte("#!/bin/bash\n\"$@\"\nexit $?\n"), 0o755))
	return path
}

// inSession starts a program in a session of its own, such as that of a terminal, whose
// shell is there until the test ends. ended waits for the program, and returns what it
// printed and its exit code.
func (w *world) inSession(program string, args ...string) (ended func() (stdout string, code string)) {
	w.Helper()
	folder, err := os.MkdirTemp(w.home, "session")
	w.check(err)
	const script = `"$@" >"$0/out"; echo $? >"$0/part"; mv "$0/part" "$0/code"; exec sleep infinity`
	shell := lasting(w.command("sh", append([]string{"-c", script, folder, program}, args...)...))
	w.check(shell.Start())
	w.Cleanup(func() { _, _ = shell.Process.Kill(), shell.Wait() })
	return func() (string, string) {
		w.Helper()
		var code []byte
		w.eventually(program+" has ended", func() bool {
			code, err = os.ReadFile(filepath.Join(folder, "code"))
			return err == nil
		})
		out, err := os.ReadFile(filepath.Join(folder, "out"))
		w.check(err)
		return string(out), strings.TrimSpace(string(code))
	}
}

// granted are the programs that are allowed something, as `vaultbar grants` has them.
func (w *world) granted() (programs []string) {
	w.Helper()
	var all []struct{ Program, Profile string }
	w.check(json.Unmarshal([]byte(w.must("grants", "--json")), &all))
	for _, g := range all {
		programs = append(programs, g.Profile+": "+g.Program)
	}
	return programs
}

// TestStoryProtected: of a protected profile a program gets nothing without the person,
// who is asked at their own terminal; what they allow for an hour holds for that program
// in that terminal, and for no other, until they take it back or lock.
func TestStoryProtected(t *testing.T) {
	t.Parallel()
	testenv.Root(t)
	w := plainWorld(t)
	ssh := w.startSSH(testenv.Program(t, "sshd", "openssh-server"), testenv.Program(t, "ssh", "openssh-client"))
	w.must("settings", "set", "--profile", plain, "protected", "yes")
	for _, args := range [][]string{
		{"export", "--format=json", plain}, {"export", "--no-session", plain}, {"exec", plain, "--", "/bin/true"}, {"login", "--stdout", plain},
		{"serve", plain}, {"exec", "--server", plain, "--", "/bin/true"}, {"exec", "--ec2-server", plain, "--", "/bin/true"},
	} {
		w.wantComplaint(w.run(args...), 5, strings.Join(args, " "))
	}
	w.wantComplaint(w.run("settings", "set", "--profile", plain, "protected", "no"), 5, "protected no longer")
	w.reads("explain", lineWith(w.must("explain", plain), "program"))

	w.appendConfig("[profile sneaky]\nsource_profile = " + plain + "\n") // another name for it is protected too
	w.wantComplaint(w.run("export", "sneaky"), 5, "by another name")
	elsewhere := w.command("vaultbar", "export", "sly")
	elsewhere.Env = append(elsewhere.Env, "AWS_CONFIG_FILE="+w.path("sly"))
	w.check(os.WriteFile(w.path("sly"), []byte("[profile sly]\nsource_profile = "+plain+"\n[profile "+plain+"]\nregion = eu-west-1\n"), 0o644))
	w.wantComplaint(w.do(elsewhere), 5, "by another config")

	deploy, other := w.program("deploy"), w.program("other")
	export := " vaultbar export --format=json " + plain + " >/dev/null; echo ended $?\n"
	here := w.sit(ssh("/bin/bash --norc"))
	answered := func(program, answer, ended string) {
		t.Helper()
		here.press(program + export)
		if answer != "" {
			here.expect(allowing)
			here.answer(answer)
		}
		here.expect("ended " + ended)
	}
	answered(deploy, "deny", "4")
	answered(other, "once", "0")
	answered(other, "for 1 hour", "0")
	answered(other, "", "0")
	here.press(other + " vaultbar exec " + plain + " -- sh -c 'echo protected: $VAULTBAR_PROTECTED'\n")
	here.expect("protected: yes")
	if got := w.granted(); len(got) != 1 || !strings.HasPrefix(got[0], plain+": other (in ") {
		t.Errorf("granted: %q", got)
	}
	w.check(os.WriteFile(other, []byte("#!/bin/bash\n# replaced\n\"$@\"\nexit $?\n"), 0o755))
	answered(other, "deny", "4")
	w.wantComplaint(w.do(w.command(deploy, built().path("vaultbar"), "export", plain)), 5, "in another terminal") // not in this terminal
	w.must("grants", "--revoke=all")
	if got := w.granted(); len(got) != 0 {
		t.Errorf("granted after all was revoked: %q", got)
	}
	w.eventually("how each was allowed is written down", func() bool {
		how := ""
		for _, l := range w.trail("--profile", plain) {
			if l.Kind == "issue" && l.calledBy("other") {
				how += l.Allowed + " "
			}
		}
		return how == "once hour grant grant "
	})
	w.must("lock")
	w.must("unlock")
	here.press("exit\n")
	if code := here.wait(); code != 0 {
		t.Errorf("exit code %d\n%s", code, here.all())
	}
}

// TestStoryAgents: what an agent runs is known by the processes or by the agent's
// variable. It gets what the person lets agents have, and changes nothing.
func TestStoryAgents(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	claude := w.program("claude")
	byAgent := func(args ...string) outcome {
		t.Helper()
		return w.do(w.command(claude, append([]string{built().path("vaultbar")}, args...)...))
	}
	byVariable := func(args ...string) outcome {
		t.Helper()
		cmd := w.command("vaultbar", args...)
		cmd.Env = append(cmd.Env, "CLAUDECODE=1")
		return w.do(cmd)
	}
	for name, run := range map[string]func(...string) outcome{"its process": byAgent, "its variable": byVariable} {
		if got := run("export", "--format=json", plain); got.code != 0 {
			t.Errorf("by %s: exit code %d\n%s", name, got.code, got.stderr)
		}
		for _, args := range [][]string{
			{"settings", "set", "agents_may_change", "yes"}, {"settings", "set", "--profile", plain, "agents", "allow"}, {"clear"}, {"remove", "--force", plain}, {"renew", plain}, {"unlock"},
			{"setup", "--yes", plain},
		} {
			w.wantComplaint(run(args...), 5, strings.Join(args, " "))
		}
		for _, args := range [][]string{{"list"}, {"status"}, {"explain", plain}, {"lock"}} {
			if got := run(args...); got.code != 0 {
				t.Errorf("by %s, %q: exit code %d\n%s", name, args, got.code, got.stderr)
			}
		}
		w.must("unlock")
	}
	w.must("settings", "set", "--profile", plain, "agents", "ask")
	w.wantComplaint(byAgent("export", plain), 5, "an agent that is asked about")
	w.must("export", "--format=json", plain)
	w.must("settings", "set", "--profile", plain, "agents", "refuse")
	w.wantComplaint(byVariable("export", plain), 3, "an agent that is refused")

	mybot := w.program("mybot")
	w.must("settings", "set", "agent_programs", "mybot")
	w.wantComplaint(w.do(w.command(mybot, built().path("vaultbar"), "clear")), 5, "an agent of the settings")
	if got := w.do(w.command(w.program("tool"), built().path("vaultbar"), "clear")); got.code != 0 {
		t.Errorf("another program: exit code %d\n%s", got.code, got.stderr)
	}
}
