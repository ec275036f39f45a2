//go:build linux

package stories_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// trailLine is what this story reads of a line of the audit trail.
type trailLine struct {
	Kind, Operation, Profile, Outcome, Allowed, Role, Account, Agent, Detail string
	Grant                                                                    int
	AccessKeyID                                                              string `json:"access_key_id"`
	SessionName                                                              string `json:"session_name"`
	Caller                                                                   []trailProcess
}

// trailProcess is one of those that led to it.
type trailProcess struct {
	Program, Path, Dir string
	PID                int
	Started            uint64
	Leads              bool `json:"session_leader"`
	Messenger          bool
}

// calledBy says whether a program led to it.
func (l trailLine) calledBy(program string) bool {
	return slices.ContainsFunc(l.Caller, func(p trailProcess) bool { return p.Program == program })
}

// trail reads the audit trail by the command.
func (w *world) trail(args ...string) (lines []trailLine) {
	w.Helper()
	for text := range strings.Lines(w.must(append([]string{"log", "--json"}, args...)...)) {
		var l trailLine
		w.check(json.Unmarshal([]byte(text), &l))
		lines = append(lines, l)
	}
	return lines
}

// Who got what is written down: whose session it was, as CloudTrail names it, and who
// asked; what was refused and changed too. It outlasts a crash of the app, holds no
// secret, and what is altered is said.
func TestStoryTrail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(bastion, w.aws.Key)
	w.signIn(hoge)
	session := w.export(hoge)
	if got := w.run("export", "nosuch"); got.code != 3 {
		t.Errorf("exit code %d\n%s", got.code, got.stderr)
	}
	w.must("settings", "set", "keep_fresh", "never")
	w.must("lock")
	var lines []trailLine
	last := func(operation string) func() bool {
		return func() bool {
			lines = w.trail()
			return len(lines) > 0 && lines[len(lines)-1].Operation == operation
		}
	}
	w.eventually("all is written", last("lock")) // nobody waits for that
	w.app().kill()
	w.must("unlock")
	want := []string{"key add", "issue credentials", "refusal credentials", "setting set", "lock lock", "lock unlock"}
	w.eventually("what came after the crash is written", last("unlock"))
	next, joined := 0, false
	for _, l := range lines {
		if next < len(want) && l.Kind+" "+l.Operation == want[next] {
			next++
		}
		joined = joined || l.Profile == hoge && l.AccessKeyID == session.AccessKeyID && l.Role == "hoge" && len(l.Account) == 12 && l.SessionName != "" &&
			len(l.Caller) > 0 && l.Caller[0].Program != ""
	}
	if next < len(want) {
		t.Errorf("no line %q in\n%+v", want[next], lines)
	}
	if !joined {
		t.Errorf("no line says whose the session %s is:\n%+v", session.AccessKeyID, lines)
	}
	if only := w.trail("--profile", "nosuch"); len(only) != 1 || only[0].Outcome != "no-profile" {
		t.Errorf("of one profile there is\n%+v", only)
	}
	if got := w.run("log", "--verify"); got.code != 0 {
		t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}

	w.stop()
	file := filepath.Join(filepath.Dir(w.logFile()), "audit", "trail.jsonl")
	text, err := os.ReadFile(file)
	w.check(err)
	for _, secret := range []string{w.aws.Key.Secret().Reveal(), session.SecretAccessKey, session.SessionToken} {
		if bytes.Contains(text, []byte(secret)) {
			t.Error("a secret is in the trail")
		}
	}
	w.check(os.WriteFile(file, bytes.Replace(text, []byte("no-profile"), []byte("no-matter!"), 1), 0o600))
	altered := w.run("log", "--verify")
	if altered.code != 1 {
		t.Errorf("an altered trail: exit code %d\n%s", altered.code, altered.stdout)
	}
	w.reads("an altered trail", lineWith(altered.stdout, "changed"))
	w.eventually("the next start says so", func() bool {
		said, err := os.ReadFile(w.logFile())
		return err == nil && strings.Contains(string(said), "the trail is damaged")
	})
	if w.export(hoge).AccessKeyID == "" {
		t.Error("nobody is served")
	}
}
