//go:build linux

package stories_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// tool is a program of the person's that prints credentials, or fails to.
type tool struct {
	*world
	path string
}

// tool puts a script into the person's home. It notes each of its runs.
func (w *world) tool(name, script string) tool {
	w.Helper()
	t := tool{w, filepath.Join(w.home, ".local", "bin", name)}
	w.check(os.MkdirAll(filepath.Dir(t.path), 0o755))
	w.check(os.WriteFile(t.path, []byte("#!/bin/sh\necho run >> "+t.path+".runs\n"+script+"\n"), 0o755))
	return t
}

// ran is how often the tool was run.
func (t tool) ran() int {
	text, err := os.ReadFile(t.path + ".runs")
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return strings.Count(string(text), "run\n")
}

// prints has a file hold what a credential_process prints for a session of bob's.
func (w *world) prints(name, more string) string {
	w.Helper()
	w.add(plain, w.spare)
	g := w.export(plain)
	file := filepath.Join(w.home, name)
	text := fmt.Sprintf(`{"Version": 1, "AccessKeyId": %q, "SecretAccessKey": %q, "SessionToken": %q%s}`, g.AccessKeyID, g.SecretAccessKey, g.SessionToken, more)
	w.check(os.WriteFile(file, []byte(text), 0o600))
	return file
}

const confirming = "[n]o, [o]nce, [a]lways: "

// TestStoryProcess: the command of a profile is confirmed by the person, once and
// again when it changes, and runs once for all who wait; what it prints is kept until
// it ends, over a restart too, and a role can be above it.
func TestStoryProcess(t *testing.T) {
	t.Parallel()
	testenv.Root(t)
	w := newWorld(t)
	w.withConsole()
	ssh := w.startSSH(testenv.Program(t, "sshd", "openssh-server"), testenv.Program(t, "ssh", "openssh-client"))
	end := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	okta := w.tool("okta", "cat "+w.prints("session.json", `, "Expiration": "`+end.Format(time.RFC3339)+`"`))
	reader := w.aws.Account.Role("reader", awstest.Trust{Principals: []string{w.aws.Account.User("bob").ARN()}}).ARN()
	config := func(args string) {
		w.writeConfig(w.usual() + "[profile dev]\nregion = eu-west-1\ncredential_process = okta" + args + "\n" +
			"[profile above]\nrole_arn = " + reader + "\nsource_profile = dev\nregion = eu-west-1\n")
	}
	config(" --for dev")

	w.wantComplaint(w.run("export", "--format=json", "dev"), 5, "before it is confirmed")
	w.reads("explain", w.must("explain", "dev"))
	confirm := func(answer string, want int) {
		t.Helper()
		s := w.sit(ssh("vaultbar renew dev"))
		s.expect(confirming)
		s.answer(answer)
		if code := s.wait(); code != want || !strings.Contains(strings.ReplaceAll(s.all(), "\r\n", ""), "okta --for dev") || !strings.Contains(s.all(), okta.path) {
			t.Errorf("%s: exit code %d, and the terminal shows\n%s", answer, code, s.all())
		}
	}
	confirm("no", 4)
	if n := okta.ran(); n != 0 {
		t.Errorf("what was refused ran %d times", n)
	}

	confirm("once", 0)
	g := w.export("dev")
	w.app().kill()
	if again := w.export("dev"); again != g || !again.Expiration.Equal(end) || okta.ran() != 1 {
		t.Errorf("the session ends %s, and the program ran %d times", again.Expiration, okta.ran())
	}
	w.must("clear", "dev")
	w.wantComplaint(w.run("export", "--format=json", "dev"), 5, "confirmed once, after that")

	confirm("always", 0)
	w.must("clear")
	before := okta.ran()
	for _, m := range w.startMany(50, "dev") {
		if err := m.cmd.Wait(); err != nil || m.stdout.Len() == 0 {
			t.Errorf("one of many: %v\n%s", err, m.stderr.String())
		}
	}
	if n := okta.ran() - before; n != 1 {
		t.Errorf("the program ran %d times for 50", n)
	}
	w.export("above")
	if address := w.must("login", "--stdout", "above"); !strings.Contains(address, "SigninToken=") {
		t.Error("login of a role above it gives no address that signs in")
	}
	w.wantComplaint(w.run("login", "--stdout", "dev"), 7, "login") // AWS signs nobody in with a user's session
	if got := w.must("exec", "dev", "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID"); got != g.AccessKeyID+"\n" {
		t.Errorf("exec gives the key %s", got)
	}
	for _, command := range [][]string{{"list"}, {"status"}} {
		if text := w.must(command...); command[0] == "list" && !strings.Contains(text, "credential_process:") {
			t.Errorf("list says\n%s", text)
		}
	}

	config(" --for dev --all")
	w.wantComplaint(w.run("export", "--format=json", "dev"), 5, "the command has changed")
	if n := okta.ran() - before; n != 1 {
		t.Errorf("a command that changed ran %d times", n-1)
	}
}

// TestStoryProcessFaults: a key that does not expire is handed on; a command that asks
// for its own credentials, that fails while it prints secrets, or that prints too much
// ends with a word of its own and quotes nothing.
func TestStoryProcessFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setting("commands = allow\n")
	const secret = "canary-7c1e-wJalrXUtnFEMI"
	config := w.usual()
	tools := map[string]tool{}
	for name, script := range map[string]string{
		"static": `echo '{"Version": 1, "AccessKeyId": "` + w.spare.ID() + `", "SecretAccessKey": "` + w.spare.Secret().Reveal() + `"}'`,
		"fails":  "echo " + secret + "; echo " + secret + " >&2; exit 3",
		"odd":    "echo " + secret,
		"huge":   "echo " + secret + "; yes " + secret,
		"loop":   "sh -c 'vaultbar export --format=json loop'",
		"ping":   "vaultbar export --format=json pong",
		"pong":   "exec env vaultbar exec ping -- true",
	} {
		tools[name] = w.tool(name, script)
		config += "[profile " + name + "]\nregion = eu-west-1\ncredential_process = " + name + "\n"
	}
	w.writeConfig(config)

	if g := w.export("static"); g.AccessKeyID != w.spare.ID() || g.SessionToken != "" || !g.Expiration.IsZero() {
		t.Errorf("a key is handed on as %s, until %s", g.AccessKeyID, g.Expiration)
	}
	w.export("static")
	if n := tools["static"].ran(); n != 2 {
		t.Errorf("a program whose answer does not end ran %d times for two", n)
	}
	for _, name := range []string{"fails", "odd", "huge", "loop", "ping"} {
		got := w.run("export", "--format=json", name)
		w.wantComplaint(got, 1, name)
		if strings.Contains(got.stderr, "7c1e") {
			t.Errorf("%s quotes what was printed:\n%s", name, got.stderr)
		}
	}
	if strings.Contains(w.logText(), secret) {
		t.Error("the log quotes what was printed")
	}
	w.must("settings", "set", "allow_no_session", "no")
	w.wantComplaint(w.run("export", "--format=json", "static"), 3, "long-term key")
}

// TestStoryCodes: MFA codes come from an mfa_process and from a YubiKey by ykman, whose
// touch is asked for at the terminal and can be canceled there.
func TestStoryCodes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setting("commands = allow\n")
	w.add(bastion, w.aws.Key)
	code := filepath.Join(w.home, "code")
	shows := func() { w.check(os.WriteFile(code, []byte(w.code()+"\n"), 0o600)) }
	touched := filepath.Join(w.home, "touched")
	ykman := w.tool("ykman", "echo \"$*\" > "+filepath.Join(w.home, "arguments")+
		"\necho 'Touch your YubiKey...' >&2\nuntil [ -e "+touched+" ]; do sleep 0.05; done\ncat "+code)

	shows()
	w.writeConfig(strings.Replace(w.usual(), "mfa_serial", "mfa_process = head -c 7 "+code+" | cat\nmfa_serial", 1))
	w.export(hoge)

	w.must("clear")
	w.writeConfig(w.usual())
	s := w.sit(w.command("vaultbar", "exec", "--prompt", "ykman", hoge, "--", "true"))
	s.expect("Touch your security key")
	s.press("\x03")
	if code := s.wait(); code == 0 {
		t.Errorf("canceled, with exit code %d\n%s", code, s.all())
	}
	w.eventually("the app has noticed who left", func() bool { return w.connections() == 0 })

	shows()
	cmd := w.command("vaultbar", "exec", "--prompt=ykman", hoge, "--", "true")
	cmd.Env = w.with("YKMAN_OATH_CREDENTIAL_NAME=aws:ann", "YKMAN_OATH_DEVICE_SERIAL=77")
	s = w.sit(cmd)
	s.expect("Touch your security key")
	w.check(os.WriteFile(touched, nil, 0o600))
	if code := s.wait(); code != 0 {
		t.Errorf("exit code %d\n%s", code, s.all())
	}
	arguments, err := os.ReadFile(filepath.Join(w.home, "arguments"))
	w.check(err)
	if want := "--device 77 oath accounts code --single -- aws:ann\n"; string(arguments) != want || ykman.ran() != 2 {
		t.Errorf("ykman ran %d times, the last time with %s", ykman.ran(), arguments)
	}

	w.must("clear")
	shows()
	w.writeConfig(strings.Replace(w.usual(), "mfa_serial", "mfa_prompt = ykman\nmfa_serial", 1))
	w.export(hoge)
}

// TestStoryProcessConsole: the session of a role that a command prints signs in to the
// console as it is.
func TestStoryProcessConsole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setting("commands = allow\n")
	w.withConsole()
	w.add(plain, w.spare)
	reader := w.ownRole("reader", w.aws.Account.User("bob").ARN())
	config := w.usual() + "[profile reader]\nregion = eu-west-1\nrole_arn = " + reader.ARN() + "\nsource_profile = " + plain + "\n"
	w.writeConfig(config)
	printed := filepath.Join(w.home, "session.json")
	w.check(os.WriteFile(printed, []byte(w.must("export", "--format=json", "reader")), 0o600))
	w.tool("prints", "cat "+printed)
	w.writeConfig(config + "[profile printed]\nregion = eu-west-1\ncredential_process = prints\n")
	if address := w.must("login", "--stdout", "printed"); !strings.Contains(address, "SigninToken=") {
		t.Error("login gives no address that signs in")
	}
}
