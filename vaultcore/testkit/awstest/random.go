package awstest

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
)

// The alphabets of AWS's identifiers and secrets. An access key id is base 32
// after its prefix.
const (
	idAlphabet     = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	secretAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
)

// randomBytes never fails: crypto/rand ends the program when the system has no
// randomness.
func randomBytes(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return b
}

// randomText draws from an alphabet of 32 or 64 characters, which divide 256.
func randomText(alphabet string, n int) string {
	b := randomBytes(n)
	for i := range b {
		b[i] = alphabet[int(b[i])%len(alphabet)]
	}
	return string(b)
}

func newSecretKey() string { return randomText(secretAlphabet, 40) }

// newSessionToken looks like AWS's: long, with the characters that break
// careless quoting. It means nothing outside this process.
func newSessionToken() string {
	return "IQoJb3JpZ2luX2Vj" + base64.StdEncoding.EncodeToString(randomBytes(250)) + "+/=="
}

func newRequestID() string {
	b := randomBytes(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
