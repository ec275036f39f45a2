//go:build linux

package stories_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/keyring"

	"github.com/vaultbar/vaultbar/app/desktop/desktoptest"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// theirModule pins the release of aws-vault that people come from.
const theirModule = "testdata/awsvault"

// errOffline is why aws-vault is not there: its module is neither here nor to be had.
var errOffline = errors.New("the module of aws-vault 7.2 cannot be fetched")

// theirProgram builds aws-vault from its public module, once.
var theirProgram = sync.OnceValues(func() (string, error) {
	path := filepath.Join(programsDir, "theirs", "aws-vault")
	for _, step := range []struct {
		args []string
		kind error
	}{
		{[]string{"mod", "download"}, errOffline},
		{[]string{"build", "-o", path, "github.com/99designs/aws-vault/v7"}, errors.New("aws-vault 7.2 cannot be built")},
	} {
		cmd := exec.Command("go", step.args...)
		cmd.Dir, cmd.Env = theirModule, append(os.Environ(), "GOFLAGS=", "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("%w: %w\n%s", step.kind, err, out)
		}
	}
	return path, nil
})

// needAWSVault is for a test that runs aws-vault itself. A machine without a network
// leaves it out; what aws-vault has written is recorded for the tests of keystore.
func needAWSVault(t testing.TB) string {
	t.Helper()
	testenv.Time(t)
	path, err := theirProgram()
	if errors.Is(err, errOffline) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// mover is a person who has used aws-vault, with two keys and a session in its keychain.
type mover struct {
	*world
	program string
	env     []string // says where aws-vault's keychain is
	ci      *awstest.Key
}

// newMover has aws-vault itself fill a keychain.
func newMover(w *world, program, backend string, env ...string) mover {
	w.Helper()
	w.steered = false
	w.behindAProxy() // this release of aws-vault knows no other way to another AWS
	m := mover{w, program, append(env, "AWS_VAULT_BACKEND="+backend), w.aws.Account.User("ci").NewKey()}
	w.writeConfig("[profile " + plain + "]\nregion = eu-central-1\n\n[profile ci]\nregion = eu-west-1\n\n[profile none]\nregion = eu-west-1\n")
	for name, key := range map[string]*awstest.Key{plain: w.spare, "ci": m.ci} {
		m.theirs([]string{"AWS_ACCESS_KEY_ID=" + key.ID(), "AWS_SECRET_ACCESS_KEY=" + key.Secret().Reveal()}, "add", "--env", "--no-add-config", name)
	}
	m.theirs(nil, "exec", plain, "--", "true")
	return m
}

// theirs runs aws-vault.
func (m mover) theirs(env []string, args ...string) string {
	m.Helper()
	cmd := m.command(m.program, args...)
	cmd.Env = append(m.with(append(env, m.env...)...), "AWS_REGION=eu-central-1", "SSL_CERT_FILE="+m.path("t", "ca.pem"))
	got := m.do(cmd)
	if got.code != 0 {
		m.Fatalf("aws-vault %s: exit code %d\n%s%s", args[0], got.code, got.stdout, got.stderr)
	}
	return got.stdout
}

// has is what aws-vault says that its keychain holds: the profiles with keys, and the
// kinds of sessions.
func (m mover) has() (keys, sessions string) {
	m.Helper()
	words := func(of string) []string { return strings.Fields(m.theirs(nil, "list", of)) }
	for _, session := range words("--sessions") {
		kind, _, _ := strings.Cut(session, ":") // behind it is the time left
		sessions += kind + " "
	}
	profiles := words("--credentials")
	slices.Sort(profiles)
	return strings.Join(profiles, " "), sessions
}

// imports runs the import of aws-vault's keys.
func (m mover) imports(env []string, args ...string) outcome {
	m.Helper()
	cmd := m.command("vaultbar", append([]string{"import", "--from", "aws-vault", "--yes"}, args...)...)
	cmd.Env = m.with(append(m.env, env...)...)
	return m.do(cmd)
}

// state is what Vaultbar has and what the config file says.
func (m mover) state() string {
	m.Helper()
	text, err := os.ReadFile(m.configFile())
	m.check(err)
	return m.must("list") + string(text)
}

// moves has the keys copied, and then taken out of aws-vault's keychain.
func (m mover) moves() {
	t := m.world
	t.Helper()
	keys, sessions := m.has()
	if keys != "ci "+plain || sessions != "sts.GetSessionToken " {
		t.Fatalf("aws-vault has the keys %q and the sessions %q", keys, sessions)
	}
	if got := m.imports(nil); got.code != 0 || strings.Contains(got.stdout, "\nnone") {
		t.Fatalf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if nowKeys, nowSessions := m.has(); nowKeys != keys || nowSessions != sessions {
		t.Errorf("aws-vault has now the keys %q and the sessions %q", nowKeys, nowSessions)
	}
	for name, key := range map[string]*awstest.Key{plain: m.spare, "ci": m.ci} {
		if got := m.export("--no-session", name); got.AccessKeyID != key.ID() {
			t.Errorf("the key of %s is %s", name, got.AccessKeyID)
		}
	}
	removes := m.imports(nil, "--remove", plain)
	if removes.code != 0 {
		t.Fatalf("exit code %d\n%s%s", removes.code, removes.stdout, removes.stderr)
	}
	m.reads("--remove of a key that is here already", removes.stdout)
	if nowKeys, nowSessions := m.has(); nowKeys != "ci" || nowSessions != sessions {
		t.Errorf("with --remove aws-vault has the keys %q and the sessions %q", nowKeys, nowSessions)
	}
	if got := m.export("--no-session", plain); got.AccessKeyID != m.spare.ID() {
		t.Errorf("the key is %s", got.AccessKeyID)
	}
}

// TestStoryFromAWSVaultFiles: a wrong passphrase changes nothing, and the right one
// brings all keys.
func TestStoryFromAWSVaultFiles(t *testing.T) {
	t.Parallel()
	m := newMover(newWorld(t), needAWSVault(t), "file", "AWS_VAULT_FILE_PASSPHRASE=their passphrase")
	before := m.state()
	if got := m.imports([]string{"AWS_VAULT_FILE_PASSPHRASE=wrong"}); got.code != 6 {
		t.Errorf("with a wrong passphrase: exit code %d\n%s", got.code, got.stderr)
	}
	if after := m.state(); after != before {
		t.Errorf("a wrong passphrase changed something:\n%s\nwas\n%s", after, before)
	}
	m.moves()
}

// TestStoryFromAWSVaultPass: a password store is not listed; the profiles of the config
// file are looked for in it.
func TestStoryFromAWSVaultPass(t *testing.T) {
	t.Parallel()
	program := needAWSVault(t)
	testenv.Program(t, "pass", "pass")
	w := newWorld(t)
	w.env = w.with("GNUPGHOME="+w.path("g"), "AWS_VAULT_PASS_PASSWORD_STORE_DIR="+w.path("p"), "PASSWORD_STORE_DIR="+w.path("p"))
	w.passwordStore()
	newMover(w, program, "pass").moves()
}

// passwordStore makes a password store that no passphrase protects.
func (w *world) passwordStore() {
	w.Helper()
	w.check(os.Mkdir(w.path("g"), 0o700))
	for _, args := range [][]string{
		{"gpg", "--batch", "--pinentry-mode", "loopback", "--passphrase", "", "--quick-generate-key", "ann@example.com", "default", "default", "never"},
		{"pass", "init", "ann@example.com"},
	} {
		if got := w.do(w.command(args[0], args[1:]...)); got.code != 0 {
			w.Fatalf("%s: exit code %d\n%s%s", args[0], got.code, got.stdout, got.stderr)
		}
	}
	w.Cleanup(func() {
		cmd := exec.Command("gpgconf", "--kill", "all")
		cmd.Env = w.env
		_ = cmd.Run() // its agent may have ended
	})
}

// TestDesktopFromAWSVault: the keys that aws-vault keeps in the desktop's keychain.
func TestDesktopFromAWSVault(t *testing.T) {
	t.Parallel()
	program := needAWSVault(t)
	d := newDesktop(t, desktoptest.Keyring)
	newMover(d.world, program, "secret-service", "AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME=login").moves()
}

// TestAKillDuringRemoval: a key that is moved out of aws-vault's keychain while the app
// is killed is there or in ours, and the next try ends what the killed one began.
func TestAKillDuringRemoval(t *testing.T) {
	t.Parallel()
	m := newKillable(t)
	m.live()
	where := vaultcore.AWSVault{Backend: "file", FileDir: filepath.Join(m.home, ".awsvault", "keys"), Passphrase: vaultcore.NewSecret("theirs")}
	keychain, err := keyring.Open(keyring.Config{
		AllowedBackends: []keyring.BackendType{keyring.FileBackend}, ServiceName: "aws-vault", FileDir: where.FileDir, FilePasswordFunc: keyring.FixedStringPrompt("theirs"),
	})
	m.check(err)
	move := func(ctx context.Context) error {
		r := agent.ImportRequest{AWSVault: &where, Remove: true, Command: "/usr/bin/vaultbar", NoVerify: true, Caller: m.caller()}
		shown, err := m.agent.Import(ctx, r)
		if err != nil {
			return err
		}
		r.Agreed = shown.Plan
		_, err = m.agent.Import(ctx, r)
		return err
	}
	m.agent.Environment = m.agent.Environment.With("AWS_CONFIG_FILE", m.configFile())
	lay := func() {
		_, _ = m.agent.Remove(t.Context(), agent.RemoveRequest{Profile: plain, Caller: m.caller()}) // there may be none
		m.writeConfig("[profile " + plain + "]\nregion = eu-central-1\n")
		m.check(keychain.Set(keyring.Item{Key: plain, Data: fmt.Appendf(nil, `{"AccessKeyID":%q,"SecretAccessKey":%q}`, m.spare.ID(), m.spare.Secret().Reveal())}))
	}
	there := func() bool {
		names, err := keychain.Keys()
		m.check(err)
		return len(names) > 0
	}
	lay()
	begun := time.Now()
	m.check(move(t.Context()))
	moving := &killTimes{span: 2 * time.Since(begun)}
	for i := range short(100, 25) {
		lay()
		failure := m.killDuring(moving, move)
		left := there()
		if !left && m.holds() != m.spare.ID() {
			t.Fatalf("kill %d: the key is nowhere", i)
		}
		if left {
			m.check(move(t.Context()))
		}
		if m.holds() != m.spare.ID() || there() {
			t.Fatalf("kill %d: the next try did not end it", i)
		}
		moving.record(!left, failure)
	}
	moving.kills(m, "import --remove")
}
