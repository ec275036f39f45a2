//go:build linux

package stories_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// waitAsServed is a command that a server is kept for: it prints what it got, and ends
// with its stdin.
func waitAsServed([]string) error {
	for _, entry := range os.Environ() {
		if strings.HasPrefix(entry, "AWS_") {
			fmt.Println(entry)
		}
	}
	fmt.Println("end")
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

// servedCommand is a command under `exec --server`.
type servedCommand struct {
	*world
	cmd            *exec.Cmd
	stdin          io.Closer
	address, token string
	env            map[string]string
}

// servedBy starts one and returns once it runs.
func (w *world) servedBy(flag, profile string, env ...string) *servedCommand {
	w.Helper()
	cmd := w.command("vaultbar", "exec", flag, profile, "--", os.Args[0])
	cmd.Env = append(w.with(roleVariable+"=served"), env...)
	stdin, err := cmd.StdinPipe()
	w.check(err)
	stdout, err := cmd.StdoutPipe()
	w.check(err)
	cmd.Stderr = os.Stderr
	w.check(cmd.Start())
	s := &servedCommand{world: w, cmd: cmd, stdin: stdin, env: make(map[string]string)}
	w.Cleanup(func() { _ = stdin.Close(); _ = cmd.Wait() })
	lines := bufio.NewScanner(stdout)
	for lines.Scan() && lines.Text() != "end" {
		name, value, _ := strings.Cut(lines.Text(), "=")
		s.env[name] = value
	}
	s.address, s.token = s.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"], s.env["AWS_CONTAINER_AUTHORIZATION_TOKEN"]
	return s
}

// end ends the command, and returns once vaultbar has.
func (s *servedCommand) end() int {
	s.Helper()
	s.check(s.stdin.Close())
	return s.exit(s.cmd.Wait())
}

// handedOut is what a container endpoint answers.
type handedOut struct {
	status      int    // 0: nobody answers
	AccessKeyID string `json:"AccessKeyId"`
	Expiration  time.Time
	Code        string `json:"code"`
}

// ask asks the endpoint as a program of the command does.
func (s *servedCommand) ask(path string) (got handedOut) {
	s.Helper()
	r, err := http.NewRequestWithContext(s.Context(), http.MethodGet, s.address+path, nil)
	s.check(err)
	r.Header.Set("Authorization", s.token)
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		return handedOut{}
	}
	defer func() { _ = reply.Body.Close() }()
	got.status = reply.StatusCode
	s.check(json.NewDecoder(reply.Body).Decode(&got))
	return got
}

// TestRealClientsAreServed: boto3, AWS's command line and AWS's SDKs work with nothing
// but what exec --server and exec --ec2-server give them.
func TestRealClientsAreServed(t *testing.T) {
	t.Parallel()
	needTheirPrograms(t)
	w := plainWorld(t)
	python := `import boto3, json; print(json.dumps({"Arn": boto3.client("sts", endpoint_url="` + w.aws.Server.URL() + `").get_caller_identity()["Arn"]}))`
	for _, flag := range []string{"-s", "--server", "--ecs-server", "--ec2-server"} {
		sdk := w.command("vaultbar", "exec", flag, plain, "--", os.Args[0], "")
		sdk.Env = w.with(roleVariable + "=sdk")
		for client, cmd := range map[string]*exec.Cmd{
			"boto3":         w.command("vaultbar", "exec", flag, plain, "--", debianPython, "-c", python),
			"aws":           w.command("vaultbar", append([]string{"exec", flag, plain, "--"}, w.awsArgs("sts", "get-caller-identity")...)...),
			"aws-sdk-go-v2": sdk,
		} {
			got := w.do(cmd)
			if arn := w.arnIn(got); !strings.HasSuffix(arn, ":user/bob") {
				t.Errorf("%s with %s is %s", client, flag, arn)
			}
			if said := strings.Replace(got.stderr, noMFA, "", 1); strings.Contains(said, "vaultbar:") {
				t.Errorf("%s with %s: %s", client, flag, got.stderr)
			}
		}
	}
}

// TestJavaScriptIsServed is the same for AWS's SDK for JavaScript, version 3, where
// node finds it: `NODE_PATH=…/node_modules`.
func TestJavaScriptIsServed(t *testing.T) {
	t.Parallel()
	const program = `
const p = require("@aws-sdk/credential-providers");
const from = process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI ? p.fromContainerMetadata() : p.fromInstanceMetadata();
from().then(c => console.log(c.accessKeyId.slice(0, 4), c.sessionToken.length > 0, c.expiration > new Date()), e => { console.error(e); process.exit(1); });`
	path := "NODE_PATH=" + os.Getenv("NODE_PATH")
	find := newCommand(t, "node", "-e", `require("@aws-sdk/credential-providers")`)
	if find.Env = append(os.Environ(), path); find.Run() != nil {
		t.Skip("this test needs node, and @aws-sdk/credential-providers in its NODE_PATH: no distribution has a package of it")
	}
	w := plainWorld(t)
	for _, flag := range []string{"--server", "--ec2-server"} {
		cmd := w.command("vaultbar", "exec", flag, plain, "--", "node", "-e", program)
		cmd.Env = w.with(path)
		if got := w.do(cmd); got.code != 0 || got.stdout != "ASIA true true\n" {
			t.Errorf("%s: exit code %d, %s%s", flag, got.code, got.stdout, got.stderr)
		}
	}
}

// TestServedWhileItRuns: a command is served new sessions, across a lock and another
// app, as long as it runs and no longer.
func TestServedWhileItRuns(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	s, other := w.servedBy("--server", plain), w.servedBy("--server", plain)
	for name := range s.env {
		if strings.HasPrefix(name, "AWS_ACCESS") || strings.HasPrefix(name, "AWS_S") {
			t.Errorf("the command got %s", name)
		}
	}
	if s.env["AWS_VAULT"] != plain || s.env["AWS_REGION"] != "eu-central-1" {
		t.Errorf("the command got %q", s.env)
	}
	first := s.ask("/")
	if first.status != 200 || time.Until(first.Expiration) < 25*time.Minute {
		t.Fatalf("%+v", first)
	}
	if again := s.ask("/"); again.AccessKeyID != first.AccessKeyID {
		t.Error("a session that lives was replaced")
	}
	w.must("clear", plain)
	if fresh := s.ask("/"); fresh.status != 200 || fresh.AccessKeyID == first.AccessKeyID {
		t.Errorf("after the session ended: %+v", fresh)
	}
	if got := (&servedCommand{world: w, address: s.address, token: other.token}).ask("/"); got.status != 401 {
		t.Errorf("the token of another command: %+v", got)
	}
	w.must("lock")
	if got := s.ask("/"); got.status != 503 || got.Code != "Locked" {
		t.Errorf("while locked: %+v", got)
	}
	w.must("unlock")
	if got := s.ask("/"); got.status != 200 {
		t.Errorf("unlocked again: %+v", got)
	}
	w.stop()
	if got := s.ask("/"); got.status != 0 {
		t.Errorf("without an app: %+v", got)
	}
	w.export(plain) // which opens the keychain of the next app
	w.eventually("the next app takes it up", func() bool { return s.ask("/").status == 200 })
	if code := s.end(); code != 0 {
		t.Errorf("exit code %d", code)
	}
	w.eventually("its server ends with it", func() bool { return s.ask("/").status == 0 })
	if got := other.ask("/"); got.status != 200 {
		t.Errorf("the other command: %+v", got)
	}
	w.check(other.cmd.Process.Kill())
	w.eventually("a server ends with vaultbar", func() bool { return other.ask("/").status == 0 })
}

// TestServedToAnAgent: what is served to an agent's command ends when the settings allow it
// no more, and what is served to others goes on.
func TestServedToAnAgent(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	agents, other := w.servedBy("--server", plain, "CLAUDECODE=1"), w.servedBy("--server", plain)
	want := func(when string, status int) {
		t.Helper()
		if got := agents.ask("/"); got.status != status {
			t.Errorf("%s: an agent gets %+v", when, got)
		}
		if got := other.ask("/"); got.status != 200 {
			t.Errorf("%s: another command gets %+v", when, got)
		}
	}
	want("allowed", 200)
	for _, gets := range []string{"ask", "refuse"} {
		w.must("settings", "set", "--profile", plain, "agents", gets)
		want(gets, 404)
	}
	w.eventually("the trail has the refusals", func() bool {
		n := 0
		for _, l := range w.trail("--profile", plain) {
			if l.Kind == "refusal" && l.Agent == "claude" {
				n++
			}
		}
		return n >= 2
	})
}

// TestServedCommandIsAsEver: what exec promises of signals and codes holds with a server.
func TestServedCommandIsAsEver(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	for script, want := range map[string]int{"exit 0": 0, "exit 5": 5, "kill -TERM $$": 128 + 15, "kill -KILL $$": 128 + 9} {
		if got := w.run("exec", "--server", plain, "--", "sh", "-c", script); got.code != want {
			t.Errorf("%s: exit code %d, want %d; %q", script, got.code, want, got.stderr)
		}
	}
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2} {
		cmd := w.command("vaultbar", "exec", "--server", plain, "--", os.Args[0])
		cmd.Env = w.with(roleVariable + "=signals")
		out, err := cmd.StdoutPipe()
		w.check(err)
		w.check(cmd.Start())
		var ready, named string
		var pid int
		if _, err := fmt.Fscan(out, &ready, &pid); err != nil {
			t.Fatal(err)
		}
		w.check(cmd.Process.Signal(sig))
		if _, err := fmt.Fscan(out, &named); err != nil || named != unix.SignalName(sig) {
			t.Errorf("the command got %q, %v", named, err)
		}
		if got := w.exit(cmd.Wait()); got != passedSignals[sig] {
			t.Errorf("%s: exit code %d, want %d", named, got, passedSignals[sig])
		}
	}
}

// TestServedAtATerminal: the person is asked before the command begins, and the keyboard
// is the command's.
func TestServedAtATerminal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(bastion, w.aws.Key)
	s := w.sit(w.command("vaultbar", "exec", "--server", bastion, "--", "sh", "-c", `trap 'echo interrupted; exit 7' INT; echo started $AWS_CONTAINER_CREDENTIALS_FULL_URI; read line`))
	s.expect("MFA code for " + bastion)
	s.answer(w.code())
	s.expect("started http://127.0.0.1:")
	s.press("\x03")
	s.expect("interrupted")
	if code := s.wait(); code != 7 {
		t.Errorf("exit code %d\n%s", code, s.all())
	}
}

// TestServedNeedsAPerson: a request does not wait for one.
func TestServedNeedsAPerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.add(bastion, w.aws.Key)
	w.signIn(bastion)
	s := w.servedBy("--server", bastion)
	if got := s.ask("/"); got.status != 200 {
		t.Fatalf("%+v", got)
	}
	w.must("clear")
	if got := s.ask("/"); got.status != 503 || got.Code != "PersonNeeded" {
		t.Errorf("%+v", got)
	}
	w.signIn(bastion)
	if got := s.ask("/"); got.status != 200 {
		t.Errorf("%+v", got)
	}
	role := w.aws.Role.ARN()
	if got := s.ask("/role-arn/" + role); got.status != 200 {
		t.Errorf("the role of %s: %+v", hoge, got)
	}
	if got := s.ask("/role-arn/" + role + "x"); got.status != 403 {
		t.Errorf("a role of no profile: %+v", got)
	}
	w.must("settings", "set", "--profile", hoge, "protected", "yes")
	if got := s.ask("/role-arn/" + role); got.status != 403 {
		t.Errorf("the role of a protected profile: %+v", got)
	}
}

// TestServerIsUndercut: where AWS's tools would not ask the server, nothing is begun.
func TestServerIsUndercut(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	w.writeConfig("[default]\nregion = eu-west-1\ncredential_process = vaultbar export --format=json " + hoge + "\n" + w.usual())
	w.wantComplaint(w.run("exec", "--server", plain, "--", "true"), 1, "a default profile")
	w.writeConfig("[default]\nregion = eu-west-1\n" + w.usual())
	if got := w.run("exec", "--server", plain, "--", "true"); got.code != 0 {
		t.Errorf("exit code %d: %s", got.code, got.stderr)
	}
	w.wantComplaint(w.run("exec", "--server", "--no-session", plain, "--", "true"), 2, "no session")
}
