package keystore

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/99designs/keyring"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/wait"
)

// cheap makes a guess at a test's passphrase cost next to nothing.
var cheap = cost{Time: 1, Memory: 64, Threads: 1}

// person answers for the passphrase and remembers how she was asked.
type person struct {
	mu      sync.Mutex
	answers []string // the last one is given again
	asked   []string // "new" or "known", and the notice
	err     error
}

func (p *person) passphrase(_ context.Context, new bool, notice string) (vaultcore.Secret, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kind := "known"
	if new {
		kind = "new"
	}
	p.asked = append(p.asked, strings.TrimSpace(kind+" "+notice))
	if p.err != nil {
		return vaultcore.Secret{}, p.err
	}
	answer := p.answers[0]
	if len(p.answers) > 1 {
		p.answers = p.answers[1:]
	}
	return vaultcore.NewSecret(answer), nil
}

func (p *person) wasAsked(t *testing.T, want ...string) {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.asked) != len(want) || len(want) > 0 && !reflect.DeepEqual(p.asked, want) {
		t.Errorf("asked %q, want %q", p.asked, want)
	}
	p.asked = nil
}

// openDir opens a keychain of files. A call may take as long as a busy disk does.
func openDir(t testing.TB, dir string, p *person) *Store {
	t.Helper()
	s, err := Open(context.Background(), Options{Backend: "file", Dir: dir, Passphrase: p.passphrase, CallTimeout: wait.Limit, cost: cheap})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// newDir returns the path of a keychain folder that is not there yet.
func newDir(t testing.TB) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "keys")
}

func key(n int) vaultcore.Credentials {
	return vaultcore.Credentials{
		AccessKeyID:     fmt.Sprintf("AKIATESTTEST%08d", n),
		SecretAccessKey: vaultcore.NewSecret(fmt.Sprintf("secret-of-test-%025d", n)),
		AccountID:       "111111111111",
	}
}

func mustSet(t testing.TB, s *Store, name string, c vaultcore.Credentials) {
	t.Helper()
	if err := s.SetKey(context.Background(), name, c); err != nil {
		t.Fatalf("SetKey(%q): %v", name, err)
	}
}

func wantKey(t testing.TB, s *Store, name string, want vaultcore.Credentials) {
	t.Helper()
	got, err := s.Key(context.Background(), name)
	if err != nil {
		t.Fatalf("Key(%q): %v", name, err)
	}
	if got.AccessKeyID != want.AccessKeyID || !got.SecretAccessKey.Equal(want.SecretAccessKey) || got.AccountID != want.AccountID {
		t.Errorf("Key(%q) = %s, want %s", name, got.AccessKeyID, want.AccessKeyID)
	}
}

func wantNames(t testing.TB, s *Store, want ...string) {
	t.Helper()
	got, err := s.Names(context.Background())
	if err != nil {
		t.Fatalf("Names: %v", err)
	}
	if strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("Names = %q, want %q", got, want)
	}
}

// wantErr checks the kind of an error.
func wantErr(t testing.TB, err, kind error) {
	t.Helper()
	if !errors.Is(err, kind) {
		t.Fatalf("error %v (%T), want %v", err, err, kind)
	}
}

// wantMessage checks the kind of an error, and compares what it says with the golden file.
func wantMessage(t testing.TB, name string, err, kind error, replace ...string) {
	t.Helper()
	wantErr(t, err, kind)
	golden.Message(t, name, testkit.ErrorText(err), replace...)
}

// TestStore holds every backend that runs anywhere to one behavior.
func TestStore(t *testing.T) {
	backends := map[string]func(*testing.T) *Store{
		"memory": func(*testing.T) *Store { return NewMemory() },
		"file": func(t *testing.T) *Store {
			return openDir(t, newDir(t), &person{answers: []string{"pass"}})
		},
		"credential manager": func(*testing.T) *Store { return fakeStore(partsBackend{newSmall(), maxPart}) },
		"kwallet":            func(*testing.T) *Store { return fakeStore(walletBackend{&wallet{open: true}}) },
		"keychain": func(*testing.T) *Store {
			s := fakeStore(keychainBackend{&keychain{ArrayKeyring: keyring.NewArrayKeyring(nil)}})
			s.promptsOnRead = true
			return s
		},
	}
	for name, open := range backends {
		t.Run(name, func(t *testing.T) { testStore(t, open(t)) })
	}
}

// testStore is what every backend promises.
func testStore(t *testing.T, s *Store) {
	ctx := context.Background()
	wantNames(t, s)
	if _, err := s.Key(ctx, "none"); !errors.Is(err, vaultcore.ErrNoCredentials) {
		t.Errorf("absent key: %v", err)
	}
	wantErr(t, s.RemoveKey(ctx, "none"), vaultcore.ErrNoCredentials)

	odd := []string{"prod", "Prod", "a b/../c:\\x", "日本", "..", "x.y", "=2e"}
	for i, name := range odd {
		mustSet(t, s, name, key(i))
	}
	wantNames(t, s, "..", "=2e", "Prod", "a b/../c:\\x", "prod", "x.y", "日本")
	for i, name := range odd {
		wantKey(t, s, name, key(i))
	}
	mustSet(t, s, "prod", key(100))
	wantKey(t, s, "prod", key(100))
	if id, err := s.KeyID(ctx, "prod"); err != nil || id != key(100).AccessKeyID {
		t.Errorf("KeyID = %q, %v", id, err)
	}
	for _, name := range odd {
		if err := s.RemoveKey(ctx, name); err != nil {
			t.Errorf("RemoveKey(%q): %v", name, err)
		}
	}
	wantNames(t, s)
	if _, err := s.KeyID(ctx, "prod"); !errors.Is(err, vaultcore.ErrNoCredentials) {
		t.Errorf("KeyID after removal: %v", err)
	}
	testSessions(t, s)
}

func testSessions(t *testing.T, s *Store) {
	ctx := context.Background()
	id := hex.EncodeToString([]byte("fingerprint1"))
	other := hex.EncodeToString([]byte("fingerprint2"))
	large := []byte(strings.Repeat("token", 1200)) // as STS may give, beyond what one Windows credential holds
	for _, data := range [][]byte{[]byte("small"), large, []byte("small again"), large} {
		if err := s.SaveSession(ctx, id, data); err != nil {
			t.Fatal(err)
		}
		if err := s.SaveSession(ctx, other, []byte{0, 255}); err != nil {
			t.Fatal(err)
		}
		got, err := s.Sessions(ctx)
		want := map[string][]byte{id: data, other: {0, 255}}
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("Sessions = %d items, %v", len(got), err)
		}
	}
	wantNames(t, s)
	for _, id := range []string{id, other, other} {
		if err := s.RemoveSession(ctx, id); err != nil {
			t.Error(err)
		}
	}
	if got, err := s.Sessions(ctx); err != nil || len(got) != 0 {
		t.Errorf("Sessions after removal = %v, %v", got, err)
	}
	for _, bad := range []string{"", "xyz", "../../etc", "ABCDEF00"} {
		wantErr(t, s.SaveSession(ctx, bad, nil), vaultcore.ErrKeychain)
	}
}

func TestSetKeyRefusals(t *testing.T) {
	s := NewMemory()
	wantMessage(t, "no such key", s.RemoveKey(t.Context(), "none"), vaultcore.ErrNoCredentials)
	wantMessage(t, "no fingerprint", s.SaveSession(t.Context(), "xyz", nil), vaultcore.ErrKeychain)
	session := key(1)
	session.SessionToken = vaultcore.NewSecret("token")
	for name, c := range map[string]vaultcore.Credentials{
		"a session":      session,
		"without secret": {AccessKeyID: "AKIA"},
		"without id":     {SecretAccessKey: vaultcore.NewSecret("x")},
	} {
		wantMessage(t, name, s.SetKey(context.Background(), name, c), vaultcore.ErrKeychain)
	}
	for title, name := range map[string]string{"no name": "", "a long name": strings.Repeat("x", 300)} {
		wantMessage(t, title, s.SetKey(context.Background(), name, key(1)), vaultcore.ErrKeychain)
	}
	wantNames(t, s)
}

// TestOpen: a backend that cannot be had is an error with a way on, and nothing
// is made in its place.
func TestOpen(t *testing.T) {
	for _, tt := range []struct {
		backend string
		kind    error
	}{
		{"vault", vaultcore.ErrConfig}, {"keyctl", vaultcore.ErrConfig},
		{"keychain", vaultcore.ErrKeychain}, {"wincred", vaultcore.ErrKeychain},
	} {
		t.Run(tt.backend, func(t *testing.T) {
			if b := keyring.BackendType(tt.backend); b == usualBackend() {
				t.Skip("this system has it")
			}
			dir := newDir(t)
			s, err := Open(context.Background(), Options{Backend: tt.backend, Dir: dir})
			wantErr(t, err, tt.kind)
			if golden.Message(t, "", err.Error()); vaultcore.Hint(err) == "" {
				t.Error("no hint") // which differs by system
			}
			if s != nil {
				t.Error("a store came with the error")
			}
			if _, err := os.Lstat(dir); err == nil {
				t.Error("a folder was made")
			}
		})
	}
	_, err := Open(context.Background(), Options{Backend: "file", Dir: "keys"})
	wantMessage(t, "relative folder", err, vaultcore.ErrConfig)
}

// usualBackend is the system's own backend, as far as the library has it.
func usualBackend() keyring.BackendType {
	for _, b := range keyring.AvailableBackends() {
		if b == keyring.KeychainBackend || b == keyring.WinCredBackend {
			return b
		}
	}
	return keyring.InvalidBackend
}

// fakeStore is a store over a backend of a test's own.
func fakeStore(r backend) *Store {
	return newStore("fake", "the fake keychain", "nowhere", r, patience{10 * time.Second, 10 * time.Second})
}

func TestNobodyToAsk(t *testing.T) {
	s, err := Open(context.Background(), Options{Backend: "file", Dir: newDir(t)})
	if err != nil {
		t.Fatal(err)
	}
	wantErr(t, s.SetKey(context.Background(), "prod", key(1)), vaultcore.ErrNobodyToAsk)
}

func TestEscape(t *testing.T) {
	for name, want := range map[string]string{
		"prod-1_a": "prod-1_a", "Prod": "=50rod", "a/b": "a=2fb", "..": "=2e=2e", "日": "=e6=97=a5", "=": "=3d",
	} {
		if got := escape(name); got != want {
			t.Errorf("escape(%q) = %q, want %q", name, got, want)
		}
		if got, ok := unescape(want); !ok || got != name {
			t.Errorf("unescape(%q) = %q, %v", want, got, ok)
		}
	}
	for _, text := range []string{"", "Prod", "a.b", "=", "=4", "=zz", "=61", "=2E", "a b", "x~", "é"} {
		if name, ok := unescape(text); ok {
			t.Errorf("unescape(%q) = %q, want it refused", text, name)
		}
	}
}
