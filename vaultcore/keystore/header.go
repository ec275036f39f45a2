package keystore

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"runtime/debug"

	"golang.org/x/crypto/argon2"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// cost is what one guess at the passphrase costs.
type cost struct {
	Time    uint32 `json:"time"`
	Memory  uint32 `json:"memory_kib"`
	Threads uint8  `json:"threads"`
}

// usualCost is the second recommendation of RFC 9106.
var usualCost = cost{Time: 3, Memory: 64 << 10, Threads: 4}

// Bounds on what a header may ask for, so that a hostile one costs a second or
// two and not the machine.
const (
	maxTime    = 10
	maxMemory  = 512 << 10
	maxThreads = 16
	maxHeader  = 4 << 10
)

// header is the file beside the items that says how the passphrase is
// stretched. Its check recognizes the right passphrase before anything is
// read or written with it; it costs as much to guess at as an item does.
type header struct {
	Version int    `json:"version"`
	KDF     string `json:"kdf"`
	cost
	Salt  []byte `json:"salt"`
	Check []byte `json:"check"`
}

// newHeader makes a header for a new passphrase and returns the key too.
func newHeader(passphrase vaultcore.Secret, c cost) (header, vaultcore.Secret) {
	h := header{Version: 1, KDF: "argon2id", cost: c, Salt: make([]byte, 16)}
	_, _ = rand.Read(h.Salt) // never fails
	key, check := h.stretch(passphrase)
	h.Check = check
	return h, key
}

// readHeader reads a header and refuses one that would cost too much.
func readHeader(text []byte) (header, error) {
	var h header
	if json.Unmarshal(text, &h) != nil {
		return h, damaged("it cannot be read")
	}
	if h.Version > 1 {
		return h, vaultcore.Faultf(vaultcore.ErrVersion, "this keychain was created by a newer Vaultbar").WithHint("update Vaultbar")
	}
	reasonable := h.Version == 1 && h.KDF == "argon2id" &&
		h.Time >= 1 && h.Time <= maxTime &&
		h.Threads >= 1 && h.Threads <= maxThreads &&
		h.Memory >= 8*uint32(h.Threads) && h.Memory <= maxMemory &&
		len(h.Salt) >= 16 && len(h.Salt) <= 64 && len(h.Check) == sha256.Size
	if !reasonable {
		return h, damaged("it has numbers that Vaultbar does not write")
	}
	return h, nil
}

// opens returns the key when the passphrase is the right one.
func (h header) opens(passphrase vaultcore.Secret) (vaultcore.Secret, bool) {
	key, check := h.stretch(passphrase)
	return key, hmac.Equal(check, h.Check)
}

// stretch turns a passphrase into the passphrase that the library is given, and
// a check that tells nothing about it.
func (h header) stretch(passphrase vaultcore.Secret) (key vaultcore.Secret, check []byte) {
	long := argon2.IDKey([]byte(passphrase.Reveal()), h.Salt, h.Time, h.Memory, h.Threads, 64)
	mac := hmac.New(sha256.New, long[32:])
	mac.Write([]byte("vaultbar keychain check"))
	key = vaultcore.NewSecret(base64.RawStdEncoding.EncodeToString(long[:32]))
	clear(long)
	debug.FreeOSMemory() // the app idles at half of what Argon2 just used
	return key, mac.Sum(nil)
}
