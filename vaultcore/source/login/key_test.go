package login

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// keyNumbered is the key with a number.
func keyNumbered(t testing.TB, d uint16) Key {
	t.Helper()
	raw := make([]byte, 32)
	raw[30], raw[31] = byte(d>>8), byte(d)
	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
	if err != nil {
		t.Fatal(err)
	}
	return Key{private}
}

// pkcs8 is the other form that a key is cached in.
func pkcs8(t testing.TB, key Key) vaultcore.Secret {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key.private)
	if err != nil {
		t.Fatal(err)
	}
	return vaultcore.NewSecret(string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
}

func sec1(t testing.TB, key Key) vaultcore.Secret {
	t.Helper()
	text, err := key.PEM()
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestCoordinatesKeepTheirZeros: a coordinate is 32 bytes long, whatever it begins with.
func TestCoordinatesKeepTheirZeros(t *testing.T) {
	for d, want := range map[uint16]string{
		43:  `"x":"mGriUG8f8QTQQjCGHY9LSY9LxMbQCbMPdUTcEpuC0o0","y":"ADzMwKZGDgrjKKTZfTx7YdhvxiicGJ8lJREMRBuwfpc"`,
		379: `"x":"AFVDiUrz0A7X10Cr29dclrBod7eH219w7qeLkKjXwAo","y":"`,
	} {
		for form, text := range map[string]vaultcore.Secret{"SEC1": sec1(t, keyNumbered(t, d)), "PKCS#8": pkcs8(t, keyNumbered(t, d))} {
			key, err := ParseKey(text)
			if err != nil {
				t.Fatalf("%d, %s: %v", d, form, err)
			}
			proof, err := key.Proof("https://signin.example/v1/token", time.Unix(1, 0))
			if err != nil {
				t.Fatal(err)
			}
			header, err := base64.RawURLEncoding.DecodeString(strings.Split(proof, ".")[0])
			if err != nil || !strings.Contains(string(header), want) {
				t.Errorf("%d, %s: %s, %v", d, form, header, err)
			}
		}
	}
}

// TestNewKeys: AWS's SDK for Go could use them, and two are not the same.
func TestNewKeys(t *testing.T) {
	seen := map[string]bool{}
	for range 300 { // of as many, one or two would begin with a zero
		key, err := NewKey()
		if err != nil {
			t.Fatal(err)
		}
		x, y := key.coordinates()
		if x[0] == 0 || y[0] == 0 || seen[string(x)] {
			t.Errorf("%x %x", x, y)
		}
		seen[string(x)] = true
		if text := sec1(t, key).Reveal(); !strings.HasPrefix(text, "-----BEGIN EC PRIVATE KEY-----\n") || !strings.HasSuffix(text, "\n") {
			t.Error("it is not written as AWS's command line does")
		}
	}
}

// TestNoKeys: what is no key of P-256 is refused, and not quoted.
func TestNoKeys(t *testing.T) {
	other, err := ecdsa.ParseRawPrivateKey(elliptic.P384(), append(make([]byte, 47), 9))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty": "", "no PEM": "MHcCAQEEIcanary", "P-384": sec1(t, Key{other}).Reveal(), "P-384, PKCS#8": pkcs8(t, Key{other}).Reveal(),
		"rubbish": "-----BEGIN EC PRIVATE KEY-----\ncanary00\n-----END EC PRIVATE KEY-----\n",
	} {
		if _, err := ParseKey(vaultcore.NewSecret(text)); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNothingOfAnEntryIsShown: neither by a log nor by JSON.
func TestNothingOfAnEntryIsShown(t *testing.T) {
	e, err := NewEntry(sameDevice, keyNumbered(t, 1), token("AKIAX", "canary1", "canary2", "canary3"))
	if err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprintf("%v %+v %#v %s", e, e, e, e.Key)
	encoded, err := json.Marshal(e)
	if strings.Contains(shown+string(encoded), "canary") || strings.Contains(shown, "PRIVATE") {
		t.Errorf("%s\n%s %v", shown, encoded, err)
	}
}

func token(id, secret, session, refresh string) Token {
	return Token{
		Credentials: vaultcore.Credentials{
			AccessKeyID: id, SecretAccessKey: vaultcore.NewSecret(secret), SessionToken: vaultcore.NewSecret(session),
			Expires: time.Unix(1_800_000_000, 0), AccountID: "111111111111",
		},
		Type: "aws_sigv4", Refresh: vaultcore.NewSecret(refresh),
	}
}
