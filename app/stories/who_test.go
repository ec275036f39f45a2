//go:build linux

package stories_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// rule is a profile of the table, with the settings that it is called after.
type rule struct {
	profile  string
	role     bool     // it is a role, which AWS can narrow, and no key
	settings []string // key and value
}

var rules = []rule{
	{"open", false, nil},
	{"protected", false, []string{"protected", "yes"}},
	{"typed", false, []string{"protected", "typed"}},
	{"agents-allow", false, []string{"agents", "allow"}},
	{"agents-ask", false, []string{"agents", "ask"}},
	{"read-only", true, []string{"agents", "read-only"}},
	{"protected-read-only", true, []string{"protected", "yes", "agents", "read-only"}},
	{"agents-refuse", false, []string{"agents", "refuse"}},
}

// asker is a kind of program that asks for the profiles, one after the other.
type asker struct {
	name string
	asks func(profile string) answered
}

// answered is what came of it.
type answered struct {
	code  int
	asked []string // what the person was asked
}

// ruled makes a key and a profile for each rule.
func (w *world) ruled() {
	w.Helper()
	config := w.usual()
	keys := make(map[string]*awstest.Key) // by profile
	for _, rule := range rules {
		user := w.aws.Account.User(rule.profile)
		config += "\n[profile " + rule.profile + "]\nregion = eu-central-1\n"
		if !rule.role {
			keys[rule.profile] = user.NewKey()
			continue
		}
		source := rule.profile + "-key"
		keys[source] = user.NewKey()
		role := w.aws.Account.Role(rule.profile, awstest.Trust{Principals: []string{user.ARN()}})
		config += "role_arn = " + role.ARN() + "\nsource_profile = " + source + "\n[profile " + source + "]\nregion = eu-central-1\n"
	}
	w.steered = true // cron has no variables
	w.writeConfig(config)
	for profile, key := range keys {
		w.add(profile, key)
	}
	for _, rule := range rules {
		for set := range slices.Chunk(rule.settings, 2) {
			w.must("settings", "set", "--profile", rule.profile, set[0], set[1])
		}
	}
}

// background are the programs without a person's terminal: each is a shell that runs a
// script that runs the command, as a program runs it.
func (w *world) background(ask func(*exec.Cmd, string) answered) []asker {
	w.Helper()
	bwrap := testenv.Program(w, "bwrap", "bubblewrap")
	terraform, claude, command := w.program("terraform"), w.program("claude"), built().path("vaultbar")
	program := func(name string, change func(*exec.Cmd), words ...string) asker {
		return asker{name, func(profile string) answered {
			cmd := w.command("/bin/sh", append([]string{"-c", `"$@"; exit $?`, "sh"}, append(words, command, "export", "--format=json", profile)...)...)
			if change != nil {
				change(cmd)
			}
			return ask(cmd, profile)
		}}
	}
	return []asker{
		program("own program", nil, terraform),
		program("agent, by its process", nil, claude, terraform),
		program("agent, by its variable", func(cmd *exec.Cmd) { cmd.Env = append(cmd.Env, "CLAUDECODE=1") }, terraform),
		program("program in a sandbox", nil, bwrap, "--dev-bind", "/", "/", "--unshare-pid", terraform),
		program("cron", func(cmd *exec.Cmd) { cmd.Env = []string{"HOME=" + w.home, "PATH=/usr/bin:/bin", "SHELL=/bin/sh"} }, terraform),
	}
}

// unasked runs a command where nobody can be asked.
func (w *world) unasked(cmd *exec.Cmd, _ string) answered {
	w.Helper()
	return answered{code: w.do(cmd).code}
}

// question is what the person is asked: of which kind it is, and who wants what.
func (w *world) question() string {
	w.Helper()
	var reply struct {
		Result struct {
			Asking []struct{ Kind, Who, Subject string }
		}
	}
	w.check(json.Unmarshal([]byte(w.say(`{"v":1,"op":"snapshot"}`)), &reply))
	var all []string
	for _, q := range reply.Result.Asking {
		all = append(all, q.Kind+": "+q.Who)
	}
	return strings.Join(all, " | ")
}

// login is a person's shell over ssh, in which each of the askers begins with some words.
func (w *world) login() func(name, answer string, words ...string) asker {
	w.Helper()
	ssh := w.startSSH(testenv.Program(w, "sshd", "openssh-server"), testenv.Program(w, "ssh", "openssh-client"))
	here := w.sit(ssh("cd; exec /bin/bash --norc"))
	ended := []string{"ended 0.", "ended 3.", "ended 4.", "ended 5.", "ended 6."}
	return func(name, answer string, words ...string) asker {
		line := strings.Join(append(words, "vaultbar export --format=json"), " ")
		return asker{name, func(profile string) (got answered) {
			w.Helper()
			here.press(line + " " + profile + " >/dev/null; echo ended $?.\n")
			confirming := "type " + profile + ": "
			for {
				switch shown := here.until(append([]string{allowing, confirming}, ended...)...); shown {
				case allowing:
					got.asked = append(got.asked, w.question())
					here.answer(answer)
				case confirming:
					got.asked = append(got.asked, "its name")
					here.answer(profile)
				default:
					_, err := fmt.Sscanf(shown, "ended %d.", &got.code)
					w.check(err)
					return got
				}
			}
		}}
	}
}

// decided is what the audit trail has about requests for credentials, and about answers
// to questions.
func (w *world) decided() []trailLine {
	w.Helper()
	return slices.DeleteFunc(w.trail("--lines=0"), func(l trailLine) bool {
		return l.Kind != "approval" && (l.Operation != "credentials" || l.Kind != "issue" && l.Kind != "refusal")
	})
}

// ends says whether a line is the last of a request.
func (l trailLine) ends() bool { return l.Kind != "approval" }

// count is how many requests lines are about.
func count(lines []trailLine) (n int) {
	for _, l := range lines {
		if l.ends() {
			n++
		}
	}
	return n
}

// short is a line of the trail in short: what was done, what came of it, how it was allowed,
// for which agent, and whether AWS keeps the session from writing.
func (w *world) short(l trailLine) string {
	words := []string{l.Kind, l.Outcome}
	if l.Allowed != "" {
		words = append(words, "by", l.Allowed)
	}
	if l.Agent != "" {
		words = append(words, "for", l.Agent)
	}
	if session, ok := w.aws.Server.Session(l.AccessKeyID); ok && len(session.Policies) > 0 {
		words = append(words, "read-only")
	}
	return strings.Join(words, " ")
}

// table has all askers ask for the profiles, and writes down of each cell the exit code, what
// the audit trail says, and what the person was asked.
func (w *world) table(title string, rules []rule, askers []asker) string {
	w.Helper()
	before := len(w.decided())
	var cells []answered
	for _, a := range askers {
		for _, rule := range rules {
			cells = append(cells, a.asks(rule.profile))
		}
	}
	var lines []trailLine
	w.eventually("each leaves a line", func() bool {
		lines = w.decided()[before:]
		return count(lines) >= len(cells)
	})
	var text strings.Builder
	fmt.Fprintln(&text, title)
	for i, a := range askers {
		var row []string
		for j, rule := range rules {
			var said []string
			for last := false; !last && len(lines) > 0; lines = lines[1:] {
				last = lines[0].ends()
				said = append(said, w.short(lines[0]))
				if lines[0].Profile != rule.profile {
					w.Errorf("%s, %s: the trail has a line of %s", a.name, rule.profile, lines[0].Profile)
				}
			}
			row = append(row, cells[i*len(rules)+j].text(said))
		}
		if len(slices.Compact(slices.Clone(row))) == 1 {
			fmt.Fprintf(&text, "%-28s%-21s%s\n", a.name, "(each)", row[0])
			continue
		}
		for j, rule := range rules {
			fmt.Fprintf(&text, "%-28s%-21s%s\n", a.name, rule.profile, row[j])
		}
	}
	return text.String()
}

// text is a cell of the table, with what the trail says.
func (a answered) text(said []string) string {
	text := fmt.Sprintf("%d  %s", a.code, strings.Join(said, ", "))
	for _, question := range a.asked {
		text += fmt.Sprintf("\n%52s? %s", "", question)
	}
	return text
}

// TestStoryWho is who gets what where there is no desktop: each kind of program, of a
// profile with each rule, and while locked. A cell of the table has the exit code, what
// the audit trail says, and a line with a ? for each question. Where it
// is the same of each profile, that is one line.
func TestStoryWho(t *testing.T) {
	t.Parallel()
	testenv.Root(t)
	w := newWorld(t)
	w.ruled()
	here := w.login()
	claude, terraform := w.program("claude"), w.program("terraform")
	w.who("who.txt", rules, rules, append([]asker{
		here("own terminal", "once"),
		here("program at it", "once", terraform),
		here("program at it, denied", "deny", terraform),
		here("agent at it", "once", claude, terraform),
	}, w.background(w.unasked)...))
}

// who compares who gets what of the profiles, and of some of them while locked, with what is
// written down.
func (w *world) who(name string, rules, locked []rule, askers []asker) {
	w.Helper()
	text := w.table("Unlocked", rules, askers)
	w.must("lock")
	text += "\n" + w.table("Locked", locked, askers)
	golden.Check(w, name, text)
}
