package keystore

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	jose "github.com/dvsekhvalnov/jose2go"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/testkit/testenv"
)

// goodToken is an item's file as the library writes it.
func goodToken(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	if err := foreignItem(dir, "pass"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "vaultbar.key.prod"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// withHeader replaces fields of a token's header; nil removes one.
func withHeader(t testing.TB, token string, fields map[string]any) string {
	t.Helper()
	head, rest, _ := strings.Cut(token, ".")
	text, err := base64.RawURLEncoding.DecodeString(head)
	if err != nil {
		t.Fatal(err)
	}
	var h map[string]any
	if err := json.Unmarshal(text, &h); err != nil {
		t.Fatal(err)
	}
	for name, value := range fields {
		if h[name] = value; value == nil {
			delete(h, name)
		}
	}
	text, err = json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(text) + "." + rest
}

// TestHostileToken: what the library would not write is refused by its header,
// before anything is decoded; so it costs neither time nor memory.
func TestHostileToken(t *testing.T) {
	testenv.Time(t)
	good := goodToken(t)
	if err := checkToken([]byte(good)); err != nil {
		t.Fatalf("what the library writes is refused: %v", err)
	}
	fields := func(f map[string]any) string { return withHeader(t, good, f) }
	for name, token := range map[string]string{
		"p2c 0":          fields(map[string]any{"p2c": 0}),
		"p2c -1":         fields(map[string]any{"p2c": -1}),
		"p2c 20 million": fields(map[string]any{"p2c": 2e7}),
		"p2c 1e300":      fields(map[string]any{"p2c": 1e300}),
		"p2c fraction":   fields(map[string]any{"p2c": 8192.5}),
		"p2c text":       fields(map[string]any{"p2c": "8192"}),
		"p2c weak":       fields(map[string]any{"p2c": 1}),
		"no p2c":         fields(map[string]any{"p2c": nil}),
		"no salt":        fields(map[string]any{"p2s": nil}),
		"alg none":       fields(map[string]any{"alg": "none"}),
		"alg HS256":      fields(map[string]any{"alg": jose.HS256}),
		"alg RSA":        fields(map[string]any{"alg": jose.RSA_OAEP}),
		"alg dir":        fields(map[string]any{"alg": jose.DIR}),
		"alg number":     fields(map[string]any{"alg": 1}),
		"enc CBC":        fields(map[string]any{"enc": jose.A128CBC_HS256}),
		"zip":            fields(map[string]any{"zip": "DEF"}),
		"crit":           fields(map[string]any{"crit": []string{"x"}}),
		"second alg":     fields(map[string]any{"ALG": "none"}),
		"zip bomb":       zipBomb(t),
		"signed, none":   signed(t, jose.NONE, nil),
		"signed, HS256":  signed(t, jose.HS256, []byte("pass")),
		"array header":   "W10." + strings.SplitN(good, ".", 2)[1],
		"short iv":       replacePart(good, 2, "AAAA"),
		"short tag":      replacePart(good, 4, "AAAA"),
		"short key":      replacePart(good, 1, "AAAA"),
		"no parts":       strings.Repeat(".", 4),
		"many parts":     strings.Repeat(".", 200_000),
		"large header":   strings.Repeat("A", 2000) + good,
		"not base64":     replacePart(good, 3, "!!!"),
		"a text":         "-----BEGIN",
	} {
		t.Run(name, func(t *testing.T) {
			if checkToken([]byte(token)) == nil {
				t.Fatal("it passed")
			}
			dir, p := made(t)
			if err := os.WriteFile(filepath.Join(dir, "vaultbar.key.prod"), []byte(token), 0o600); err != nil {
				t.Fatal(err)
			}
			s := openDir(t, dir, p)
			wantKey(t, s, "dev", key(1))
			used := allocated(func() {
				_, err := s.Key(context.Background(), "prod")
				if wantErr(t, err, vaultcore.ErrTampered); !strings.Contains(err.Error(), "prod") {
					t.Errorf("the key is not named: %v", err)
				}
			})
			if used > 8<<20 {
				t.Errorf("refusing it took %d bytes", used)
			}
		})
	}
}

// allocated is how many bytes do allocates.
func allocated(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func replacePart(token string, n int, text string) string {
	parts := strings.Split(token, ".")
	parts[n] = text
	return strings.Join(parts, ".")
}

func zipBomb(t *testing.T) string {
	t.Helper()
	token, err := jose.Encrypt(strings.Repeat("\x00", 64<<20), jose.PBES2_HS256_A128KW, jose.A256GCM, "pass", jose.Zip(jose.DEF))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func signed(t *testing.T, alg string, key any) string {
	t.Helper()
	token, err := jose.Sign(`{"Key":"vaultbar.key.prod"}`, alg, key)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// FuzzKeyringItem puts anything where an item is kept. It is refused or it is
// what was written; it never panics, and no text of it shows in the error.
func FuzzKeyringItem(f *testing.F) {
	dir, p := made(f)
	s := openDir(f, dir, p)
	wantKey(f, s, "prod", key(2))
	path := filepath.Join(dir, "vaultbar.key.prod")
	own, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(own)
	f.Add([]byte(withHeader(f, string(own), map[string]any{"p2c": 9000})))
	f.Add([]byte(withHeader(f, string(own), map[string]any{"p2s": "AAAAAAAAAAAA"})))
	f.Add([]byte("e30.e30.e30"))
	f.Add([]byte("...."))
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := s.Key(t.Context(), "prod")
		if err != nil {
			if wantErr(t, err, vaultcore.ErrTampered); !strings.Contains(err.Error(), "prod") {
				t.Errorf("the key is not named: %v", err)
			}
			return
		}
		if got.AccessKeyID != key(2).AccessKeyID || !got.SecretAccessKey.Equal(key(2).SecretAccessKey) {
			t.Errorf("a forged item was taken: %q", text)
		}
	})
}

// FuzzRecord: any bytes inside an item are refused or come back as they were.
func FuzzRecord(f *testing.F) {
	own, _ := seal("vaultbar.key.prod", []byte("data"))
	f.Add(own)
	f.Add([]byte(`{"v":1,"item":"vaultbar.key.prod"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		if data, err := unseal("vaultbar.key.prod", text); err == nil {
			_, _ = unsealKey(data)
		}
		sealed, err := seal("x", text)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := unseal("x", sealed); err != nil || string(back) != string(text) {
			t.Errorf("%q came back as %q, %v", text, back, err)
		}
		if name, ok := unescape(string(text)); ok && escape(name) != string(text) {
			t.Errorf("%q is a name twice", text)
		}
	})
}
