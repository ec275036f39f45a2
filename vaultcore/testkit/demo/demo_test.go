//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// patience is how long a whole demo may take on a machine that is busy.
const patience = 3 * time.Minute

// secretLike finds what could be a secret key, a session token, a passphrase or
// the seed of an MFA device. Access key ids are shorter.
var secretLike = regexp.MustCompile(`[A-Za-z0-9+/]{36,}|[A-Z2-7]{26,}`)

// ownPath finds the paths of our own files, which may be as long as a secret.
var ownPath = regexp.MustCompile(`[~/]\S*/vaultbar\S*`)

// programs are the real ones, built once for all tests.
type programs struct{ bin string }

// house is where one demo runs: a home of the person's that it must not touch,
// and the only place for files that it may use.
type house struct {
	programs
	home, tmp string
}

func TestDemo(t *testing.T) {
	testenv.Time(t)
	p := build(t)
	for _, test := range []struct {
		name string
		run  func(*testing.T, house)
	}{
		{"Whole", testWhole},
		{"Keep", testKeep},
		{"Interrupted", testInterrupted},
		{"ReaderLeaves", testReaderLeaves},
		{"BrokenCommand", testBrokenCommand},
		{"LyingCommand", testLyingCommand},
		{"NothingBuilt", testNothingBuilt},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, p.newHouse(t)) })
	}
}

func build(t *testing.T) programs {
	t.Helper()
	bin := t.TempDir()
	for name, folder := range map[string]string{"vaultbar": "cli/vaultbar", "vaultbar-app": "app/vaultbar-app", "demo": "vaultcore/testkit/demo"} {
		cmd := exec.Command("go", "build", "-o", filepath.Join(bin, name), "./"+folder)
		cmd.Dir = filepath.Join("..", "..", "..")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s cannot be built: %v\n%s", name, err, out)
		}
	}
	return programs{bin}
}

// newHouse makes the folders, and sees in the end that nothing is left in them
// and no process runs.
func (p programs) newHouse(t *testing.T) house {
	t.Helper()
	tmp, err := os.MkdirTemp("/tmp", "vbd")
	if err != nil {
		t.Fatal(err)
	}
	h := house{p, t.TempDir(), tmp}
	t.Cleanup(func() {
		defer func() { _ = os.RemoveAll(tmp) }()
		for _, dir := range []string{h.home, h.tmp} {
			left, err := os.ReadDir(dir)
			if err != nil || len(left) > 0 {
				t.Errorf("left in %s: %v %v", dir, left, err)
			}
		}
		if left := p.running(t); left != "" {
			t.Errorf("left running:\n%s", left)
		}
	})
	return h
}

// running lists the processes of the programs, but for the dead.
func (p programs) running(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("ps", "-A", "-o", "stat=,args=").Output()
	if errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") != "true" {
		t.Log("processes are not looked at: this needs Debian's package procps")
		return ""
	}
	if err != nil {
		t.Fatal(err)
	}
	var left []string
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, p.bin+"/") && !strings.HasPrefix(line, "Z") {
			left = append(left, line)
		}
	}
	return strings.Join(left, "")
}

// command is the demo in an environment full of what it must not use.
func (h house) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(h.bin, "demo"), args...)
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + h.home, "TMPDIR=" + h.tmp, "SHELL=/bin/sh",
		"XDG_RUNTIME_DIR=" + h.home, "XDG_CONFIG_HOME=" + h.home, "DISPLAY=:77",
		"AWS_PROFILE=nosuch", "AWS_ACCESS_KEY_ID=AKIAOUTSIDE", "AWS_ENDPOINT_URL_IAM=http://127.0.0.1:1",
		"AWS_CONFIG_FILE=/nosuch", "VAULTBAR_BACKEND=keychain", "VAULTBAR_FILE_DIR=/nosuch",
	}
	return cmd
}

// ran is how a demo ended.
type ran struct {
	stdout, stderr string
	code           int
}

func (h house) run(t *testing.T, stdin string, args ...string) ran {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := h.command(t, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(stdin), &stdout, &stderr
	deadline := time.AfterFunc(patience, func() { _ = cmd.Process.Signal(syscall.SIGTERM) })
	defer deadline.Stop()
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return ran{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

func testWhole(t *testing.T, h house) {
	got := h.run(t, "", "-bin", h.bin)
	if got.code != exitDone || got.stderr != "" {
		t.Fatalf("code %d\n%s\n%s", got.code, got.stdout, got.stderr)
	}
	for _, want := range []string{
		"$ vaultbar import\n", "key of user ann", "Move 1 key into the keychain? [Y/n] ", "In the keychain now: bastion-system.", "\nnone\n",
		"$ vaultbar explain hoge-system\n", "# no question, no call of AWS",
		"# 1 question, 1 GetSessionToken, 1 AssumeRole, 1 GetCallerIdentity",
		"I am arn:aws:sts::111111111111:assumed-role/hoge/", "I am arn:aws:iam::111111111111:user/ann",
		`"SecretAccessKey":"(hidden by the demo: 40 characters)"`, "\n     50 {",
		"# 50 programs, 1 question, 1 GetSessionToken, 1 AssumeRole\n",
		"not signed in to demo", "exit code 5", "# The consent is played", "assumed-role/AWSReservedSSO_Developer_", "1 GetRoleCredentials",
		"Vaultbar has stopped.", "With your own account:",
	} {
		if !strings.Contains(got.stdout, want) {
			t.Errorf("the transcript lacks %q", want)
		}
	}
	if n := strings.Count(got.stdout, "MFA code for bastion-system ("); n != 2 {
		t.Errorf("%d codes were asked for, not 2", n)
	}
	checkHarmless(t, got.stdout)
	if t.Failed() {
		t.Log(got.stdout)
	}
}

// checkHarmless looks for secrets, and for what only a terminal understands.
func checkHarmless(t *testing.T, transcript string) {
	t.Helper()
	if found := secretLike.FindAllString(ownPath.ReplaceAllString(transcript, ""), -1); found != nil {
		t.Errorf("the transcript has what looks like secrets: %q", found)
	}
	if strings.ContainsAny(transcript, "\x1b\r\x00") {
		t.Error("the transcript has characters for a terminal")
	}
}

func testKeep(t *testing.T, h house) {
	got := h.run(t, `vaultbar list --sessions
vaultbar clear
vaultbar exec -t "$(mfa-code)" hoge-system -- sts-whoami && echo it works
env | sed 's/=.*//' | sort | tr '\n' ' '
exit 7
`, "-bin", h.bin, "-keep")
	_, shell, found := strings.Cut(got.stdout, "Your turn:")
	if got.code != exitDone || !found {
		t.Fatalf("code %d\n%s\n%s", got.code, got.stdout, got.stderr)
	}
	for _, want := range []string{"sts.AssumeRole:", "assumed-role/hoge/", "it works", "Vaultbar has stopped."} {
		if !strings.Contains(shell, want) {
			t.Errorf("the shell's transcript lacks %q:\n%s\n%s", want, shell, got.stderr)
		}
	}
	for _, outside := range []string{"DISPLAY", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL_IAM", "AWS_CONFIG_FILE", "VAULTBAR_FILE_DIR"} {
		if strings.Contains(shell, outside+" ") {
			t.Errorf("the shell has the %s of outside", outside)
		}
	}
}

// Ctrl-C comes at any moment: between steps, while the app starts, while a
// question is open.
func testInterrupted(t *testing.T, h house) {
	for _, moment := range []string{"# A local AWS", "$ vaultbar import", "Move 1 key", "$ vaultbar exec", "$ for i in", "asks for"} {
		out := h.cutShort(t, moment, func(cmd *exec.Cmd, _ *os.File) { _ = cmd.Process.Signal(os.Interrupt) })
		if out.code != exitInterrupted || !strings.Contains(out.stderr, "interrupt") {
			t.Errorf("after %q: code %d, %q", moment, out.code, out.stderr)
		}
		checkHarmless(t, out.stdout)
		if left := h.running(t); left != "" {
			t.Errorf("after %q this is left running:\n%s", moment, left)
		}
	}
}

func testReaderLeaves(t *testing.T, h house) {
	out := h.cutShort(t, "$ vaultbar exec", func(_ *exec.Cmd, reader *os.File) { _ = reader.Close() })
	if out.code == exitDone || !strings.Contains(out.stderr, "pipe") {
		t.Errorf("code %d, %q", out.code, out.stderr)
	}
}

// cutShort runs a demo until a text appears on it, does something to it, and
// waits for its end.
func (h house) cutShort(t *testing.T, moment string, do func(*exec.Cmd, *os.File)) ran {
	t.Helper()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	var stderr bytes.Buffer
	cmd := h.command(t, "-bin", h.bin)
	cmd.Stdout, cmd.Stderr = writer, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = writer.Close()
	deadline := time.AfterFunc(patience, func() { _ = cmd.Process.Signal(syscall.SIGTERM) })
	defer deadline.Stop()
	var seen strings.Builder
	for from := bufio.NewReader(reader); ; {
		char, err := from.ReadByte()
		if err != nil {
			break
		}
		seen.WriteByte(char)
		if moment != "" && strings.HasSuffix(seen.String(), moment) {
			moment = ""
			do(cmd, reader)
		}
	}
	if moment != "" {
		t.Errorf("%q never came:\n%s", moment, seen.String())
	}
	if err := cmd.Wait(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return ran{seen.String(), stderr.String(), cmd.ProcessState.ExitCode()}
}

// withVaultbar is a folder of programs whose vaultbar is a script.
func withVaultbar(t *testing.T, script string) string {
	t.Helper()
	bin := t.TempDir()
	for _, name := range []string{"vaultbar", "vaultbar-app"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return bin
}

func testBrokenCommand(t *testing.T, h house) {
	got := h.run(t, "", "-bin", withVaultbar(t, `echo "vaultbar: the disk is full" >&2; exit 9`))
	if got.code != exitFailed || got.stderr != "\ndemo: `vaultbar import`: exit status 9\n" {
		t.Errorf("code %d, %q", got.code, got.stderr)
	}
	if !strings.Contains(got.stdout, "$ vaultbar import\nvaultbar: the disk is full\n") {
		t.Errorf("the failure is not shown:\n%s", got.stdout)
	}
}

// A command that says what is wanted and asks for nothing has not done its work.
func testLyingCommand(t *testing.T, h house) {
	got := h.run(t, "", "-bin", withVaultbar(t, `case $1 in
import) rm ~/.aws/credentials; echo "key of user ann"; echo "+mfa_serial = +credential_process = In the keychain now: bastion-system." ;;
explain) echo "role hoge mfa/ann" ;;
exec) printf "MFA code for x (y): "; read code; printf "MFA code for x (y): "; read code; echo assumed-role/hoge/ ;;
esac`))
	if got.code != exitFailed || !strings.Contains(got.stderr, "MFA codes asked for: 2, and there should be 1") {
		t.Errorf("code %d, %q\n%s", got.code, got.stderr, got.stdout)
	}
}

func testNothingBuilt(t *testing.T, h house) {
	got := h.run(t, "", "-bin", filepath.Join(h.bin, "nosuch"))
	if got.code != exitFailed || !strings.Contains(got.stderr, "make build") || got.stdout != "" {
		t.Errorf("code %d, %q, %q", got.code, got.stdout, got.stderr)
	}
}
