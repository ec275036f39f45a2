//go:build linux

package stories_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// The profiles of every world; plain has a key and no MFA device.
const (
	bastion = "bastion-system"
	hoge    = "hoge-system"
	plain   = "plain"
)

// patience ends what would hang. Nothing is expected to take that long, on a machine
// that does much else either.
const patience = wait.Limit

// nobody is a user that owns nothing.
const nobody = 65534

// world is a home with an AWS of its own.
type world struct {
	testing.TB
	dir        string // all of it
	home       string
	aws        awstest.World
	passphrase string
	env        []string
	appProgram string // the app, where it is not the one beside the command
	uid        int    // whose processes run in it
	steered    bool   // its profiles say where AWS is: the menu has no variables
	spare      *awstest.Key
	ahead      time.Duration // how far AWS's clock is
}

// newWorld makes a world of the user who runs the tests.
func newWorld(t testing.TB) *world { return newWorldOf(t, os.Getuid()) }

// newWorldOf makes a world of some user. Nothing of it is left behind.
func newWorldOf(t testing.TB, uid int) *world {
	t.Helper()
	testenv.Time(t)
	if built().err != nil {
		t.Fatal(built().err)
	}
	dir, err := os.MkdirTemp("/tmp", "vb-")
	if err != nil {
		t.Fatal(err)
	}
	w := &world{TB: t, dir: dir, home: filepath.Join(dir, "h"), uid: uid, passphrase: "correct-horse-7c1e"}
	w.aws = awstest.Demo(awstest.NewServer(t))
	w.spare = w.aws.Account.User("bob").NewKey()
	w.env = w.environ()
	w.check(os.Chmod(dir, 0o755))
	for _, folder := range []string{"r", "t", "h", "h/.aws"} {
		w.check(os.Mkdir(filepath.Join(dir, folder), 0o700))
		w.check(os.Chown(filepath.Join(dir, folder), uid, -1))
	}
	w.writeConfig(w.usual())
	w.setting("")
	w.cheapKeychain()
	t.Cleanup(w.end)
	return w
}

// usual is the config of every world.
func (w *world) usual() string {
	return w.aws.Config() + "\n[profile " + plain + "]\nregion = eu-central-1\n"
}

// environ is the environment of a person's shell: of what the test's own one
// holds, nothing.
func (w *world) environ() []string {
	return []string{
		"PATH=" + built().dir + ":/usr/bin:/bin", "HOME=" + w.home, "TMPDIR=" + w.path("t"),
		"XDG_RUNTIME_DIR=" + w.path("r"),
		"SHELL=/bin/sh", "TERM=dumb", "LANG=C.UTF-8",
		"AWS_ENDPOINT_URL=" + w.aws.Server.URL(), "AWS_EC2_METADATA_DISABLED=true",
		"VAULTBAR_BACKEND=file", "VAULTBAR_FILE_PASSPHRASE=" + w.passphrase,
		"DBUS_SESSION_BUS_ADDRESS=disabled:",
		"GORACE=atexit_sleep_ms=0 log_path=" + w.path("t", "race"),
	}
}

// with is the environment with some variables set otherwise; "NAME" alone takes
// one out.
func (w *world) with(changes ...string) []string {
	env := slices.Clone(w.env)
	for _, change := range changes {
		name, _, set := strings.Cut(change, "=")
		env = slices.DeleteFunc(env, func(entry string) bool { return strings.HasPrefix(entry, name+"=") })
		if set {
			env = append(env, change)
		}
	}
	return env
}

func (w *world) path(elem ...string) string {
	return filepath.Join(append([]string{w.dir}, elem...)...)
}

func (w *world) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) configFile() string { return filepath.Join(w.home, ".aws", "config") }

func (w *world) writeConfig(text string) {
	w.Helper()
	if w.steered {
		text = awstest.Reached(text, w.aws.Server.URL())
	}
	w.check(os.WriteFile(w.configFile(), []byte(text), 0o600))
	w.check(os.Chown(w.configFile(), w.uid, -1))
}

// outcome is what came of a command.
type outcome struct {
	stdout, stderr string
	code           int
}

// command is a program in this world without a terminal, as a service or a
// cron job has it. The programs of Vaultbar are found by their names.
func (w *world) command(name string, args ...string) *exec.Cmd {
	switch {
	case name == "vaultbar-app" && w.appProgram != "":
		name = w.appProgram
	case strings.HasPrefix(name, "vaultbar"):
		name = built().path(name)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	w.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env, cmd.Dir = w.env, w.home
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: w.credential()}
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// lasting is a command that may live as long as the test: an app.
func lasting(cmd *exec.Cmd) *exec.Cmd {
	cmd.Cancel, cmd.WaitDelay = nil, 0
	return cmd
}

// ownProgram is this test program where every user may run it. It is not written
// here: a program that somebody has open for writing cannot be run, and whatever
// is started meanwhile inherits our open files for a moment.
func (w *world) ownProgram() string {
	w.Helper()
	path := w.path("story")
	err := os.Link(os.Args[0], path)
	if err != nil && !errors.Is(err, fs.ErrExist) { // the two are on different disks
		w.check(exec.Command("cp", os.Args[0], path).Run())
	}
	return path
}

// credential makes a process one of the world's user.
func (w *world) credential() *syscall.Credential {
	if w.uid == os.Getuid() {
		return nil
	}
	return &syscall.Credential{Uid: uint32(w.uid), Gid: uint32(w.uid), NoSetGroups: true}
}

// do runs a command to its end.
func (w *world) do(cmd *exec.Cmd) outcome {
	w.Helper()
	var stdout, stderr bytes.Buffer
	if cmd.Stdout == nil {
		cmd.Stdout = &stdout
	}
	cmd.Stderr = &stderr
	code := w.exit(cmd.Run())
	return outcome{stdout.String(), stderr.String(), code}
}

// exit is the exit code of a command that ran; 128 and more is a signal.
func (w *world) exit(err error) int {
	w.Helper()
	var ended *exec.ExitError
	switch {
	case err == nil:
		return 0
	case !errors.As(err, &ended):
		w.Fatal(err)
	}
	if status, ok := ended.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return ended.ExitCode()
}

// run runs vaultbar without a terminal.
func (w *world) run(args ...string) outcome {
	w.Helper()
	return w.do(w.command("vaultbar", args...))
}

// must runs vaultbar, which must succeed, and returns its stdout.
func (w *world) must(args ...string) string {
	w.Helper()
	got := w.run(args...)
	if got.code != 0 {
		w.Fatalf("vaultbar %s: exit code %d\n%s", strings.Join(args, " "), got.code, got.stderr)
	}
	return got.stdout
}

// keyJSON is a key as `aws iam create-access-key` prints it.
func keyJSON(key *awstest.Key) string {
	return fmt.Sprintf(`{"AccessKey":{"UserName":"ann","AccessKeyId":%q,"Status":"Active","SecretAccessKey":%q}}`, key.ID(), key.Secret().Reveal())
}

// adding is the command that keeps a key, whether or not there is one.
func (w *world) adding(profile string, key *awstest.Key, flags ...string) *exec.Cmd {
	cmd := w.command("vaultbar", append([]string{"add", "--stdin", "--replace", profile}, flags...)...)
	cmd.Stdin = strings.NewReader(keyJSON(key))
	return cmd
}

// add keeps a key, which must succeed.
func (w *world) add(profile string, key *awstest.Key, flags ...string) outcome {
	w.Helper()
	got := w.do(w.adding(profile, key, flags...))
	if got.code != 0 {
		w.Fatalf("vaultbar add %s: exit code %d\n%s", profile, got.code, got.stderr)
	}
	return got
}

// granted is what credential_process prints.
type granted struct {
	Version         int
	AccessKeyID     string `json:"AccessKeyId"`
	SecretAccessKey string
	SessionToken    string
	Expiration      time.Time
}

// parse reads what `vaultbar export --format=json` printed: one object, and
// nothing but it.
func parse(text string) (granted, error) {
	var g granted
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&g); err != nil {
		return g, err
	}
	if decoder.More() {
		return g, errors.New("there is more than one value")
	}
	if g.Version != 1 || g.AccessKeyID == "" || g.SecretAccessKey == "" {
		return g, errors.New("it is incomplete")
	}
	return g, nil
}

// export gets credentials as credential_process does, which must succeed.
func (w *world) export(args ...string) granted {
	w.Helper()
	text := w.must(append([]string{"export", "--format=json"}, args...)...)
	g, err := parse(text)
	if err != nil {
		w.Fatalf("credential_process printed %d bytes that cannot be used: %v", len(text), err)
	}
	return g
}

// setting writes Vaultbar's own settings. They are read when the app starts. The
// world's AWS is trusted, as a machine without a person is set up by file.
func (w *world) setting(text string) {
	w.Helper()
	w.settings("trusted_endpoints = " + w.aws.Server.URL() + "\ntrusted_sign_in_endpoints = " + w.aws.Server.URL() + "\n" + text)
}

// appendConfig adds lines to the config file.
func (w *world) appendConfig(text string) {
	w.Helper()
	was, err := os.ReadFile(w.configFile())
	w.check(err)
	w.writeConfig(string(was) + text)
}

// settings writes Vaultbar's own settings, with nothing trusted.
func (w *world) settings(text string) {
	w.Helper()
	dir := filepath.Join(w.home, ".config", "vaultbar")
	w.check(os.MkdirAll(dir, 0o700))
	w.check(os.WriteFile(filepath.Join(dir, "settings.ini"), []byte(text), 0o600))
	for _, path := range []string{filepath.Dir(dir), dir, filepath.Join(dir, "settings.ini")} {
		w.check(os.Chown(path, w.uid, -1))
	}
}
