package app

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

	"github.com/vaultbar/vaultbar/app/browser"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/keystore"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/awstest"
)

// newService builds the whole app, short of its socket, over a strict local AWS
// and a keychain of its own. It knows three profiles: one that needs no question
// and the two of the standard world.
func newService(t *testing.T, open opener) (*service, awstest.World) {
	t.Helper()
	world := awstest.Demo(awstest.NewServer(t))
	robot := world.Account.User("robot").NewKey()
	home := t.TempDir()
	env := environment{
		folders:    settings.Folders{Config: filepath.Join(home, "c"), State: filepath.Join(home, "s"), Data: filepath.Join(home, "d")},
		config:     filepath.Join(home, "config"),
		passphrase: vaultcore.NewSecret("correct horse"),
		user:       "ann",
	}
	t.Setenv("VAULTBAR_BACKEND", "file")
	t.Setenv("VAULTBAR_FILE_DIR", "")
	config := awstest.Reached(world.Config()+"[profile robot]\nregion = us-east-1\n", world.Server.URL())
	if err := os.WriteFile(env.config, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"trusted_endpoints", "trusted_sign_in_endpoints"} {
		if err := settings.Set(env.folders.Settings(), key, world.Server.URL()); err != nil {
			t.Fatal(err)
		}
	}
	s, err := build(t.Context(), env, slog.New(slog.NewTextHandler(io.Discard, nil)), open)
	if err != nil {
		t.Fatal(err)
	}
	s.stop = func() {}
	s.browsers = &browser.Launcher{Folder: filepath.Join(home, "b"), Programs: []string{t.TempDir()}}
	item := false
	s.loginItem, s.opensAtLogin = func(on bool) error { item = on; return nil }, func() bool { return item }
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
		s, world := newService(t, inMemory)
		return s, fixture(world)
	})
}

func TestServiceKeepsItsPromisesOverASocket(t *testing.T) {
	testkit.TestService(t, func(t *testing.T) (agent.Service, testkit.Fixture) {
		s, world := newService(t, inMemory)
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
			if err := <-served; err != nil {
				t.Error(err)
			}
		})
		client := &agent.Client{Dial: func(ctx context.Context) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", path)
		}}
		return client, fixture(world)
	})
}

func TestSettingsCanForbidLongTermKeys(t *testing.T) {
	s, _ := newService(t, inMemory)
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

// A click in the menu is the person's word; what a program sends is not, whatever
// it says of itself, where there is nobody to ask.
func TestWhoLoosens(t *testing.T) {
	s, _ := newService(t, inMemory)
	for _, test := range []struct {
		name   string
		caller vaultcore.Caller
		err    error
	}{
		{"a program", vaultcore.Caller{Program: "x"}, vaultcore.ErrNobodyToAsk},
		{"a program that says it has a person", testkit.Person(func(context.Context, vaultcore.Question) (vaultcore.Secret, error) {
			return vaultcore.NewSecret("yes"), nil
		}), vaultcore.ErrNobodyToAsk},
		{"a click", vaultcore.Click(""), nil},
	} {
		tighten := agent.SetRequest{Key: "links", Value: "no"}
		if err := s.Set(t.Context(), tighten); err != nil {
			t.Fatal(err)
		}
		err := s.Set(t.Context(), agent.SetRequest{Key: "links", Value: "yes", Caller: test.caller})
		if !errors.Is(err, test.err) || s.own().Links != (test.err == nil) {
			t.Errorf("%s: %v; links: %t", test.name, err, s.own().Links)
		}
	}
}

// A login item that cannot be made is not promised, and what the desktop says of
// it is what is shown.
func TestOpenAtLoginSaysWhatIs(t *testing.T) {
	s, _ := newService(t, inMemory)
	value := func() string { return s.settingValues()["open_at_login"] }
	set := agent.SetRequest{Key: "open_at_login", Value: "yes"}
	if err := s.Set(t.Context(), set); err != nil || value() != "yes" {
		t.Errorf("%v, shown %s", err, value())
	}
	if err := s.loginItem(false); err != nil || value() != "no" {
		t.Errorf("after the desktop switched it off: %v, shown %s", err, value())
	}
	set.Value = "no"
	if err := s.Set(t.Context(), set); err != nil {
		t.Fatal(err)
	}
	s.loginItem = func(bool) error { return errors.New("read-only file system") }
	set.Value = "yes"
	if err := s.Set(t.Context(), set); err == nil || s.own().OpenAtLogin {
		t.Errorf("%v; the settings say %v", err, s.own().OpenAtLogin)
	}
}

// A question for the keychain's passphrase keeps nobody from the settings.
func TestSettingsAreSetWhileAPersonIsAsked(t *testing.T) {
	s, world := newService(t, keystore.Open)
	s.forget()
	asking, done := make(chan struct{}), make(chan error, 1)
	ctx, leave := context.WithCancel(t.Context())
	key := world.User.NewKey()
	go func() {
		done <- s.Add(ctx, agent.AddRequest{Profile: "second", Caller: lateAnswer(asking, ""),
			Key: vaultcore.Credentials{AccessKeyID: key.ID(), SecretAccessKey: key.Secret()}})
	}()
	<-asking
	if err := s.Set(t.Context(), agent.SetRequest{Key: "notify_lead", Value: "5m"}); err != nil {
		t.Error(err)
	}
	leave()
	if err := <-done; err == nil {
		t.Error("a key was kept without the passphrase")
	}
}

func TestTheFirstKeyPinsTheKeychain(t *testing.T) {
	s, world := newService(t, keystore.Open)
	t.Setenv("VAULTBAR_BACKEND", "") // as at a first start
	if err := s.reload(); err != nil {
		t.Fatal(err)
	}
	key := world.User.NewKey()
	add := agent.AddRequest{Profile: "second", Key: vaultcore.Credentials{AccessKeyID: key.ID(), SecretAccessKey: key.Secret()}, EditConfig: true, Region: "eu-west-1"}
	if err := s.Add(t.Context(), add); err != nil {
		t.Fatal(err)
	}
	own, _, err := settings.Load(s.env.folders.Settings())
	if err != nil || own.Backend != "file" {
		t.Errorf("the settings pin %q, %v", own.Backend, err)
	}
	if p, ok := s.roster(t.Context()).Current().Profiles.Get("second"); !ok || p.Region != "eu-west-1" {
		t.Errorf("the config has %+v", p)
	}
}

func TestReplacingAKeyEndsItsSessions(t *testing.T) {
	s, world := newService(t, inMemory)
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
	s, world := newService(t, inMemory)
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
	<-asking
	if got := stateOf(t, s, "hoge-system"); got.State != vaultcore.StateWaiting {
		t.Errorf("while it asks: %s", got.State)
	}
	close(answer)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	role, base := stateOf(t, s, "hoge-system"), stateOf(t, s, "bastion-system")
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
	s, _ := newService(t, inMemory)
	key := vaultcore.Credentials{AccessKeyID: "AKIAIOSFODNN7WXYZ000", SecretAccessKey: vaultcore.NewSecret("secret"), AccountID: "333333333333"}
	if err := s.Add(t.Context(), agent.AddRequest{Profile: "robot", Key: key}); err != nil {
		t.Fatal(err)
	}
	e, err := s.Explain(t.Context(), agent.CredentialsRequest{Profile: "robot"})
	if err != nil || e.Steps[0].Detail != "keychain, id "+vaultcore.MaskKeyID(key.AccessKeyID) {
		t.Errorf("%+v, %v", e, err)
	}
	if got := stateOf(t, s, "robot"); got.Account != "333333333333" {
		t.Errorf("the account of a user's key is not known: %+v", got)
	}
	if _, err := s.Remove(t.Context(), agent.RemoveRequest{Profile: "bastion-system"}); err != nil {
		t.Fatal(err)
	}
	if got := stateOf(t, s, "hoge-system"); got.Account != "111111111111" || got.Role != "hoge" {
		t.Errorf("a role without a key: %+v", got)
	}
}

func stateOf(t *testing.T, s *service, profile string) vaultcore.ProfileState {
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
