package login

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Key proves that a refresh token is used by whom it was given to (DPoP, RFC 9449).
// It is of P-256, the only curve that AWS takes.
type Key struct{ private *ecdsa.PrivateKey }

// coordinate is the length in bytes of a coordinate, and of each half of a signature.
const coordinate = 32

// errNoKey says nothing of the text, which may be a key all the same.
var errNoKey = errors.New("it holds no private key of P-256")

// NewKey makes a key. Neither of its coordinates begins with a zero: AWS's SDK for Go
// drops such zeros and could not refresh the sign-in.
func NewKey() (Key, error) {
	for {
		private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return Key{}, err
		}
		key := Key{private}
		if x, y := key.coordinates(); x[0] != 0 && y[0] != 0 {
			return key, nil
		}
	}
}

// ParseKey reads a key in PEM: of SEC 1, as AWS's command line writes it, or of
// PKCS #8, as AWS's SDKs have it in their tests.
func ParseKey(text vaultcore.Secret) (Key, error) {
	block, _ := pem.Decode([]byte(text.Reveal()))
	if block == nil {
		return Key{}, errNoKey
	}
	private, err := x509.ParseECPrivateKey(block.Bytes)
	if err != nil {
		parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return Key{}, errNoKey
		}
		private, _ = parsed.(*ecdsa.PrivateKey)
	}
	if private == nil || private.Curve != elliptic.P256() {
		return Key{}, errNoKey
	}
	return Key{private}, nil
}

// PEM is the key as AWS's command line writes it.
func (k Key) PEM() (vaultcore.Secret, error) {
	der, err := x509.MarshalECPrivateKey(k.private)
	if err != nil {
		return vaultcore.Secret{}, err
	}
	return vaultcore.NewSecret(string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))), nil
}

// String does not show the key.
func (k Key) String() string { return "[secret]" }

// GoString does not show the key either.
func (k Key) GoString() string { return k.String() }

// coordinates are those of the public key, with the zeros that they begin with (RFC
// 7518, section 6.2.1.2).
func (k Key) coordinates() (x, y []byte) {
	point, err := k.private.PublicKey.Bytes()
	if err != nil {
		panic(err) // it is a key of P-256
	}
	return point[1 : 1+coordinate], point[1+coordinate:]
}

// Proof is the value of the header DPoP for a POST to an address at a time.
func (k Key) Proof(address string, now time.Time) (string, error) {
	type jwk struct {
		Kty string `json:"kty"`
		X   string `json:"x"`
		Y   string `json:"y"`
		Crv string `json:"crv"`
	}
	x, y := k.coordinates()
	header, err := part(struct {
		Typ string `json:"typ"`
		Alg string `json:"alg"`
		JWK jwk    `json:"jwk"`
	}{"dpop+jwt", "ES256", jwk{"EC", base64.RawURLEncoding.EncodeToString(x), base64.RawURLEncoding.EncodeToString(y), "P-256"}})
	if err != nil {
		return "", err
	}
	claims, err := part(struct {
		JTI string `json:"jti"`
		HTM string `json:"htm"`
		HTU string `json:"htu"`
		IAT int64  `json:"iat"`
	}{newUUID(), "POST", address, now.Unix()})
	if err != nil {
		return "", err
	}
	signed := header + "." + claims
	sum := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, k.private, sum[:])
	if err != nil {
		return "", err
	}
	signature := make([]byte, 2*coordinate)
	r.FillBytes(signature[:coordinate])
	s.FillBytes(signature[coordinate:])
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// part is one of the parts of a JWT.
func part(value any) (string, error) {
	text, err := json.Marshal(value)
	return base64.RawURLEncoding.EncodeToString(text), err
}

// newUUID is a random UUID (RFC 9562, version 4), as AWS's tools send.
func newUUID() string {
	var u [16]byte
	_, _ = rand.Read(u[:]) // it never fails: it ends the program
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}
