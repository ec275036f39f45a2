package awstest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials/logincreds"
	loginsdk "github.com/aws/aws-sdk-go-v2/service/signin"
	logintypes "github.com/aws/aws-sdk-go-v2/service/signin/types"
)

// cached is the file that a sign-in is cached in, as AWS's command line writes it.
func (d *loginWorld) cached(t *testing.T, token *logintypes.CreateOAuth2TokenResponseBody, key []byte) string {
	t.Helper()
	name := sha256.Sum256([]byte(d.ann.ARN()))
	file := filepath.Join(t.TempDir(), hex.EncodeToString(name[:])+".json")
	text, err := json.Marshal(map[string]any{
		"accessToken": map[string]string{
			"accessKeyId": *token.AccessToken.AccessKeyId, "secretAccessKey": *token.AccessToken.SecretAccessKey, "sessionToken": *token.AccessToken.SessionToken,
			"accountId": d.account.ID(), "expiresAt": time.Now().Add(-time.Minute).UTC().Format(time.RFC3339),
		},
		"tokenType": "aws_sigv4", "clientId": sameDevice, "refreshToken": *token.RefreshToken, "idToken": aws.ToString(token.IdToken), "dpopKey": string(key),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// sec1 and pkcs8 are the two forms that a key is cached in.
func sec1(t *testing.T, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
}

func pkcs8(t *testing.T, key *ecdsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
}

// keyOf is the key with this number.
func keyOf(t *testing.T, d byte) *ecdsa.PrivateKey {
	t.Helper()
	raw := make([]byte, coordinate)
	raw[coordinate-1] = d
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// The SDK for Go refreshes with a key of the one form. A key whose coordinate begins
// with zeros it spoils, which is its fault, and the proof is refused.
func TestTheSDKForGoWithLogin(t *testing.T) {
	zeros := keyOf(t, 43)
	if public := jwkOf(&zeros.PublicKey); public.Y != "ADzMwKZGDgrjKKTZfTx7YdhvxiicGJ8lJREMRBuwfpc" || public.X != "mGriUG8f8QTQQjCGHY9LSY9LxMbQCbMPdUTcEpuC0o0" {
		t.Errorf("%+v", public)
	}
	for name, c := range map[string]struct {
		key  *ecdsa.PrivateKey
		form func(*testing.T, *ecdsa.PrivateKey) []byte
		good bool
	}{
		"SEC1": {keyOf(t, 1), sec1, true}, "PKCS#8": {keyOf(t, 1), pkcs8, false}, "zeros": {zeros, sec1, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := newLoginWorld(t)
			d.key = c.key
			first := d.signIn(t) // with our own proof, which is right for each key
			plain := loginsdk.NewFromConfig(aws.Config{Region: "us-east-1", BaseEndpoint: aws.String(d.srv.URL()), Retryer: func() aws.Retryer { return aws.NopRetryer{} }})
			got, err := logincreds.New(plain, d.cached(t, first, c.form(t, c.key))).Retrieve(t.Context())
			if (err == nil) != c.good {
				t.Fatal(err)
			}
			if c.good && who(t, d.srv, creds{got.AccessKeyID, got.SecretAccessKey, got.SessionToken}) != d.ann.ARN() {
				t.Error("it is somebody else")
			}
		})
	}
}
