package awstest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
)

// jwk is a public key of P-256 as JSON. Its coordinates are 32 bytes each, zeros at
// their beginning included.
type jwk struct {
	Kty string `json:"kty"`
	Crv string `json:"crv"`
	X   string `json:"x"`
	Y   string `json:"y"`
	Kid string `json:"kid,omitempty"`
	Alg string `json:"alg,omitempty"`
	Use string `json:"use,omitempty"`
}

const coordinate = 32 // bytes

// newECKey never fails: crypto/rand ends the program when the system has no randomness.
func newECKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key
}

func jwkOf(key *ecdsa.PublicKey) jwk {
	point, err := key.Bytes()
	if err != nil {
		panic(err) // it is a key of P-256
	}
	encode := base64.RawURLEncoding.EncodeToString
	return jwk{Kty: "EC", Crv: "P-256", X: encode(point[1 : 1+coordinate]), Y: encode(point[1+coordinate:])}
}

func (k jwk) key() (*ecdsa.PublicKey, error) {
	x, errX := base64.RawURLEncoding.Strict().DecodeString(k.X)
	y, errY := base64.RawURLEncoding.Strict().DecodeString(k.Y)
	if k.Kty != "EC" || k.Crv != "P-256" || errX != nil || errY != nil || len(x) != coordinate || len(y) != coordinate {
		return nil, errors.New("no key of P-256")
	}
	return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, x...), y...))
}

// jwtHeader is the first part of a token.
type jwtHeader struct {
	Typ string `json:"typ"`
	Alg string `json:"alg"`
	Kid string `json:"kid,omitempty"`
	JWK *jwk   `json:"jwk,omitempty"`
}

// signJWT makes a token with ES256.
func signJWT(key *ecdsa.PrivateKey, header jwtHeader, claims map[string]any) string {
	header.Alg = "ES256"
	signed := jwtPart(header) + "." + jwtPart(claims)
	sum := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, key, sum[:])
	if err != nil {
		panic(err) // it is a key of P-256
	}
	signature := make([]byte, 2*coordinate)
	r.FillBytes(signature[:coordinate])
	s.FillBytes(signature[coordinate:])
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// jwtPart encodes what can always be encoded.
func jwtPart(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// jwt is a token that was read, and not verified yet.
type jwt struct {
	header    jwtHeader
	claims    map[string]any
	signed    string
	signature []byte
}

func parseJWT(token string) (jwt, error) {
	var t jwt
	parts := strings.Split(token, ".")
	if len(parts) != 3 || strings.ContainsAny(token, "\r\n") { // which the decoder overlooks
		return t, errors.New("a token has three parts, on one line")
	}
	for i, into := range []any{&t.header, &t.claims} {
		text, err := base64.RawURLEncoding.Strict().DecodeString(parts[i])
		if err != nil {
			return t, err
		}
		if err := json.Unmarshal(text, into); err != nil {
			return t, err
		}
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(parts[2])
	t.signed, t.signature = parts[0]+"."+parts[1], signature
	return t, err
}

// verify takes ES256 alone: no other algorithm, and none of no signature.
func (t jwt) verify(key *ecdsa.PublicKey) bool {
	if t.header.Alg != "ES256" || len(t.signature) != 2*coordinate {
		return false
	}
	sum := sha256.Sum256([]byte(t.signed))
	r, s := new(big.Int).SetBytes(t.signature[:coordinate]), new(big.Int).SetBytes(t.signature[coordinate:])
	return ecdsa.Verify(key, sum[:], r, s)
}

func (t jwt) text(claim string) string {
	text, _ := t.claims[claim].(string)
	return text
}

// seconds is a claim that is a time; false when there is none.
func (t jwt) seconds(claim string) (int64, bool) {
	n, ok := t.claims[claim].(float64)
	return int64(n), ok
}
