package vault

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/access"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/appdirs"
	"github.com/vaultbar/vaultbar/vaultcore/aws/awshttp"
	"github.com/vaultbar/vaultbar/vaultcore/boottime"
	"github.com/vaultbar/vaultbar/vaultcore/broadcast"
	"github.com/vaultbar/vaultbar/vaultcore/console"
	"github.com/vaultbar/vaultbar/vaultcore/directory"
	"github.com/vaultbar/vaultbar/vaultcore/journal"
	"github.com/vaultbar/vaultbar/vaultcore/keystore"
	"github.com/vaultbar/vaultbar/vaultcore/prompt"
	"github.com/vaultbar/vaultbar/vaultcore/rotate"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// opener opens a keychain: keystore.Open, or inMemory.
type opener func(context.Context, keystore.Options) (*keystore.Store, error)

// fakeDesktop is a desktop that nobody sees.
type fakeDesktop struct {
	blind   bool // the screen's lock is not noticed
	atLogin bool
	err     error // of what is set
	missing error // why a desktop that is there shows no dialogs
}

func (d *fakeDesktop) Present(context.Context) bool                     { return d.missing != nil }
func (d *fakeDesktop) Missing() error                                   { return d.missing }
func (d *fakeDesktop) LockNoticed() bool                                { return !d.blind }
func (d *fakeDesktop) FirstUse(context.Context, string, string)         {}
func (d *fakeDesktop) AgentGot(context.Context, agent.AgentUse)         {}
func (d *fakeDesktop) Loosened(context.Context, string, string, string) {}
func (d *fakeDesktop) OpensAtLogin() bool                               { return d.atLogin }
func (d *fakeDesktop) SetOpenAtLogin(on bool) error {
	if d.err == nil {
		d.atLogin = on
	}
	return d.err
}

// noBrowsers is a machine without browsers.
type noBrowsers struct{}

func (noBrowsers) Open(context.Context, vaultcore.Secret, string, agent.LoginRequest) (string, []string, error) {
	return "", nil, vaultcore.Faultf(vaultcore.ErrConfig, "there is no browser")
}
func (noBrowsers) Browsers(context.Context) (agent.BrowsersResult, error) {
	return agent.BrowsersResult{}, nil
}
func (noBrowsers) RemoveBrowserProfile(context.Context, agent.BrowserProfileRequest) error {
	return vaultcore.Faultf(vaultcore.ErrRequest, "nothing is kept")
}

// newVault makes a vault over a strict local AWS and a keychain of its own. It knows
// three profiles: one that needs no question and the two of the standard world.
func newVault(t *testing.T, open opener) (*Vault, awstest.World) {
	t.Helper()
	world := awstest.Demo(awstest.NewServer(t))
	robot := world.Account.User("robot").NewKey()
	home := t.TempDir()
	folders := appdirs.Folders{Config: filepath.Join(home, "c"), State: filepath.Join(home, "s"), Data: filepath.Join(home, "d")}
	paths := Paths{Config: filepath.Join(home, "config"), State: folders.State}
	t.Setenv("VAULTBAR_BACKEND", "file")
	t.Setenv("VAULTBAR_FILE_DIR", "")
	config := awstest.Reached(world.Config()+"[profile robot]\nregion = us-east-1\n", world.Server.URL())
	if err := os.WriteFile(paths.Config, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"trusted_endpoints", "trusted_sign_in_endpoints"} {
		if err := settings.Set(folders.Settings(), key, world.Server.URL()); err != nil {
			t.Fatal(err)
		}
	}
	own, _, err := ReadSettings(folders)
	if err != nil {
		t.Fatal(err)
	}
	gone, err := journal.Open(filepath.Join(folders.State, "journal.json"))
	if err != nil {
		t.Fatal(err)
	}
	listed, err := directory.Open(filepath.Join(folders.State, "accounts.json"))
	if err != nil {
		t.Fatal(err)
	}
	ages, err := rotate.OpenAges(filepath.Join(folders.State, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	changed := new(broadcast.Changed)
	prompter := prompt.New(prompt.Options{Mode: func() vaultcore.PromptMode { return own.Now().Prompt }, Changed: changed.Notify})
	passphrase := NewPassphrase(vaultcore.NewSecret("correct horse"), own, prompter)
	keys, err := open(t.Context(), keystore.Options{
		Journal: gone, Backend: own.Now().Backend, Dir: own.Now().FileDir, Passphrase: passphrase.Ask, Unattended: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	carriers := awshttp.New(5 * time.Second)
	var s *Vault
	s = New(t.Context(), Parts{
		Guarded: func(ctx context.Context, r agent.CredentialsRequest) (agent.CredentialsResult, error) {
			return s.Credentials(ctx, r)
		},
		Settings: own, Passphrase: passphrase, Keys: keys, Journal: gone, Directory: listed, Carriers: carriers,
		STS:      sts.New(sts.Options{Carriers: carriers, Version: "test", Attempt: 5 * time.Second, Pause: time.Millisecond}),
		Signer:   console.NewSigner(console.Options{Carriers: carriers, Version: "test", Attempt: 5 * time.Second}),
		Prompter: prompter, Desktop: &fakeDesktop{}, Browsers: noBrowsers{}, Changed: changed, Grants: access.NewGrants(boottime.Now, changed.Notify), Paths: paths, User: "ann",
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Stop: func() {}, Propagation: rotate.Propagation{Pause: time.Millisecond}, Ages: ages,
	})
	for name, key := range map[string]*awstest.Key{"bastion-system": world.Key, "robot": robot} {
		err := s.Add(t.Context(), agent.AddRequest{Profile: name, Key: vaultcore.Credentials{AccessKeyID: key.ID(), SecretAccessKey: key.Secret()}})
		if err != nil {
			t.Fatal(err)
		}
	}
	return s, world
}

func inMemory(context.Context, keystore.Options) (*keystore.Store, error) {
	return keystore.NewMemory(), nil
}

func fixture(w awstest.World) testkit.Fixture {
	return testkit.Fixture{Ready: "robot", Asks: "hoge-system", Code: w.MFA.FreshCode, WrongCode: "000000"}
}

func TestServiceKeepsItsPromises(t *testing.T) {
	testkit.TestService(t, func(t *testing.T) (agent.Service, testkit.Fixture) {
		s, world := newVault(t, inMemory)
		return s, fixture(world)
	})
}

func TestServiceKeepsItsPromisesOverASocket(t *testing.T) {
	testkit.TestService(t, func(t *testing.T) (agent.Service, testkit.Fixture) {
		s, world := newVault(t, inMemory)
		folder, err := os.MkdirTemp("", "vb") // a socket's path is short
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.RemoveAll(folder) })
		path := filepath.Join(folder, "s")
		listener, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(context.Background())
		served := make(chan error, 1)
		go func() { served <- (&agent.Server{Service: s}).Serve(ctx, listener) }()
		t.Cleanup(func() {
			stop()
			if err := wait.For(t, "the server ends", served); err != nil {
				t.Error(err)
			}
		})
		client := agent.NewClient(agent.ClientOptions{Dial: func(ctx context.Context) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		}})
		return client, fixture(world)
	})
}

func TestSettingsCanForbidLongTermKeys(t *testing.T) {
	s, _ := newVault(t, inMemory)
	request := agent.CredentialsRequest{Profile: "robot", NoSession: true}
	if r, err := s.Credentials(t.Context(), request); err != nil || !r.Credentials.LongTerm() || len(r.Warnings) != 1 {
		t.Errorf("%v, %v, warnings %q", r.Credentials, err, r.Warnings)
	}
	if err := s.Set(t.Context(), agent.SetRequest{Key: "allow_no_session", Value: "no"}); err != nil {
		t.Fatal(err)
	}
	if r, err := s.Credentials(t.Context(), request); err == nil || vaultcore.Hint(err) == "" {
		t.Errorf("%v, %v", r.Credentials, err)
	}
}

// What a program sends loosens nothing, whatever it says of itself, where there is nobody to
// ask; nor does a click, which a program can make too.
func TestWhoLoosens(t *testing.T) {
	s, _ := newVault(t, inMemory)
	for _, test := range []struct {
		name   string
		caller vaultcore.Caller
		err    error
	}{
		{"a program", vaultcore.Caller{Program: "x"}, vaultcore.ErrNobodyToAsk},
		{"a program that says it has a person", testkit.Person(func(context.Context, vaultcore.Question) (vaultcore.Secret, error) {
			return vaultcore.NewSecret("yes"), nil
		}), vaultcore.ErrNobodyToAsk},
		{"a click", vaultcore.Click(""), vaultcore.ErrNobodyToAsk},
	} {
		tighten := agent.SetRequest{Key: "links", Value: "no"}
		if err := s.Set(t.Context(), tighten); err != nil {
			t.Fatal(err)
		}
		err := s.Set(t.Context(), agent.SetRequest{Key: "links", Value: "yes", Caller: test.caller})
		if !errors.Is(err, test.err) || s.settings.Now().Links != (test.err == nil) {
			t.Errorf("%s: %v; links: %t", test.name, err, s.settings.Now().Links)
		}
	}
}

// A login item that cannot be made is not promised, and what the desktop says of
// it is what is shown.
func TestOpenAtLoginSaysWhatIs(t *testing.T) {
	s, _ := newVault(t, inMemory)
	value := func() string { return s.settingValues()["open_at_login"] }
	set := agent.SetRequest{Key: "open_at_login", Value: "yes"}
	if err := s.Set(t.Context(), set); err != nil || value() != "yes" {
		t.Errorf("%v, shown %s", err, value())
	}
	d := s.desktop.(*fakeDesktop)
	if d.atLogin = false; value() != "no" {
		t.Errorf("after the desktop switched it off: shown %s", value())
	}
	set.Value = "no"
	if err := s.Set(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	d.err = errors.New("read-only file system")
	set.Value = "yes"
	if err := s.Set(t.Context(), set); err == nil || s.settings.Now().OpenAtLogin {
		t.Errorf("%v; the settings say %v", err, s.settings.Now().OpenAtLogin)
	}
}

// A question for the keychain's passphrase keeps nobody from the settings.
func TestSettingsAreSetWhileAPersonIsAsked(t *testing.T) {
	s, world := newVault(t, keystore.Open)
	s.DropSecrets()
	asking, done := make(chan struct{}), make(chan error, 1)
	ctx, leave := context.WithCancel(t.Context())
	key := world.User.NewKey()
	go func() {
		done <- s.Add(ctx, agent.AddRequest{Profile: "second", Caller: lateAnswer(asking, ""),
			Key: vaultcore.Credentials{AccessKeyID: key.ID(), SecretAccessKey: key.Secret()}})
	}()
	wait.For(t, "the caller is asked", asking)
	if err := s.Set(t.Context(), agent.SetRequest{Key: "notify_lead", Value: "5m"}); err != nil {
		t.Error(err)
	}
	leave()
	if err := wait.For(t, "the operation ends", done); err == nil {
		t.Error("a key was kept without the passphrase")
	}
}

func TestTheFirstKeyPinsTheKeychain(t *testing.T) {
	s, world := newVault(t, keystore.Open)
	t.Setenv("VAULTBAR_BACKEND", "") // as at a first start
	if err := s.reload(); err != nil {
		t.Fatal(err)
	}
	key := world.User.NewKey()
	add := agent.AddRequest{Profile: "second", Key: vaultcore.Credentials{AccessKeyID: key.ID(), SecretAccessKey: key.Secret()}, EditConfig: true, Region: "eu-west-1"}
	if err := s.Add(t.Context(), add); err != nil {
		t.Fatal(err)
	}
	own, _, err := settings.Load(s.settings.File())
	if err != nil || own.Backend != "file" {
		t.Errorf("the settings pin %q, %v", own.Backend, err)
	}
	if p, ok := s.liveConfig(t.Context()).Current().Profiles.Get("second"); !ok || p.Region != "eu-west-1" {
		t.Errorf("the config has %+v", p)
	}
}

func TestReplacingAKeyEndsItsSessions(t *testing.T) {
	s, world := newVault(t, inMemory)
	before, err := s.Credentials(t.Context(), agent.CredentialsRequest{Profile: "robot"})
	if err != nil {
		t.Fatal(err)
	}
	key := world.Account.User("other").NewKey()
	if err := s.Add(t.Context(), agent.AddRequest{Profile: "robot", Key: vaultcore.Credentials{AccessKeyID: key.ID(), SecretAccessKey: key.Secret()}}); err != nil {
		t.Fatal(err)
	}
	after, err := s.Credentials(t.Context(), agent.CredentialsRequest{Profile: "robot"})
	if err != nil || after.Credentials.AccessKeyID == before.Credentials.AccessKeyID {
		t.Errorf("the old key's session is handed out: %v", err)
	}
}

func TestSnapshotAndExplanation(t *testing.T) {
	s, world := newVault(t, inMemory)
	asking := make(chan struct{})
	answer := make(chan struct{})
	caller := testkit.Person(func(context.Context, vaultcore.Question) (vaultcore.Secret, error) {
		close(asking)
		<-answer
		return vaultcore.NewSecret(world.MFA.FreshCode()), nil
	})
	done := make(chan error, 1)
	go func() {
		_, err := s.Credentials(context.Background(), agent.CredentialsRequest{Profile: "hoge-system", Caller: caller})
		done <- err
	}()
	wait.For(t, "the caller is asked", asking)
	if got := shownState(t, s, "hoge-system"); got.State != vaultcore.StateWaiting {
		t.Errorf("while it asks: %s", got.State)
	}
	close(answer)
	if err := wait.For(t, "the operation ends", done); err != nil {
		t.Fatal(err)
	}
	role, base := shownState(t, s, "hoge-system"), shownState(t, s, "bastion-system")
	if role.State != vaultcore.StateActive || !role.Renews || role.Account != "111111111111" || role.Role != "hoge" || role.Source != "bastion-system" || role.Key {
		t.Errorf("the role: %+v", role)
	}
	if base.State != vaultcore.StateActive || base.Renews || !base.Key || base.MFA != world.MFA.Serial() {
		t.Errorf("its source: %+v", base)
	}
	e, err := s.Explain(t.Context(), agent.CredentialsRequest{Profile: "hoge-system"})
	until := time.Now().Add(8 * time.Hour).Format("15:04")
	if err != nil || len(e.Steps) != 4 || e.Asks < "asks for nothing until "+until[:1] {
		t.Errorf("%+v, %v", e, err)
	}
}

// What a person told when they added a key, and what the config says, is known
// before the first session.
func TestWhatIsKnownBeforeTheFirstSession(t *testing.T) {
	s, _ := newVault(t, inMemory)
	key := vaultcore.Credentials{AccessKeyID: "AKIAIOSFODNN7WXYZ000", SecretAccessKey: vaultcore.NewSecret("secret"), AccountID: "333333333333"}
	if err := s.Add(t.Context(), agent.AddRequest{Profile: "robot", Key: key}); err != nil {
		t.Fatal(err)
	}
	e, err := s.Explain(t.Context(), agent.CredentialsRequest{Profile: "robot"})
	if err != nil || e.Steps[0].Detail != "keychain, id "+vaultcore.MaskKeyID(key.AccessKeyID) {
		t.Errorf("%+v, %v", e, err)
	}
	if got := shownState(t, s, "robot"); got.Account != "333333333333" {
		t.Errorf("the account of a user's key is not known: %+v", got)
	}
	if _, err := s.Remove(t.Context(), agent.RemoveRequest{Profile: "bastion-system"}); err != nil {
		t.Fatal(err)
	}
	if got := shownState(t, s, "hoge-system"); got.Account != "111111111111" || got.Role != "hoge" {
		t.Errorf("a role without a key: %+v", got)
	}
}

func shownState(t *testing.T, s *Vault, profile string) vaultcore.ProfileState {
	t.Helper()
	snapshot, err := s.Snapshot(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(snapshot.Profiles, func(p vaultcore.ProfileState) bool { return p.Name == profile })
	if i < 0 {
		t.Fatalf("no profile %s in %+v", profile, snapshot)
	}
	return snapshot.Profiles[i]
}
