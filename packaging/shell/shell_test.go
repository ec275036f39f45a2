package shell_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// words is how one says the same in each shell.
type words struct {
	name, args, file string
	prompt           string // prints the segment as a prompt shows it
	epoch            string // prints the seconds of $1
}

func shells() []words {
	return []words{
		{"zsh", "-f", "vaultbar.zsh", `_vaultbar_prompt; print -rn -- "${(%%)VAULTBAR_PROMPT}"`, `_vaultbar_epoch "$1" && print -r -- $REPLY || print no`},
		{"bash", "--norc", "vaultbar.bash", `_vaultbar_prompt; p='${VAULTBAR_PROMPT}'; printf %s "${p@P}"`, `epoch=no; _vaultbar_epoch "$1"; echo $epoch`},
		{"fish", "--no-config", "vaultbar.fish", `vaultbar_prompt`, `__vaultbar_epoch $argv[1]; or echo no`},
	}
}

// each runs a test in every shell.
func each(t *testing.T, test func(t *testing.T, s words)) {
	for _, s := range shells() {
		t.Run(s.name, func(t *testing.T) {
			testenv.Program(t, s.name, s.name)
			test(t, s)
		})
	}
}

// fake is a vaultbar that knows three profiles, and prints what it is told.
const fake = `#!/bin/sh
if [ "$*" = "list --profiles" ]; then printf '%s\n' prod-admin staging 'with space'; exit; fi
printf '<%s>' "$@"; echo; exit 7
`

// environ has the fake before everything else.
func environ(t *testing.T, extra ...string) []string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "vaultbar"), []byte(fake), 0o755); err != nil {
		t.Fatal(err)
	}
	return append([]string{"HOME=" + dir, "PATH=" + dir + ":/usr/bin:/bin", "LANG=C.UTF-8", "TERM=dumb"}, extra...)
}

// source is a script that begins with ours.
func (s words) source(t *testing.T, script string) string {
	t.Helper()
	file, err := filepath.Abs(s.file)
	if err != nil {
		t.Fatal(err)
	}
	return s.in("source", ".", "source") + " '" + file + "'\n" + script
}

// run runs a script after ours.
func (s words) run(t *testing.T, env []string, stdin, script string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	argv := []string{s.args, "-c", s.source(t, script)}
	if s.name != "fish" {
		argv = append(argv, s.name)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.name, append(argv, args...)...)
	cmd.Env, cmd.Dir = env, t.TempDir()
	var out, said bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &out, &said
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), said.String(), cmd.ProcessState.ExitCode()
}

// left is the time left as the segment says it.
func left(d time.Duration) string {
	minutes := int(d / time.Minute)
	switch {
	case d < time.Second:
		return " ended"
	case minutes == 0:
		return " <1m"
	case minutes < 60:
		return fmt.Sprintf(" %dm", minutes)
	default:
		return fmt.Sprintf(" %dh%dm", minutes/60, minutes%60)
	}
}

func TestThePromptSaysProfileAndTimeLeft(t *testing.T) {
	each(t, func(t *testing.T, s words) {
		for _, lives := range []time.Duration{3*time.Hour + 40*time.Minute + 30*time.Second, 12 * time.Hour, 52*time.Minute + 30*time.Second,
			30 * time.Second, -time.Hour, 36*time.Hour + 5*time.Minute} {
			expiry := time.Now().Add(lives).Truncate(time.Second)
			for _, written := range []string{expiry.UTC().Format(time.RFC3339), expiry.In(time.FixedZone("", -9000)).Format(time.RFC3339)} {
				before := time.Now()
				got, said, _ := s.run(t, environ(t, "AWS_VAULT=prod-admin", "AWS_CREDENTIAL_EXPIRATION="+written, "TZ=America/New_York"), "", s.prompt)
				// What is right may change while the shell runs.
				var right []string
				for at := before.Truncate(time.Second).Add(-time.Second); !at.After(time.Now()); at = at.Add(time.Second) {
					right = append(right, "☁ prod-admin"+left(expiry.Sub(at)))
				}
				if !slices.Contains(right, got) || said != "" {
					t.Errorf("with %s to live (%s): %q, not one of %q; said %q", lives, written, got, slices.Compact(right), said)
				}
			}
		}
	})
}

func TestThePromptInOtherShells(t *testing.T) {
	each(t, func(t *testing.T, s words) {
		for _, c := range []struct {
			env  []string
			want string
		}{
			{nil, ""},
			{[]string{"AWS_CREDENTIAL_EXPIRATION=2020-01-01T00:00:00Z"}, ""},
			{[]string{"AWS_VAULT=prod"}, "☁ prod"},
			{[]string{"AWS_VAULT=prod", "AWS_CREDENTIAL_EXPIRATION=soon"}, "☁ prod"},
			{[]string{"AWS_VAULT=prod", "AWS_CREDENTIAL_EXPIRATION=2020-01-01T00:00:00.5Z"}, "☁ prod ended"},
			{[]string{"AWS_VAULT=prod", "AWS_CREDENTIAL_EXPIRATION=$(touch x)2020-01-01T00:00:00Z"}, "☁ prod"},
			{[]string{"AWS_VAULT=default"}, "☁"},
			{[]string{"AWS_VAULT=prod", "AWS_VAULT_PL_DEFAULT_PROFILE=prod"}, "☁"},
			{[]string{"AWS_VAULT=prod", "AWS_VAULT_PL_CHAR=aws"}, "aws prod"},
			{[]string{"AWS_VAULT=50% $(touch x) `touch x` ${HOME} \\w %n *"}, "☁ 50% $(touch x) `touch x` ${HOME} \\w %n *"},
			{[]string{"AWS_VAULT=a\x1b[31m\nb"}, "☁ a?[31m?b"},
		} {
			got, said, _ := s.run(t, environ(t, c.env...), "", s.prompt)
			if got != c.want || said != "" {
				t.Errorf("%q: %q, not %q; said %q", c.env, got, c.want, said)
			}
		}
	})
}

// TestThePromptIsRedOfWhatIsProtected: and says so in words too.
func TestThePromptIsRedOfWhatIsProtected(t *testing.T) {
	each(t, func(t *testing.T, s words) {
		env := environ(t, "AWS_VAULT=50% prod", "VAULTBAR_PROTECTED=yes", "TERM=xterm")
		got, said, _ := s.run(t, slices.DeleteFunc(env, func(entry string) bool { return entry == "TERM=dumb" }), "", s.prompt)
		before, text, found := strings.Cut(got, "☁")
		text, after, closed := strings.Cut(text, ")")
		if !found || !closed || text != " 50% prod (protected" || !red.MatchString(before) || !strings.Contains(after, "\x1b[") || said != "" {
			t.Errorf("%q; said %q", got, said)
		}
	})
}

// red is what has a terminal write in red.
var red = regexp.MustCompile("\x1b\\[(1;)?31m")

func TestTimesAreReadWithoutAProcess(t *testing.T) {
	for _, written := range []string{"1970-01-01T00:00:00Z", "2000-02-29T23:59:59Z", "2026-03-01T08:09:07Z", "2026-12-31T23:59:59Z", "2027-01-01T00:00:00Z",
		"2028-02-29T12:00:00Z", "2100-02-28T00:00:00Z", "2100-03-01T00:00:00Z", "2026-11-23T17:42:00+05:30", "2026-11-23T17:42:00-08:00",
		"2026-11-23", "2026-11-23T17:42:00", "", "x2026-11-23T17:42:00Z", "2026-11-23T17:42:00Z]"} {
		right := "no"
		if at, err := time.Parse(time.RFC3339, written); err == nil {
			right = strconv.FormatInt(at.Unix(), 10)
		}
		each(t, func(t *testing.T, s words) {
			if got, said, _ := s.run(t, environ(t), "", s.epoch, written); strings.TrimSpace(got) != right || said != "" {
				t.Errorf("%q is %q, not %s; said %q", written, got, right, said)
			}
		})
	}
}

func TestThePromptStartsNoProcess(t *testing.T) {
	testenv.Program(t, "strace", "strace")
	each(t, func(t *testing.T, s words) {
		trace := filepath.Join(t.TempDir(), "trace")
		script := s.source(t, strings.Repeat(s.prompt+"\n", 3))
		cmd := exec.Command("strace", "-f", "-o", trace, "-e", "trace=execve,fork,vfork,clone,clone3", s.name, s.args, "-c", script)
		cmd.Env = environ(t, "AWS_VAULT=prod", "AWS_CREDENTIAL_EXPIRATION="+time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
		out, err := cmd.Output()
		if err != nil || strings.Count(string(out), "☁ prod") != 3 {
			t.Fatalf("%q, %v", out, err)
		}
		started := startedIn(t, trace)
		if len(started) != 1 { // the shell itself
			t.Errorf("started:\n%s", strings.Join(started, "\n"))
		}
	})
}

// startedIn are the processes that a trace has.
func startedIn(t *testing.T, trace string) (started []string) {
	t.Helper()
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(text), "\n") {
		thread := strings.Contains(line, "CLONE_THREAD")
		if !thread && (strings.Contains(line, "fork(") || strings.Contains(line, "clone") || strings.Contains(line, "execve(")) {
			started = append(started, line)
		}
	}
	return started
}

func TestTheFunctions(t *testing.T) {
	each(t, func(t *testing.T, s words) {
		for call, said := range map[string]string{
			"av status":               "<status>",
			"ave prod -- ls 'a b' ''": "<exec><prod><--><ls><a b><>",
			"avl prod --service s3":   "<login><prod><--service><s3>",
			"avll prod":               "<login><--stdout><prod>",
			"avli prod":               "<login><--isolated><prod>",
			"avsh prod -t 123456":     "<exec><prod><-t><123456><--><" + s.name + ">",
			"avp --long":              "<list><--long>",
		} {
			out, complaint, code := s.run(t, environ(t), "", call)
			if out != said+"\n" || complaint != "" || code != 7 {
				t.Errorf("%s: %q, %q, %d", call, out, complaint, code)
			}
		}
	})
}

// exporting is a vaultbar that exports credentials in the form of each shell.
const exporting = `#!/bin/sh
case "$2" in
--format=export-env) echo "export AWS_SESSION_TOKEN='new $4 token'" ;;
--format=fish) echo "set -gx AWS_SESSION_TOKEN 'new $4 token'" ;;
esac
[ "$3" = -- ] && exit "${EXIT_CODE:-0}"
`

func TestAvrRenewsTheCredentialsOfTheShell(t *testing.T) {
	each(t, func(t *testing.T, s words) {
		for _, c := range []struct {
			env         []string
			token, said string
		}{
			{[]string{"AWS_VAULT=with space"}, "new with space token", ""},
			{[]string{"AWS_VAULT=prod", "EXIT_CODE=9"}, "old", ""},
			{nil, "old", "avr: this shell has no credentials of vaultbar exec\n"},
		} {
			env := environ(t, append(c.env, "AWS_SESSION_TOKEN=old")...)
			if err := os.WriteFile(filepath.Join(env[0][len("HOME="):], "vaultbar"), []byte(exporting), 0o755); err != nil {
				t.Fatal(err)
			}
			out, said, _ := s.run(t, env, "", "avr\nsh -c 'echo \"$AWS_SESSION_TOKEN\"'")
			if out != c.token+"\n" || said != c.said {
				t.Errorf("%q: %q, said %q", c.env, out, said)
			}
		}
	})
}

func TestAliasesOfAnotherPluginGiveWay(t *testing.T) {
	for _, s := range shells()[:2] {
		testenv.Program(t, s.name, s.name)
		file, err := filepath.Abs(s.file)
		if err != nil {
			t.Fatal(err)
		}
		script := "[ -n \"$BASH_VERSION\" ] && shopt -s expand_aliases\nalias avl='aws-vault login' awsp=false\nsource '" + file + "'\neval 'avl prod'\n"
		cmd := exec.Command(s.name, s.args, "-c", script)
		cmd.Env = environ(t)
		if out, _ := cmd.Output(); string(out) != "<login><prod>\n" {
			t.Errorf("%s: %q", s.name, out)
		}
	}
}

func TestAwspSwitchesTheProfile(t *testing.T) {
	each(t, func(t *testing.T, s words) {
		show := "\necho \"profile=$AWS_PROFILE\"\n" + `sh -c 'echo child=$AWS_PROFILE'`
		for _, c := range []struct {
			call, stdin  string
			env          []string
			profile      string
			code         string
			says, unsaid string
		}{
			{"awsp staging", "", nil, "staging", "0", "", "awsp"},
			{"awsp 'with space'", "", []string{"AWS_PROFILE=x"}, "with space", "0", "", "awsp"},
			{"awsp nosuch", "", []string{"AWS_PROFILE=x"}, "x", "3", "awsp: no profile", ""},
			{"awsp 's*'", "", []string{"AWS_PROFILE=x"}, "x", "3", "awsp: no profile", ""},
			{"awsp ''", "", []string{"AWS_PROFILE=x"}, "x", "3", "awsp: no profile", ""},
			{"awsp --none", "", []string{"AWS_PROFILE=x"}, "", "0", "", "awsp"},
			{"awsp", "2\n", nil, "staging", "0", "2) staging", ""},
			{"awsp", "", []string{"AWS_PROFILE=x"}, "x", "1", "3) with space", ""},
			{"awsp staging", "", []string{"AWS_VAULT=prod"}, "staging", "0", "shell has credentials", ""},
		} {
			code := "\necho code=$?"
			if s.name == "fish" {
				code = "\necho code=$status"
			}
			out, said, _ := s.run(t, environ(t, c.env...), c.stdin, c.call+code+show)
			if right := "code=" + c.code + "\nprofile=" + c.profile + "\nchild=" + c.profile + "\n"; !strings.HasSuffix(out, right) {
				t.Errorf("%s: %q, not %q", c.call, out, right)
			}
			if !strings.Contains(said, c.says) || c.unsaid != "" && strings.Contains(said, c.unsaid) {
				t.Errorf("%s says %q", c.call, said)
			}
		}
	})
}

func TestBashKeepsTheStatusAndThePromptCommandOfOthers(t *testing.T) {
	s := shells()[1]
	testenv.Program(t, s.name, s.name)
	file, err := filepath.Abs(s.file)
	if err != nil {
		t.Fatal(err)
	}
	script := "PROMPT_COMMAND='echo other $?'\nsource '" + file + "'; source '" + file + "'\n(exit 5)\neval \"$PROMPT_COMMAND\"\n"
	cmd := exec.Command(s.name, s.args, "-c", script)
	cmd.Env = environ(t, "AWS_VAULT=prod")
	if out, _ := cmd.Output(); string(out) != "other 5\n" {
		t.Errorf("got %q", out)
	}
}

// TestProfilesAreCompleted types a tab.
func TestProfilesAreCompleted(t *testing.T) {
	each(t, func(t *testing.T, s words) {
		if s.name == "fish" { // which answers without a terminal
			out, said, _ := s.run(t, environ(t), "", "for c in ave avl avll avli avsh awsp; complete -C \"$c st\"; end\ncomplete -C 'ave staging pr'")
			if out != strings.Repeat("staging\n", 6) || said != "" {
				t.Errorf("completed: %q, %q", out, said)
			}
			return
		}
		begin := map[string]string{"zsh": "autoload -Uz compinit; compinit -u -D\n", "bash": ""}[s.name]
		cmd := exec.Command(s.name, s.args, "-i")
		cmd.Env = environ(t, "PS1=> ")
		terminal, err := pty.Start(cmd)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = terminal.Close(); _ = cmd.Process.Kill(); _ = cmd.Wait() }()
		if err := terminal.SetDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := terminal.WriteString(begin + s.source(t, "echo re''ady\n")); err != nil {
			t.Fatal(err)
		}
		until(t, terminal, "ready")
		if _, err := terminal.WriteString("awsp wi\t\necho got=\"$AWS_PROFILE\"=\n"); err != nil {
			t.Fatal(err)
		}
		until(t, terminal, "got=with space=")
	})
}

// until reads until a text is there.
func until(t *testing.T, terminal *os.File, text string) {
	t.Helper()
	var seen strings.Builder
	for chunk := make([]byte, 4096); !strings.Contains(seen.String(), text); {
		n, err := terminal.Read(chunk)
		seen.Write(chunk[:n])
		if err != nil {
			t.Fatalf("no %q in %q: %v", text, seen.String(), err)
		}
	}
}
