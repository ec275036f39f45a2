//go:build linux

package stories_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// traced makes strace write every execve of a command, with its arguments and
// its environment, and whom it connects to.
func (a *aviary) traced(cmd *exec.Cmd) *exec.Cmd {
	file := filepath.Join(a.traces, fmt.Sprintf("%03d", len(a.runs)))
	cmd.Args = append([]string{a.strace, "-f", "-qq", "-e", "trace=execve,connect", "-e", "signal=none", "-v", "-s", "65535", "-o", file}, cmd.Args...)
	cmd.Path = a.strace
	return cmd
}

// try runs a command and keeps what it said.
func (a *aviary) try(name string, cmd *exec.Cmd) outcome {
	a.Helper()
	if a.appPID() == 0 {
		a.Fatalf("%s would start an app, and strace would wait for that one's end", name)
	}
	got := a.do(a.traced(cmd))
	a.keep(name, got)
	return got
}

func (a *aviary) keep(name string, got outcome) {
	a.runs = append(a.runs, heard{name: name, stdout: []byte(got.stdout), stderr: []byte(got.stderr)})
}

// verb is try for vaultbar with something on stdin, and a wanted exit code.
func (a *aviary) verb(code int, stdin string, args ...string) outcome {
	a.Helper()
	cmd := a.command("vaultbar", args...)
	cmd.Stdin = strings.NewReader(stdin)
	got := a.try(strings.Join(args, " "), cmd)
	if got.code != code {
		a.Errorf("vaultbar %s: exit code %d, want %d\n%s", strings.Join(args, " "), got.code, code, got.stderr)
	}
	return got
}

// carries notes what the last command's stdout is meant for.
func (a *aviary) carries(what []canary) { a.runs[len(a.runs)-1].carries = what }

// start starts the app the usual way, under strace, which lives as long as it.
func (a *aviary) start() (ended func()) {
	a.Helper()
	cmd := a.traced(a.command("vaultbar", "list"))
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	a.check(cmd.Start())
	a.keep("list, which starts the app", outcome{})
	a.eventually("the app answers", func() bool { return a.appPID() != 0 })
	pid := a.app().pid
	environ, errRead := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/environ")
	a.check(errRead)
	for _, c := range a.long {
		if c.in(environ) {
			a.Errorf("the app's environment has the %s", c.name)
		}
	}
	return func() {
		_ = cmd.Wait()
		a.keep("list, which started the app", outcome{out.String(), err.String(), 0})
	}
}

func TestNoSecretIsTold(t *testing.T) {
	t.Parallel()
	testenv.Root(t) // to look at every process and file
	a := newAviary(t)
	a.setting("commands = allow\n")
	ended := a.start()
	a.keysComeAndGo()
	a.everyVerb()
	a.everyFailure()
	a.everyCommand()
	a.verb(0, "", "remove", "--force", bastion)
	a.stop()
	ended()
	a.lockedOut()
	a.typed()
	a.stop()
	a.listen()
}

// keysComeAndGo is add and remove, in every way without a terminal.
func (a *aviary) keysComeAndGo() {
	a.Helper()
	id, secret := a.spare.ID(), a.spare.Secret().Reveal()
	a.verb(0, keyJSON(a.spare), "add", "--stdin", "--replace", plain)
	a.verb(0, "User name,Access key ID,Secret access key\nbob,"+id+","+secret+"\n", "add", "--stdin", "--replace", plain)
	cmd := a.command("vaultbar", "add", "--env", "--replace", plain)
	cmd.Env = a.with("AWS_ACCESS_KEY_ID="+id, "AWS_SECRET_ACCESS_KEY="+secret)
	if got := a.try("add --env", cmd); got.code != 0 {
		a.Errorf("add --env: exit code %d\n%s", got.code, got.stderr)
	}
	for _, broken := range []string{
		`{"AccessKeyId":"` + id + `","SecretAccessKey":"` + secret, `{"AccessKeyId":"` + secret + `","SecretAccessKey":"` + id + `"}`,
		secret, id + "," + secret, "Access key ID,Secret access key\n" + id + "\n", `{"SecretAccessKey":["` + secret + `"]}`,
	} {
		a.verb(1, broken, "add", "--stdin", "--replace", plain)
	}
	a.verb(0, keyJSON(a.aws.Key), "add", "--stdin", "--replace", bastion)
}

// everyVerb is all that succeeds.
func (a *aviary) everyVerb() {
	a.Helper()
	a.verb(0, a.freshCode()+"\n", "exec", "--mfa-stdin", hoge, "--", "sh", "-c", "true")
	for _, profile := range []string{bastion, hoge, plain} {
		g := a.export(profile)
		a.session = append(a.session, newCanary("session secret of "+profile, g.SecretAccessKey), newCanary("session token of "+profile, g.SessionToken))
	}
	for _, format := range []string{"json", "env", "export-env", "ini", "fish", "powershell"} {
		a.verb(0, "", "export", "--format="+format, hoge)
		a.carries(a.session)
	}
	a.verb(0, "", "export", "--no-session", bastion)
	a.carries(a.long[:2])
	a.verb(0, "", "exec", plain, "--", "sh", "-c", "env")
	a.carries(a.session)
	a.verb(0, "", "exec", hoge, "--", "sh", "-c", "exec true")
	for _, args := range [][]string{
		{"list"}, {"list", "--long"}, {"list", "--json"}, {"list", "--profiles"}, {"list", "--credentials"}, {"list", "--sessions"},
		{"status"}, {"status", "--json"}, {"explain", hoge}, {"doctor", "--json"}, {"doctor", "--online", hoge}, {"explain", "--no-session", bastion}, {"version"}, {"completion", "bash"},
		{"__complete", "exec", ""}, {"setup", "--yes", hoge, plain}, {"setup", "--yes", "--undo", plain}, {"help"},
	} {
		a.verb(0, "", args...)
	}
}

// everyFailure is what AWS, the network and people do wrong. Each request with
// a secret in it is echoed back once.
func (a *aviary) everyFailure() {
	a.Helper()
	srv := a.aws.Server
	for _, f := range faults() {
		a.verb(0, "", "clear")
		srv.Fault(f.of("", 0))
		a.tolerant("", "export", plain)
		a.tolerant("", "export", "--no-session", hoge)
		a.tolerant(keyJSON(a.spare), "add", "--stdin", "--replace", plain)
		srv.ClearFaults()
	}
	for _, action := range []string{"GetSessionToken", "AssumeRole"} {
		a.verb(0, "", "clear")
		srv.Fault(awstest.Fault{Action: action, Kind: awstest.EchoBody500})
		a.verb(8, a.freshCode()+"\n", "export", "--mfa-stdin", hoge)
		srv.ClearFaults()
	}
	a.verb(0, "", "clear")
	a.verb(7, "000000\n", "export", "--mfa-stdin", hoge)
	a.verb(0, "", "clear")
	a.verb(3, "", "export", "nosuch")
	a.aws.Key.SetActive(false)
	a.verb(7, a.freshCode()+"\n", "export", "--mfa-stdin", bastion)
	a.aws.Key.SetActive(true)
}

// tolerant runs a command that may fail.
func (a *aviary) tolerant(stdin string, args ...string) {
	cmd := a.command("vaultbar", args...)
	cmd.Stdin = strings.NewReader(stdin)
	a.try(strings.Join(args, " "), cmd)
	if args[0] == "export" {
		a.carries(append(a.long[:4:4], a.session...)) // it may have succeeded
	}
}

// lockedOut is a wrong passphrase, and a keychain that was damaged.
func (a *aviary) lockedOut() {
	a.Helper()
	good := a.env
	a.env = a.with("VAULTBAR_FILE_PASSPHRASE=" + wrongPassphrase)
	got := a.run("export", plain)
	a.keep("export with a wrong passphrase", got)
	if got.code != 6 {
		a.Errorf("a wrong passphrase: exit code %d\n%s", got.code, got.stderr)
	}
	a.stop()
	a.env = good
	files(filepath.Join(a.home, ".local", "share"), func(path string, text []byte) {
		a.check(os.WriteFile(path, text[:len(text)/2], 0o600))
	})
	for _, args := range [][]string{{"list"}, {"export", plain}, {"status"}} {
		a.keep("a damaged keychain", a.run(args...))
	}
	a.stop()
	a.check(os.RemoveAll(filepath.Join(a.home, ".local", "share")))
}

// typed is what a person types: secrets and passphrases, which are not shown.
func (a *aviary) typed() {
	a.Helper()
	a.env = a.with("VAULTBAR_FILE_PASSPHRASE")
	s := a.sit(a.command("vaultbar", "add", bastion))
	s.expect("Access key id: ")
	s.answer(a.aws.Key.ID())
	s.expect("Secret access key: ")
	s.answer(a.aws.Key.Secret().Reveal())
	s.expect("Choose a passphrase")
	s.answer(a.passphrase)
	s.expect("The same again: ")
	s.answer(a.passphrase)
	if code := s.wait(); code != 0 {
		a.Errorf("add on a terminal: exit code %d\n%s", code, s.all())
	}
	a.heardOn(s, "Access key id: "+a.aws.Key.ID())
	a.stop()
	s = a.sit(a.command("vaultbar", "exec", bastion, "--", "true"))
	s.expect("Passphrase")
	s.answer(wrongPassphrase)
	s.expect("Passphrase")
	s.answer(a.passphrase)
	s.expect(codePrompt)
	s.press("\x03")
	_ = s.wait()
	a.heardOn(s)
}

// heardOn keeps what a terminal showed, but for what was typed there for all to see: a
// key id, the code of a page.
func (a *aviary) heardOn(s *ptySession, typed ...string) {
	shown := s.all()
	for _, text := range typed {
		shown = strings.ReplaceAll(shown, text, "")
	}
	a.keep("a terminal", outcome{stderr: shown})
}

// everyCommand is what commands of the config print: credentials, codes, and secrets
// while they fail. The scripts with the secrets in them lie aside.
func (a *aviary) everyCommand() {
	a.Helper()
	const secret, token = "process-secret-5f0c9e71b2d4", "process-token-84d1c07e6a3f"
	printed := []canary{newCanary("secret of a process", secret), newCanary("token of a process", token)}
	a.session = append(a.session, printed...)
	a.check(os.Mkdir(a.path("x"), 0o755))
	answer := func(end string) string {
		return `{"Version": 1, "AccessKeyId": "ASIAPROCESS7C1EXAMPLE", "SecretAccessKey": "` + secret + `", "SessionToken": "` + token + `"` + end
	}
	config := a.usual()
	for name, script := range map[string]string{
		"good":    "echo '" + answer(`, "Expiration": "2100-01-01T00:00:00Z"}`) + "'",
		"endless": "echo '" + answer("}") + "'",
		"half":    "echo '" + answer("") + "'; echo " + secret + " >&2",
		"late":    "echo '" + answer(`, "Expiration": "`+token+`"}`) + "'",
		"fails":   "echo " + token + "; echo " + secret + " >&2; exit 1",
		"huge":    "while :; do echo " + token + "; echo " + secret + " >&2; done",
		"codes":   "echo " + token + "; echo touch " + secret + " >&2",
	} {
		a.check(os.WriteFile(a.path("x", name), []byte("#!/bin/sh\n"+script+"\n"), 0o755))
		config += "[profile " + name + "]\nregion = eu-west-1\ncredential_process = " + a.path("x", name) + "\n"
	}
	a.writeConfig(strings.Replace(config, "mfa_serial", "mfa_process = "+a.path("x", "codes")+"\nmfa_serial", 1))
	for _, name := range []string{"good", "endless"} {
		a.verb(0, "", "export", "--format=json", name)
		a.carries(printed)
		a.verb(0, "", "exec", name, "--", "sh", "-c", "true")
	}
	for _, name := range []string{"half", "late", "fails", "huge"} {
		a.verb(1, "", "export", name)
		a.verb(1, "", "exec", name, "--", "true")
	}
	a.verb(0, "", "clear")
	a.verb(1, "", "export", hoge)
	for _, verb := range []string{"list", "status"} {
		a.verb(0, "", verb)
	}
	a.verb(0, "", "explain", "good")
}
