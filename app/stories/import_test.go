//go:build linux

package stories_test

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/99designs/keyring"

	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

func (w *world) credentialsFile() string { return filepath.Join(w.home, ".aws", "credentials") }

// plainKeys writes keys in plain text where AWS's tools have them.
func (w *world) plainKeys(keys map[string]*awstest.Key, more string) {
	w.Helper()
	var b strings.Builder
	b.WriteString("# my keys\n" + more)
	for _, profile := range []string{plain, "ci", bastion} {
		if key := keys[profile]; key != nil {
			b.WriteString("[" + profile + "]\naws_access_key_id = " + key.ID() + "\naws_secret_access_key = " + key.Secret().Reveal() + "\n")
		}
	}
	w.check(os.WriteFile(w.credentialsFile(), []byte(b.String()), 0o600))
}

// inPlain are the files in a folder that have a secret in them.
func (w *world) inPlain(folder string, keys ...*awstest.Key) (files []string) {
	w.Helper()
	w.check(filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		for _, key := range keys {
			if strings.Contains(string(text), key.Secret().Reveal()) {
				files = append(files, path)
			}
		}
		return err
	}))
	return files
}

// TestStoryImport is the minute of somebody who has only ever had plain keys: one
// command and one answer, and AWS's own tools go on by the same names.
func TestStoryImport(t *testing.T) {
	t.Parallel()
	needTheirPrograms(t)
	w := newWorld(t)
	w.writeConfig("[profile " + plain + "]\nregion = eu-central-1\n\n[profile ci]\nregion = eu-west-1\n")
	bob, build := w.aws.Account.User("bob"), w.aws.Account.User("ci")
	ci := build.NewKey()
	w.plainKeys(map[string]*awstest.Key{plain: w.spare, "ci": ci}, "[other]\nregion = eu-west-1\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\naws_session_token = y\n")
	w.everyProgramIs("with the plain key", plain, bob.ARN())

	w.wantComplaint(w.run("export", "ci"), 3, "a key in plain text alone")
	dry := w.run("import", "--dry-run")
	if dry.code != 0 {
		t.Fatalf("exit code %d\n%s%s", dry.code, dry.stdout, dry.stderr)
	}
	w.reads("a dry run", dry.stdout+dry.stderr)
	if len(w.inPlain(w.home, w.spare, ci)) != 2 {
		t.Fatal("a dry run changed something")
	}
	if got := w.run("import"); got.code != 5 {
		t.Errorf("without anybody to ask: exit code %d\n%s", got.code, got.stderr)
	}
	person := w.sit(w.command("vaultbar", "import"))
	person.expect("Move 2 keys into the keychain? [Y/n] ")
	person.answer("y")
	if code := person.wait(); code != 0 {
		t.Fatalf("exit code %d, and the terminal shows:\n%s", code, person.all())
	}
	if left := w.inPlain(filepath.Join(w.home, ".aws"), w.spare, ci); len(left) > 0 {
		t.Errorf("in plain text still: %q", left)
	}
	for _, file := range w.inPlain(w.home, w.spare, ci) {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 || !strings.Contains(file, "/backup/credentials-") || !strings.Contains(person.all(), filepath.Base(file)) {
			t.Errorf("%s has a key: %v, %v\n%s", file, info, err, person.all())
		}
	}
	if text, err := os.ReadFile(w.credentialsFile()); err != nil || !strings.HasPrefix(string(text), "# my keys\n[other]\n") || strings.Contains(string(text), "["+plain+"]") {
		t.Errorf("the file is now %q: %v", text, err)
	}
	w.everyProgramIs("after the import", plain, bob.ARN())
	w.everyProgramIs("after the import", "ci", build.ARN())
	if got := w.run("import", plain); got.code != 3 {
		t.Errorf("a second time: exit code %d\n%s", got.code, got.stderr)
	}
	w.plainKeys(map[string]*awstest.Key{plain: w.spare}, "") // it comes back, from a backup
	w.reads("explain, of a key that is in plain text too", lineWith(w.must("explain", plain), "plain text"))
}

// TestStoryImportWithoutConfig: who has a credentials file and nothing else has a config
// file then, and the same names.
func TestStoryImportWithoutConfig(t *testing.T) {
	t.Parallel()
	needTheirPrograms(t)
	w := newWorld(t)
	w.check(os.Remove(w.configFile()))
	w.env = w.with("AWS_REGION=eu-central-1", "AWS_DEFAULT_REGION=eu-central-1")
	ci := w.aws.Account.User("ci").NewKey()
	w.plainKeys(map[string]*awstest.Key{plain: w.spare, "ci": ci}, "")
	if got := w.run("import", "--yes"); got.code != 0 {
		t.Fatalf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	if left := w.inPlain(filepath.Join(w.home, ".aws"), w.spare, ci); len(left) > 0 {
		t.Errorf("in plain text still: %q", left)
	}
	w.everyProgramIs("after the import", plain, w.aws.Account.User("bob").ARN())
	w.everyProgramIs("after the import", "ci", w.aws.Account.User("ci").ARN())
}

// TestStoryImportRefuses holds that a key that AWS does not take, and one that the
// keychain has another of, stay where they are.
func TestStoryImportRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ci := w.aws.Account.User("ci").NewKey()
	w.add(plain, w.spare)
	other := w.aws.Account.User("bob").NewKey()
	ci.SetActive(false)
	w.plainKeys(map[string]*awstest.Key{plain: other, "ci": ci}, "")
	before, err := os.ReadFile(w.credentialsFile())
	w.check(err)
	got := w.run("import", "--yes")
	if got.code == 0 || strings.Count(got.stdout, "stays: ") != 2 {
		t.Errorf("exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	w.reads("keys that stay", got.stderr)
	if after, err := os.ReadFile(w.credentialsFile()); err != nil || string(after) != string(before) {
		t.Errorf("the file is now %q: %v", after, err)
	}
	if w.export("--no-session", plain).AccessKeyID != w.spare.ID() {
		t.Error("the key in the keychain was replaced")
	}
}

// A key that is moved while the app is killed is in the file or in the keychain, and
// the next try ends what the killed one began: 40 kills, and 200 in the long form.
func TestAKillDuringImport(t *testing.T) {
	t.Parallel()
	m := newKillable(t)
	m.live()
	files := m.credentialsFile()
	move := func(ctx context.Context) error {
		r := agent.ImportRequest{Command: "/usr/bin/vaultbar", NoVerify: true, Caller: m.caller()}
		shown, err := m.agent.Import(ctx, r)
		if err != nil {
			return err
		}
		if shown.Plan == "" {
			t.Errorf("nothing is to move: %+v", shown.Keys)
		}
		r.Agreed = shown.Plan
		_, err = m.agent.Import(ctx, r)
		return err
	}
	m.agent.Environment = m.agent.Environment.With("AWS_CONFIG_FILE", m.configFile()).With("AWS_SHARED_CREDENTIALS_FILE", files)
	lay := func() {
		_, _ = m.agent.Remove(t.Context(), agent.RemoveRequest{Profile: plain, Caller: m.caller()}) // there may be none
		m.writeConfig("[profile " + plain + "]\nregion = eu-central-1\n")
		m.plainKeys(map[string]*awstest.Key{plain: m.spare}, "")
	}
	lay()
	begun := time.Now()
	m.check(move(t.Context()))
	moving := &killTimes{span: 2 * time.Since(begun)}
	for i := range short(200, 40) {
		lay()
		failure := m.killDuring(moving, move)
		inFile := len(m.inPlain(filepath.Dir(files), m.spare)) > 0
		if !inFile && m.holds() != m.spare.ID() {
			t.Fatalf("kill %d: the key is nowhere", i)
		}
		if text, err := os.ReadFile(m.configFile()); err != nil || !inFile && !strings.Contains(string(text), "credential_process") {
			t.Fatalf("kill %d: the key left the file before the config led to it: %q, %v", i, text, err)
		}
		if inFile {
			m.check(move(t.Context()))
		}
		if m.holds() != m.spare.ID() || len(m.inPlain(filepath.Dir(files), m.spare)) > 0 {
			t.Fatalf("kill %d: the next try did not end it", i)
		}
		moving.record(!inFile, failure)
	}
	moving.kills(m, "import")
}

// TestStoryFromAWSVault is the minute of somebody who has used aws-vault with encrypted
// files: one command, and the lines that called aws-vault call Vaultbar. What aws-vault
// has is left as it is.
func TestStoryFromAWSVault(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.writeConfig("[profile " + plain + "]\nregion = eu-central-1\ncredential_process = aws-vault export --format=json " + plain + "\n")
	theirs := keyring.Config{
		AllowedBackends: []keyring.BackendType{keyring.FileBackend}, ServiceName: "aws-vault", FileDir: filepath.Join(w.home, ".awsvault", "keys"),
		FilePasswordFunc: keyring.FixedStringPrompt("their passphrase"),
	}
	keychain, err := keyring.Open(theirs)
	w.check(err)
	w.check(keychain.Set(keyring.Item{Key: plain, Data: fmt.Appendf(nil, `{"AccessKeyID":%q,"SecretAccessKey":%q,"SessionToken":"","CanExpire":false}`, w.spare.ID(), w.spare.Secret().Reveal())}))
	w.check(keychain.Set(keyring.Item{Key: "sts.GetSessionToken,cGxhaW4,,1767225600", Data: []byte("{}")}))

	from := func(passphrase string, args ...string) *exec.Cmd {
		cmd := w.command("vaultbar", append([]string{"import", "--from", "aws-vault"}, args...)...)
		cmd.Env = w.with("AWS_VAULT_BACKEND=file", "AWS_VAULT_FILE_PASSPHRASE="+passphrase)
		return cmd
	}
	if got := w.do(from("wrong", "--yes")); got.code != 6 {
		t.Errorf("with a wrong passphrase: exit code %d\n%s", got.code, got.stderr)
	}
	if got := w.do(from("", "--yes")); got.code != 6 || !strings.Contains(got.stderr, "AWS_VAULT_FILE_PASSPHRASE") {
		t.Errorf("without a passphrase: exit code %d\n%s", got.code, got.stderr)
	}
	if got := w.run("import", "--from", "aws-vault", "--yes"); got.code != 6 || !strings.Contains(got.stderr, "--backend file") {
		t.Errorf("without a backend and a passphrase: exit code %d\n%s", got.code, got.stderr)
	}
	person := w.sit(from(""))
	person.expect("Passphrase of aws-vault's keychain: ")
	person.answer("their passphrase")
	person.expect("Copy 1 key into the keychain? [Y/n] ")
	person.answer("y")
	if code := person.wait(); code != 0 || strings.Contains(person.all(), "their passphrase") {
		t.Fatalf("exit code %d, and the terminal shows:\n%s", code, person.all())
	}
	if got := w.export("--no-session", plain).AccessKeyID; got != w.spare.ID() {
		t.Errorf("the key is %s", got)
	}
	if text, err := os.ReadFile(w.configFile()); err != nil || !strings.Contains(string(text), "\ncredential_process = "+built().path("vaultbar")+" export --format=json "+plain) {
		t.Errorf("the config is %q: %v", text, err)
	}
	if names, err := keychain.Keys(); err != nil || len(names) != 2 {
		t.Errorf("aws-vault has %q: %v", names, err)
	}
	got := w.do(from("their passphrase", "--yes"))
	w.reads("a second time", got.stdout)
	if got.code != 0 {
		t.Errorf("a second time: exit code %d\n%s%s", got.code, got.stdout, got.stderr)
	}
	person = w.sit(from("their passphrase", "--remove"))
	person.expect("Remove 1 key from aws-vault's keychain? [Y/n] ")
	person.answer("n")
	if code := person.wait(); code != 4 {
		t.Errorf("exit code %d, and the terminal shows:\n%s", code, person.all())
	}
}
