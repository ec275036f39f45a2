package keystore

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/godbus/dbus"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

const busVariable = "KEYSTORE_TEST_BUS"

// busConfig is a session bus that starts no services by itself.
const busConfig = `<busconfig>
  <type>session</type>
  <listen>unix:path=%s/bus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>
`

// onPrivateBus runs the rest of a test in a process of its own with a session
// bus of its own: the library connects when it is imported. It returns false in
// the process that started that one.
func onPrivateBus(t *testing.T) bool {
	t.Helper()
	if os.Getenv(busVariable) == t.Name() {
		return true
	}
	testenv.Program(t, "dbus-daemon", "dbus")
	home := t.TempDir()
	conf := filepath.Join(home, "bus.conf")
	if err := os.WriteFile(conf, fmt.Appendf(nil, busConfig, home), 0o600); err != nil {
		t.Fatal(err)
	}
	bus := exec.Command("dbus-daemon", "--config-file="+conf, "--nofork", "--nopidfile", "--print-address")
	out, err := bus.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := bus.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = bus.Process.Kill(); _ = bus.Wait() }()
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v", fmt.Sprint("-update=", golden.Updating()))
	cmd.Env = append(os.Environ(), busVariable+"="+t.Name(), "DBUS_SESSION_BUS_ADDRESS="+strings.TrimSpace(address),
		"HOME="+home, "XDG_DATA_HOME="+home+"/data", "XDG_RUNTIME_DIR="+home, "XDG_CONFIG_HOME="+home+"/config", "DISPLAY=", "WAYLAND_DISPLAY=")
	text, err := cmd.CombinedOutput()
	testenv.Again(t, text, err)
	return false
}

// openSecrets opens the Secret Service; a passphrase of ours is never asked.
func openSecrets(t *testing.T, o Options) *Store {
	t.Helper()
	o.Backend = "secret-service"
	o.Dir = filepath.Join(os.Getenv("HOME"), "keys")
	o.Passphrase = func(context.Context, bool, string) (vaultcore.Secret, error) {
		t.Error("the person was asked for a passphrase that is not ours")
		return vaultcore.Secret{}, errors.New("not ours")
	}
	s, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// startKeyring starts a real gnome-keyring, unlocked, and waits for it.
func startKeyring(t *testing.T) (stop func()) {
	t.Helper()
	testenv.Program(t, "gnome-keyring-daemon", "gnome-keyring")
	if err := os.MkdirAll(os.Getenv("XDG_DATA_HOME"), 0o700); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
	cmd.Stdin = strings.NewReader("password")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		_, err := Open(ctx, Options{Backend: "secret-service"})
		if err == nil {
			break
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("gnome-keyring does not come up: %v", err)
		}
	}
	return func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
}

func session(t *testing.T) *dbus.Conn {
	t.Helper()
	bus, err := dbus.SessionBusPrivate()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(bus.Auth(nil), bus.Hello()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bus.Close() })
	return bus
}

// TestGnomeKeyring uses a real Secret Service: it is chosen by default, keeps
// what every backend keeps, and when it is gone that is an error, not a folder.
func TestGnomeKeyring(t *testing.T) {
	if !onPrivateBus(t) {
		return
	}
	stop := startKeyring(t)
	defer stop()
	chosen, err := Open(t.Context(), Options{Dir: filepath.Join(os.Getenv("HOME"), "keys")})
	if err != nil || chosen.Backend() != "secret-service" {
		t.Fatalf("chose %v, %v", chosen, err)
	}
	testStore(t, openSecrets(t, Options{}))

	s := openSecrets(t, Options{})
	mustSet(t, s, "prod", key(1))
	wantKey(t, openSecrets(t, Options{}), "prod", key(1))
	if out, err := exec.Command("secret-tool", "lookup", "profile", "vaultbar.key.prod").Output(); installed("secret-tool") && (err != nil || !strings.Contains(string(out), "vaultbar.key.prod")) {
		t.Errorf("another program does not see the item in the login collection: %v", err)
	}
	stop()
	_, err = s.Key(t.Context(), "prod")
	wantErr(t, err, vaultcore.ErrKeychain)
	wantErr(t, s.SetKey(t.Context(), "prod", key(2)), vaultcore.ErrKeychain)
	_, err = Open(t.Context(), Options{Backend: "secret-service", Dir: filepath.Join(os.Getenv("HOME"), "keys")})
	wantMessage(t, "", err, vaultcore.ErrKeychain)
	if _, err := os.Lstat(filepath.Join(os.Getenv("HOME"), "keys")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a folder was made in its place")
	}
}

// TestGnomeKeyringLocked: no prompt is opened to list; to read, the desktop's
// own is, which nobody can answer here.
func TestGnomeKeyringLocked(t *testing.T) {
	if !onPrivateBus(t) {
		return
	}
	defer startKeyring(t)()
	s := openSecrets(t, Options{PromptTimeout: 20 * time.Second})
	mustSet(t, s, "prod", key(1))
	var locked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	err := session(t).Object(secretsName, secretsRoot).Call(serviceCalls+".Lock", 0, []dbus.ObjectPath{collection}).Store(&locked, &prompt)
	if err != nil || len(locked) != 1 {
		t.Fatalf("locking: %v, %v", locked, err)
	}
	_, err = s.Names(t.Context())
	wantMessage(t, "Names", err, vaultcore.ErrLocked)
	if !s.Locked() {
		t.Error("not seen to be locked")
	}
	if _, err = s.Key(waiting(t.Context()), "prod"); err == nil || errors.Is(err, vaultcore.ErrNoCredentials) {
		t.Errorf("Key of a locked keychain: %v", err)
	}
	quiet := openSecrets(t, Options{Prompts: func(context.Context) bool { return false }})
	for name, err := range map[string]error{
		"Unlock": quiet.Unlock(waiting(t.Context())),
		"Key":    func() error { _, err := quiet.Key(waiting(t.Context()), "prod"); return err }(),
		"Remove": quiet.RemoveKey(waiting(t.Context()), "prod"),
	} {
		wantMessage(t, name, err, vaultcore.ErrLocked)
		if vaultcore.Hint(err) == "" {
			t.Errorf("%s: no hint", name)
		}
	}
}

// TestNoSecretService: with a bus and nothing on it, files are chosen by
// default, and a pinned Secret Service is an error.
func TestNoSecretService(t *testing.T) {
	if !onPrivateBus(t) {
		return
	}
	dir := filepath.Join(os.Getenv("HOME"), "keys")
	s, err := Open(t.Context(), Options{Dir: dir})
	if err != nil || s.Backend() != "file" {
		t.Fatalf("chose %v, %v", s, err)
	}
	_, err = Open(t.Context(), Options{Backend: "secret-service", Dir: dir})
	wantMessage(t, "", err, vaultcore.ErrKeychain)
}

// secrets is a Secret Service whose person and whose faults a test sets.
type secrets struct {
	bus   *dbus.Conn
	calls chan string // Prompt and Dismiss, as they come

	mu sync.Mutex
	temper
}

// temper is how the service behaves.
type temper struct {
	locked bool
	// person is what happens to an open prompt: "unlocks", "dismisses",
	// "waits", "dies".
	person    string
	silent    chan struct{} // when not nil, calls wait for it to be closed
	noLogin   bool
	malformed bool
	inClear   bool // it does not encrypt
	badKey    bool // its part of the key agreement is none
}

func (s *secrets) become(t temper) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.temper = t
}

// now is its temper of the moment.
func (s *secrets) now() temper {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.temper
}

const promptPath = secretsRoot + "/prompt/p1"

// newSecrets puts the service on the bus.
func newSecrets(t *testing.T, temper temper) *secrets {
	t.Helper()
	s := &secrets{bus: session(t), calls: make(chan string, 16), temper: temper}
	for path, faces := range map[dbus.ObjectPath][]string{
		secretsRoot: {serviceCalls, "org.freedesktop.DBus.Properties"},
		collection:  {"org.freedesktop.Secret.Collection", "org.freedesktop.DBus.Properties"},
		promptPath:  {promptCalls},
	} {
		for _, face := range faces {
			if err := s.bus.Export(s, path, face); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := s.bus.RequestName(secretsName, 0); err != nil {
		t.Fatal(err)
	}
	return s
}

// Get answers for every property that is looked at.
func (s *secrets) Get(_, property string) (dbus.Variant, *dbus.Error) {
	now := s.now()
	if now.silent != nil {
		<-now.silent
	}
	switch {
	case property == "Collections" && now.malformed, property == "Items":
		return dbus.MakeVariant("nonsense"), nil
	case property == "Collections" && now.noLogin:
		return dbus.MakeVariant([]dbus.ObjectPath{secretsRoot + "/collection/wallet"}), nil
	case property == "Collections":
		return dbus.MakeVariant([]dbus.ObjectPath{collection}), nil
	}
	return dbus.MakeVariant(now.locked), nil
}

// OpenSession agrees on a key, which nothing is encrypted with: there are no items.
func (s *secrets) OpenSession(algorithm string, _ dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
	now := s.now()
	answer := dbus.MakeVariant("")
	switch {
	case algorithm == "plain":
	case now.inClear:
		return answer, "/", dbus.NewError("org.freedesktop.DBus.Error.NotSupported", nil)
	case now.badKey:
		answer = dbus.MakeVariant([]byte{1})
	default:
		answer = dbus.MakeVariant(publicKey(big.NewInt(1 << 40)))
	}
	return answer, secretsRoot + "/session/s1", nil
}

// SearchItems finds nothing.
func (s *secrets) SearchItems(map[string]string) ([]dbus.ObjectPath, *dbus.Error) {
	return []dbus.ObjectPath{}, nil
}

// Unlock asks for a prompt.
func (s *secrets) Unlock([]dbus.ObjectPath) ([]dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	return []dbus.ObjectPath{}, promptPath, nil
}

// Prompt is the desktop's own prompt being shown.
func (s *secrets) Prompt(string) *dbus.Error {
	s.calls <- "Prompt"
	switch s.now().person {
	case "unlocks":
		s.become(temper{})
		_ = s.bus.Emit(promptPath, promptCalls+".Completed", false, dbus.MakeVariant([]dbus.ObjectPath{collection}))
	case "dismisses":
		_ = s.bus.Emit(promptPath, promptCalls+".Completed", true, dbus.MakeVariant(""))
	case "dies":
		go s.bus.Close()
	}
	return nil
}

// Dismiss is the prompt being taken back.
func (s *secrets) Dismiss() *dbus.Error {
	s.calls <- "Dismiss"
	return nil
}

// waiting is a context under which somebody waits who may be asked.
func waiting(ctx context.Context) context.Context {
	return vaultcore.WithAudience(ctx, vaultcore.Alone(&vaultcore.Caller{Program: "aws"}))
}

// TestDesktopPrompt: a locked collection is unlocked by the desktop's own
// prompt, and every way in which that ends is told apart.
func TestDesktopPrompt(t *testing.T) {
	if !onPrivateBus(t) {
		return
	}
	for _, tt := range []struct {
		person string
		kind   error
	}{
		{"unlocks", nil}, {"dismisses", vaultcore.ErrCanceled}, {"waits", vaultcore.ErrLocked}, {"dies", vaultcore.ErrKeychain},
	} {
		t.Run(tt.person, func(t *testing.T) {
			service := newSecrets(t, temper{locked: true, person: tt.person})
			limit := time.Minute
			if tt.person == "waits" {
				limit = 300 * time.Millisecond
			}
			s := openSecrets(t, Options{PromptTimeout: limit})
			_, err := s.Names(t.Context())
			wantMessage(t, "listing", err, vaultcore.ErrLocked)
			if len(service.calls) != 0 {
				t.Error("listing opened a prompt")
			}
			_, err = s.Key(t.Context(), "prod")
			wantMessage(t, "reading", err, vaultcore.ErrLocked)
			wantMessage(t, "saving", s.SaveSession(waiting(t.Context()), "00112233", nil), vaultcore.ErrLocked)
			if len(service.calls) != 0 || !s.Asks() {
				t.Errorf("a prompt was opened with nobody waiting, or to save; asks: %v", s.Asks())
			}
			err = s.Unlock(waiting(t.Context()))
			if tt.kind == nil && err != nil || tt.kind != nil && err == nil {
				t.Fatalf("Unlock: %v", err)
			}
			if tt.kind != nil {
				wantMessage(t, "unlocking", err, tt.kind)
			}
			if call := wait.For(t, "the prompt is used", service.calls); call != "Prompt" {
				t.Errorf("first call %s", call)
			}
			if tt.person == "waits" {
				if call := wait.For(t, "the prompt is used", service.calls); call != "Dismiss" {
					t.Errorf("after the time was up: %s", call)
				}
			}
			service.bus.Close()
		})
	}
}

// TestPromptTakenBack: when the caller leaves, the desktop's prompt closes.
func TestPromptTakenBack(t *testing.T) {
	if !onPrivateBus(t) {
		return
	}
	service := newSecrets(t, temper{locked: true, person: "waits"})
	s := openSecrets(t, Options{})
	ctx, leave := context.WithCancel(waiting(t.Context()))
	done := make(chan error)
	go func() { _, err := s.Key(ctx, "prod"); done <- err }()
	if call := wait.For(t, "the prompt is used", service.calls); call != "Prompt" {
		t.Errorf("first call %s", call)
	}
	leave()
	if err := wait.For(t, "the keychain gives up", done); !errors.Is(err, context.Canceled) {
		t.Errorf("Key: %v", err)
	}
	if call := wait.For(t, "the prompt is used", service.calls); call != "Dismiss" {
		t.Errorf("then %s", call)
	}
}

// TestSilentSecretService: a service that stops answering costs each caller its
// own time, one goroutine in all, and none when it is gone.
func TestSilentSecretService(t *testing.T) {
	if !onPrivateBus(t) {
		return
	}
	service := newSecrets(t, temper{})
	s := openSecrets(t, Options{})
	if _, err := s.Key(t.Context(), "prod"); err == nil {
		t.Fatal("the fake has no key")
	}
	r := s.items.(*secretService)
	r.call, s.patience = 100*time.Millisecond, patience{100 * time.Millisecond, 100 * time.Millisecond} // it is silent from here on
	before := runtime.NumGoroutine()
	silent := make(chan struct{})
	service.become(temper{silent: silent})
	_, err := s.Key(t.Context(), "prod")
	wantMessage(t, "", err, vaultcore.ErrKeychain)
	for range 10 {
		_, err = s.Key(t.Context(), "prod")
		wantErr(t, err, vaultcore.ErrBusy)
	}
	tick, limit := time.NewTicker(20*time.Millisecond), time.After(10*time.Second)
	defer tick.Stop()
	for runtime.NumGoroutine() > before+3 { // the hanging call, and its answer in the fake; others are about to end
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%d goroutines stay, %d before", runtime.NumGoroutine(), before)
		}
	}
	service.bus.Close()
	close(silent)
	_, err = s.Names(t.Context())
	if err == nil || errors.Is(err, vaultcore.ErrBusy) {
		t.Errorf("after the service is gone: %v", err)
	}
	_ = s.calls.inside.Acquire(t.Context(), 1) // whoever was inside has left
}

// TestOddSecretService: a service without the login collection, and one that
// answers nonsense, are refused when opened; nonsense later is an error.
func TestOddSecretService(t *testing.T) {
	if !onPrivateBus(t) {
		return
	}
	service := newSecrets(t, temper{})
	s := openSecrets(t, Options{})
	_, err := s.Names(t.Context()) // the library panics on it
	wantMessage(t, "nonsense", err, vaultcore.ErrKeychain)
	service.become(temper{noLogin: true})
	_, err = Open(t.Context(), Options{Backend: "secret-service"})
	wantMessage(t, "no login collection", err, vaultcore.ErrKeychain)
	for name, odd := range map[string]temper{"malformed": {malformed: true}, "secrets in clear": {inClear: true}, "a bad key": {badKey: true}} {
		service.become(odd)
		_, err = Open(t.Context(), Options{Backend: "secret-service"})
		wantMessage(t, name, err, vaultcore.ErrKeychain)
		other, err := Open(t.Context(), Options{Dir: filepath.Join(os.Getenv("HOME"), "keys")})
		if err != nil || other.Backend() != "file" {
			t.Errorf("%+v: chose %v, %v", odd, other, err)
		}
	}
	service.become(temper{inClear: true}) // since it was opened
	wantMessage(t, "in clear", s.SetKey(t.Context(), "prod", key(1)), vaultcore.ErrKeychain)
}

// TestTheCauseIsTold: the words of a service begin with its names for things, and end with
// the cause, which is what a person can do something about.
func TestTheCauseIsTold(t *testing.T) {
	const cause = "the file system of the collection is mounted read-only"
	err := dbus.Error{Name: "org.example.Keyring.Error.Failed", Body: []any{
		"CreateItem failed on object at path “" + string(collection) + "/" + strings.Repeat("1", 40) + "” of " + serviceCalls + ": " + cause,
	}}
	s := newStore("secret-service", "the desktop's keychain", "", nil, patience{})
	told := s.explain(err, keyItems.subject("prod"))
	if wantErr(t, told, vaultcore.ErrKeychain); !strings.Contains(told.Error(), cause) {
		t.Errorf("got %v", told)
	}
}
