//go:build linux

package app_test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

var updateWho = flag.Bool("update", false, "rewrite the files of testdata")

// rules are the profiles of the table, by the rule that each has.
var rules = []struct {
	profile  string
	settings []string // key and value
}{
	{"open", nil},
	{"protected", []string{"protected", "yes"}},
	{"agents-ask", []string{"agents", "ask"}},
	{"agents-refuse", []string{"agents", "refuse"}},
}

// asker is a kind of program that asks for the profiles, one after the other.
type asker struct {
	name string
	asks func(profile string) answered
}

// answered is what came of it.
type answered struct {
	code  int
	asked int // how often the person was asked, who answered with Once each time
}

// ruled makes a key and a profile for each rule.
func (w *world) ruled() {
	w.Helper()
	config := w.usual()
	for _, rule := range rules {
		config += "\n[profile " + rule.profile + "]\nregion = eu-central-1\n"
	}
	w.steered = true // cron has no variables
	w.writeConfig(config)
	for _, rule := range rules {
		w.add(rule.profile, w.aws.Account.User(rule.profile).NewKey())
		for set := range slices.Chunk(rule.settings, 2) {
			w.must("settings", "set", "--profile", rule.profile, set[0], set[1])
		}
	}
}

// background are the programs without a person's terminal, where nobody can be asked: each is a shell that runs a
// script that runs the command, as a program runs it.
func (w *world) background() []asker {
	w.Helper()
	bwrap := testenv.Program(w, "bwrap", "bubblewrap")
	terraform, claude, command := w.program("terraform"), w.program("claude"), built().path("vaultbar")
	program := func(name string, change func(*exec.Cmd), words ...string) asker {
		return asker{name, func(profile string) answered {
			cmd := w.command("/bin/sh", append([]string{"-c", `"$@"; exit $?`, "sh"}, append(words, command, "export", "--format=json", profile)...)...)
			if change != nil {
				change(cmd)
			}
			return answered{code: w.do(cmd).code}
		}}
	}
	return []asker{
		program("own program, no terminal", nil, terraform),
		program("agent, by its process", nil, claude, terraform),
		program("agent, by its variable", func(cmd *exec.Cmd) { cmd.Env = append(cmd.Env, "CLAUDECODE=1") }, terraform),
		program("program in a sandbox", nil, bwrap, "--dev-bind", "/", "/", "--unshare-pid", terraform),
		program("cron", func(cmd *exec.Cmd) { cmd.Env = []string{"HOME=" + w.home, "PATH=/usr/bin:/bin", "SHELL=/bin/sh"} }, terraform),
	}
}

// asked is what the audit trail has about requests for credentials.
func (w *world) asked() []trailLine {
	w.Helper()
	return slices.DeleteFunc(w.trail(), func(l trailLine) bool {
		return l.Operation != "credentials" || l.Kind != "issue" && l.Kind != "refusal"
	})
}

// table has all askers ask for all profiles, and writes down the exit code, whether the
// person was asked, and what the audit trail says: how it was allowed, or why not.
func (w *world) table(title string, askers []asker) string {
	w.Helper()
	before := len(w.asked())
	var got [][]answered
	for _, a := range askers {
		var row []answered
		for _, rule := range rules {
			row = append(row, a.asks(rule.profile))
		}
		got = append(got, row)
	}
	all := before + len(askers)*len(rules)
	var lines []trailLine
	w.eventually("each leaves a line", func() bool { lines = w.asked(); return len(lines) >= all })
	lines = lines[before:]
	var text strings.Builder
	fmt.Fprintf(&text, "%-26s", title)
	for _, rule := range rules {
		fmt.Fprintf(&text, "%-24s", rule.profile)
	}
	for i, a := range askers {
		fmt.Fprintf(&text, "\n%-26s", a.name)
		for j, rule := range rules {
			cell, line := got[i][j], lines[i*len(rules)+j]
			if line.Profile != rule.profile {
				w.Errorf("%s, %s: the trail has a line of %s", a.name, rule.profile, line.Profile)
			}
			said := line.Allowed
			if line.Outcome != "done" {
				said = line.Outcome
			}
			fmt.Fprintf(&text, "%-24s", fmt.Sprintf("%s%d %s", strings.Repeat("?", cell.asked), cell.code, said))
		}
	}
	return trimmed(text.String())
}

// trimmed is a text without spaces at the ends of its lines.
func trimmed(text string) string {
	var all []string
	for line := range strings.Lines(text) {
		all = append(all, strings.TrimRight(line, " \n"))
	}
	return strings.Join(all, "\n") + "\n"
}

// login is a person's shell over ssh.
func (w *world) login() asker {
	w.Helper()
	ssh := w.startSSH(testenv.Program(w, "sshd", "openssh-server"), testenv.Program(w, "ssh", "openssh-client"))
	here := w.sit(ssh("/bin/bash --norc"))
	return asker{"ssh login", func(profile string) answered {
		w.Helper()
		var got answered
		here.press("vaultbar export --format=json " + profile + " >/dev/null; echo ended $?.\n")
		ended := []string{"ended 0.", "ended 3.", "ended 4.", "ended 5.", "ended 6."}
		code := here.until(append(ended, allowing)...)
		if code == allowing {
			got.asked++
			here.answer("once")
			code = here.until(ended...)
		}
		_, err := fmt.Sscanf(code, "ended %d.", &got.code)
		w.check(err)
		return got
	}}
}

// TestStoryWho is who gets what where there is no desktop: each kind of program, of a
// profile with each rule, and while locked. A cell of the table has a ? for each question,
// the exit code, and what the audit trail says.
func TestStoryWho(t *testing.T) {
	t.Parallel()
	testenv.Root(t)
	w := newWorld(t)
	w.ruled()
	w.golden("who.txt", append([]asker{w.login()}, w.background()...))
}

// golden compares who gets what, unlocked and locked, with what is written down.
func (w *world) golden(name string, askers []asker) {
	w.Helper()
	text := w.table("Unlocked", askers)
	w.must("lock")
	text += "\n" + w.table("Locked", askers)
	file := filepath.Join("testdata", name)
	if *updateWho {
		w.check(os.WriteFile(file, []byte(text), 0o644))
	}
	want, err := os.ReadFile(file)
	if err != nil || string(want) != text {
		w.Errorf("%s differs (%v); if it is meant, run the test with -update. It is now\n%s", file, err, text)
	}
}
