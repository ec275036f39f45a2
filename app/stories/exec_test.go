//go:build linux

package stories_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// tellSignals is a program that names the first signal it gets, and ends with
// a code of its own.
func tellSignals([]string) error {
	all := make(chan os.Signal, 8)
	for sig := range passedSignals {
		signal.Notify(all, sig)
	}
	fmt.Println("ready", os.Getpid())
	sig := <-all
	fmt.Println(unix.SignalName(sig.(syscall.Signal)))
	os.Exit(passedSignals[sig.(syscall.Signal)])
	return nil
}

// passedSignals are sent to exec's command, each with the code it then ends with.
var passedSignals = map[syscall.Signal]int{
	syscall.SIGHUP: 41, syscall.SIGINT: 42, syscall.SIGQUIT: 43, syscall.SIGTERM: 44,
	syscall.SIGUSR1: 45, syscall.SIGUSR2: 46, syscall.SIGWINCH: 47, syscall.SIGCONT: 48, syscall.SIGALRM: 49,
}

// ofTheRuntime are the files that every Go program opens by itself.
var ofTheRuntime = regexp.MustCompile(`^(/proc/|/sys/fs/cgroup/|anon_inode:)`)

// showProcess prints the environment and the open files of the process.
func showProcess([]string) error {
	for _, entry := range os.Environ() {
		fmt.Println("env", entry)
	}
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	for _, file := range files {
		target, err := os.Readlink("/proc/self/fd/" + file.Name())
		if err != nil || ofTheRuntime.MatchString(target) {
			continue // of this program's own making: the folder that is read, and what its runtime opens
		}
		fmt.Println("fd", file.Name())
	}
	var core unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &core); err != nil {
		return err
	}
	fmt.Println("core", core.Cur)
	if _, err := os.ReadFile("/proc/self/environ"); err != nil {
		return err
	}
	return nil
}

// story runs this test program in one of its roles as exec's command.
func (w *world) story(role string, profile string, args ...string) *exec.Cmd {
	cmd := w.command("vaultbar", append([]string{"exec", profile, "--", os.Args[0]}, args...)...)
	cmd.Env = w.with(roleVariable + "=" + role)
	return cmd
}

// plainWorld is a world whose profile plain needs no question.
func plainWorld(t testing.TB) *world {
	t.Helper()
	w := newWorld(t)
	w.add(plain, w.spare)
	return w
}

func TestExecEnvironment(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	cmd := w.story("show", plain)
	cmd.Env = append(cmd.Env,
		"AWS_ACCESS_KEY_ID=AKIAOLD", "AWS_ACCESS_KEY_ID=AKIAOLDER", "AWS_SECRET_ACCESS_KEY=old", "AWS_SECRET_ACCESS_KEY=older",
		"AWS_SESSION_TOKEN=old", "AWS_SESSION_TOKEN=older", "AWS_SECURITY_TOKEN=old", "AWS_PROFILE=other", "AWS_PROFILE=another",
		"AWS_DEFAULT_PROFILE=other", "AWS_VAULT=other", "AWS_CREDENTIAL_EXPIRATION=old", "AWS_REGION=mars-north-1",
		"AWS_DEFAULT_REGION=mars-north-1", "AWS_SHARED_CREDENTIALS_FILE=/old", "AWS_CREDENTIAL_FILE=/old",
		"AWS_CONTAINER_CREDENTIALS_FULL_URI=http://old", "AWS_CONTAINER_AUTHORIZATION_TOKEN=old",
		"AWS_WEB_IDENTITY_TOKEN_FILE=/old", "AWS_ROLE_ARN=old", "AWS_ROLE_SESSION_NAME=old", "MINE=kept", "MINE=twice",
	)
	extra, err := os.Open("/dev/null")
	w.check(err)
	defer func() { _ = extra.Close() }()
	cmd.ExtraFiles = []*os.File{extra, extra}
	got := w.do(cmd)
	if got.code != 0 {
		t.Fatalf("exit code %d\n%s", got.code, got.stderr)
	}
	session := w.export(plain)
	want := []string{
		"core " + ownCoreLimit(t), "fd 0", "fd 1", "fd 2",
		"env AWS_VAULT=" + plain, "env AWS_REGION=eu-central-1", "env AWS_DEFAULT_REGION=eu-central-1",
		"env AWS_ACCESS_KEY_ID=" + session.AccessKeyID, "env AWS_SECRET_ACCESS_KEY=" + session.SecretAccessKey,
		"env AWS_SESSION_TOKEN=" + session.SessionToken,
		"env AWS_CREDENTIAL_EXPIRATION=" + session.Expiration.Format("2006-01-02T15:04:05Z"),
		"env MINE=twice", "env " + roleVariable + "=show",
	}
	for _, entry := range w.with("VAULTBAR_FILE_PASSPHRASE") {
		want = append(want, "env "+entry)
	}
	compareLines(t, strings.Split(strings.TrimSpace(got.stdout), "\n"), want)
}

// compareLines compares without regard to order, and shows no value of a secret.
func compareLines(t *testing.T, got, want []string) {
	t.Helper()
	name := func(line string) string {
		name, _, _ := strings.Cut(line, "=")
		return name
	}
	slices.Sort(got)
	slices.Sort(want)
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("the command got %s (or got it otherwise), which was not wanted", name(line))
		}
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("the command did not get %s (or got it otherwise)", name(line))
		}
	}
	if !t.Failed() && len(got) != len(want) {
		t.Errorf("%d lines, want %d: something is in there twice", len(got), len(want))
	}
}

func ownCoreLimit(t *testing.T) string {
	t.Helper()
	var core unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &core); err != nil {
		t.Fatal(err)
	}
	return strconv.FormatUint(core.Cur, 10)
}

func TestExecPassesSignals(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	for sig, code := range passedSignals {
		t.Run(unix.SignalName(sig), func(t *testing.T) {
			t.Parallel()
			cmd := w.story("signals", plain)
			cmd.Stdout = nil
			out, err := cmd.StdoutPipe()
			w.check(err)
			w.check(cmd.Start())
			var ready, pid string
			if _, err := fmt.Fscan(out, &ready, &pid); err != nil || pid != strconv.Itoa(cmd.Process.Pid) {
				t.Errorf("the command is process %s (%v), vaultbar was %d: a parent stayed", pid, err, cmd.Process.Pid)
			}
			w.check(cmd.Process.Signal(sig))
			var named string
			if _, err := fmt.Fscan(out, &named); err != nil || named != unix.SignalName(sig) {
				t.Errorf("the command got %q, %v", named, err)
			}
			if got := w.exit(cmd.Wait()); got != code {
				t.Errorf("exit code %d, want %d", got, code)
			}
		})
	}
}

// noMFA is how the warning about a session without MFA begins.
const noMFA = "vaultbar: this session has no MFA"

func TestExecExitCodes(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	for script, want := range map[string]int{
		"exit 0": 0, "exit 1": 1, "exit 5": 5, "exit 137": 137, "kill -TERM $$": 128 + 15, "kill -KILL $$": 128 + 9,
	} {
		if got := w.run("exec", plain, "--", "sh", "-c", script); got.code != want || strings.Contains(strings.Replace(got.stderr, noMFA, "", 1), "vaultbar:") {
			t.Errorf("%s: exit code %d, want %d; %q", script, got.code, want, got.stderr)
		}
	}
	if got := w.run("exec", plain, "--", "no-such-command-here"); got.code != 127 {
		t.Errorf("a command that is not there: exit code %d", got.code)
	}
	w.check(os.WriteFile(w.path("t", "text"), []byte("text"), 0o600))
	if got := w.run("exec", plain, "--", w.path("t", "text")); got.code != 126 {
		t.Errorf("a file that is no program: exit code %d", got.code)
	}
}

// A terminal's Ctrl-C and its closing are the command's business, and never
// reach the app, even where that command started it.
func TestTheAppOutlivesTheTerminal(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	w.stop()
	s := w.sit(w.command("vaultbar", "exec", plain, "--", "sh", "-c", "echo started; exec cat"))
	s.expect("started")
	app := w.app()
	app.ownSession()
	s.press("\x03")
	if code := s.wait(); code != 128+int(syscall.SIGINT) {
		t.Errorf("Ctrl-C: exit code %d", code)
	}
	if w.export(plain); !app.alive() || w.appPID() != app.pid {
		t.Fatal("Ctrl-C ended the app")
	}
	app.signal(unix.SIGTERM)
	if !app.gone(patience) {
		t.Fatal("the app does not end on SIGTERM")
	}
	s = w.sit(w.command("vaultbar", "exec", plain, "--", "sh", "-c", "echo started; exec cat"))
	s.expect("started")
	app = w.app()
	app.ownSession()
	s.leave()
	if code := s.wait(); code != 128+int(syscall.SIGHUP) {
		t.Errorf("a closed terminal: exit code %d", code)
	}
	if w.export(plain); !app.alive() || w.appPID() != app.pid {
		t.Error("the closing of the terminal ended the app")
	}
}

// Without a command it is the person's shell, and it says so.
func TestExecSubshell(t *testing.T) {
	t.Parallel()
	w := plainWorld(t)
	s := w.sit(w.command("vaultbar", "exec", plain))
	s.expect("Starting subshell /bin/sh")
	s.answer("echo in=$AWS_VAULT; vaultbar exec " + plain + " -- sh -c 'echo nested=$AWS_VAULT'; exit 9")
	s.expect("in=" + plain)
	s.expect("nested=" + plain)
	if code := s.wait(); code != 9 {
		t.Errorf("exit code %d", code)
	}
}

// No display, no bus, nothing in the environment but a home: as over ssh, in
// cron and in CI.
func TestBareEnvironment(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bare := []string{"HOME=" + w.home, "AWS_ENDPOINT_URL=" + w.aws.Server.URL(), "VAULTBAR_BACKEND=file", "VAULTBAR_FILE_PASSPHRASE=" + w.passphrase}
	w.env = bare
	w.add(bastion, w.aws.Key)
	s := w.sit(w.command("vaultbar", "exec", bastion, "--", "/bin/sh", "-c", "echo as $AWS_ACCESS_KEY_ID"))
	s.expect(codePrompt)
	s.answer(w.code())
	s.expect("as ASIA")
	if code := s.wait(); code != 0 {
		t.Errorf("exit code %d\n%s", code, s.all())
	}
	if g := w.export(bastion); g.SessionToken == "" {
		t.Error("no session")
	}
	noHome := w.command("vaultbar", "list")
	noHome.Env = []string{}
	if got := w.do(noHome); got.code == 0 || !strings.Contains(got.stderr, "HOME") || bytes.Count([]byte(got.stderr), []byte("vaultbar:")) != 1 {
		t.Errorf("without a home: exit code %d, %q", got.code, got.stderr)
	}
}
