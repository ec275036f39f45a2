package keystore

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/99designs/keyring"

	"github.com/vaultbar/vaultbar/vaultcore"
)

const (
	theirSecret     = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	theirPassphrase = "correct horse"
)

// theirKey is what aws-vault 7 writes of a key.
func theirKey(id, token string) []byte {
	return fmt.Appendf(nil, `{"AccessKeyID":%q,"SecretAccessKey":%q,"SessionToken":%q,"Source":"","CanExpire":false,"Expires":"0001-01-01T00:00:00Z","AccountID":""}`, id, theirSecret, token)
}

// theirSessions are names of items that are no keys, in the forms of all versions.
var theirSessions = []string{
	"sts.GetSessionToken,cHJvZA,YXJuOmF3czppYW06OjExMTExMTExMTExMTptZmEvYW5u,1767225600", "sts.GetSessionToken,cHJvZA,,1767225600",
	"session,cHJvZA,,1767225600", "session:prod:x:y", "prod session (1767225600)", "oidc:https://d-1.awsapps.com/start",
}

// theirs is a file keychain as aws-vault writes it: a copy of one that the first test made.
func theirs(t *testing.T) vaultcore.AWSVault {
	t.Helper()
	dir := theirSample.copy(t, fillTheirs)
	return vaultcore.AWSVault{Backend: "file", FileDir: dir, Passphrase: vaultcore.NewSecret(theirPassphrase)}
}

var theirSample sample

func fillTheirs(t testing.TB, dir string) {
	keychain, err := keyring.Open(keyring.Config{
		AllowedBackends: []keyring.BackendType{keyring.FileBackend}, ServiceName: "aws-vault", FileDir: dir, FilePasswordFunc: keyring.FixedStringPrompt(theirPassphrase),
	})
	if err != nil {
		t.Fatal(err)
	}
	items := map[string][]byte{
		"prod": theirKey("AKIAIOSFODNN7EXAMPLE", ""), "a/b % c": theirKey("AKIAI44QH8DHBEXAMPLE", ""),
		"temporary": theirKey("AKIAI44QH8DHBEXAMPLE", "token"), "asia": theirKey("ASIAI44QH8DHBEXAMPLE", ""), "nonsense": []byte("{canary"),
	}
	for _, name := range theirSessions {
		items[name] = []byte(`{"AccessKeyId":"ASIA","Expiration":"2026-01-01T00:00:00Z"}`)
	}
	for name, data := range items {
		if err := keychain.Set(keyring.Item{Key: name, Label: "aws-vault (" + name + ")", Data: data}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAWSVault(t *testing.T) {
	where := theirs(t)
	a, err := OpenAWSVault(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	names, err := a.Names(t.Context())
	if want := []string{"a/b % c", "asia", "nonsense", "prod", "temporary"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("has %q, want %q: %v", names, want, err)
	}
	for name, id := range map[string]string{"prod": "AKIAIOSFODNN7EXAMPLE", "a/b % c": "AKIAI44QH8DHBEXAMPLE"} {
		if key, err := a.Key(t.Context(), name); err != nil || key.AccessKeyID != id || key.SecretAccessKey.Reveal() != theirSecret {
			t.Errorf("%s is %v: %v", name, key, err)
		}
	}
	for name, kind := range map[string]error{
		"temporary": vaultcore.ErrKey, "asia": vaultcore.ErrKey, "nonsense": vaultcore.ErrKey, "nosuch": vaultcore.ErrNoCredentials,
	} {
		key, err := a.Key(t.Context(), name)
		if !errors.Is(err, kind) || key != (vaultcore.Credentials{}) || strings.Contains(err.Error()+vaultcore.Hint(err), "canary") {
			t.Errorf("%s is %v: %v", name, key, err)
		}
	}
}

// TestAWSVaultRecorded reads what aws-vault 7.2 itself has written.
func TestAWSVaultRecorded(t *testing.T) {
	where := vaultcore.AWSVault{Backend: "file", FileDir: filepath.Join("testdata", "aws-vault-7.2"), Passphrase: vaultcore.NewSecret("their passphrase")}
	a, err := OpenAWSVault(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	names, err := a.Names(t.Context())
	if err != nil || !slices.Equal(names, []string{"ann/prod"}) {
		t.Errorf("has %q: %v", names, err)
	}
	if key, err := a.Key(t.Context(), "ann/prod"); err != nil || key.AccessKeyID != "AKIAIOSFODNN7EXAMPLE" || key.SecretAccessKey.Reveal() != theirSecret {
		t.Errorf("is %v: %v", key, err)
	}
}

// TestAWSVaultRemove holds that what is removed is the very key that is meant.
func TestAWSVaultRemove(t *testing.T) {
	a, err := OpenAWSVault(t.Context(), theirs(t))
	if err != nil {
		t.Fatal(err)
	}
	before, err := a.Names(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	key, err := a.Key(t.Context(), "prod")
	if err != nil {
		t.Fatal(err)
	}
	other := key
	other.SecretAccessKey = vaultcore.NewSecret("another")
	if err := a.Remove(t.Context(), "prod", other); !errors.Is(err, vaultcore.ErrKey) || vaultcore.Hint(err) == "" {
		t.Errorf("another secret: %v", err)
	}
	if err := a.Remove(t.Context(), "nosuch", key); !errors.Is(err, vaultcore.ErrNoCredentials) {
		t.Errorf("no key: %v", err)
	}
	if names, err := a.Names(t.Context()); err != nil || !slices.Equal(names, before) {
		t.Errorf("has now %q: %v", names, err)
	}
	if err := a.Remove(t.Context(), "prod", key); err != nil {
		t.Error(err)
	}
	want := slices.DeleteFunc(before, func(name string) bool { return name == "prod" })
	if names, err := a.Names(t.Context()); err != nil || !slices.Equal(names, want) {
		t.Errorf("has now %q, want %q: %v", names, want, err)
	}
	if _, err := a.Key(t.Context(), "prod"); !errors.Is(err, vaultcore.ErrNoCredentials) {
		t.Errorf("it is there still: %v", err)
	}
}

// TestAWSVaultIsOnlyRead holds that looking makes and changes nothing.
func TestAWSVaultIsOnlyRead(t *testing.T) {
	where := theirs(t)
	before := inFolder(t, where.FileDir)
	for name, c := range map[string]struct {
		change func(*vaultcore.AWSVault)
		kind   error
	}{
		"wrong passphrase":              {func(w *vaultcore.AWSVault) { w.Passphrase = vaultcore.NewSecret("wrong") }, vaultcore.ErrLocked},
		"no passphrase":                 {func(w *vaultcore.AWSVault) { w.Passphrase = vaultcore.Secret{} }, vaultcore.ErrLocked},
		"no passphrase, and no backend": {func(w *vaultcore.AWSVault) { w.Backend, w.Passphrase = "", vaultcore.Secret{} }, vaultcore.ErrLocked},
		"no such folder":                {func(w *vaultcore.AWSVault) { w.FileDir += "/none" }, vaultcore.ErrNoCredentials},
		"no such backend":               {func(w *vaultcore.AWSVault) { w.Backend = "keyctl" }, vaultcore.ErrConfig},
	} {
		with := where
		c.change(&with)
		a, err := OpenAWSVault(t.Context(), with)
		if err == nil {
			_, err = a.Key(t.Context(), "prod")
		}
		if !errors.Is(err, c.kind) || vaultcore.Hint(err) == "" {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := os.Stat(where.FileDir + "/none"); err == nil {
			t.Errorf("%s: a folder was made", name)
		}
	}
	if after := inFolder(t, where.FileDir); after != before {
		t.Errorf("the folder has changed:\n%s\nwas\n%s", after, before)
	}
}

func inFolder(t *testing.T, folder string) string {
	t.Helper()
	var b strings.Builder
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "%s %s\n", entry.Name(), text)
	}
	return b.String()
}

func FuzzAWSVaultKey(f *testing.F) {
	f.Add(theirKey("AKIAIOSFODNN7EXAMPLE", ""))
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		key, err := parseAWSVaultKey(data)
		if err == nil && (vaultcore.CheckKeyID(key.AccessKeyID) != nil || key.SecretAccessKey.IsZero()) {
			t.Errorf("took %q", key.AccessKeyID)
		}
	})
}
