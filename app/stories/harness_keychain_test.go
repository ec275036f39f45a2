//go:build linux

package stories_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/crypto/argon2"
)

// keychain is the folder of the file keychain.
func (w *world) keychain() string { return w.path("h", ".local", "share", "vaultbar", "keychain") }

// cheapKeychain makes a keychain as the app would, but for a passphrase that costs
// nothing to stretch: that is a third of a second of a processor each time that an app
// opens it, half of what most stories take. A benchmark has the real one.
func (w *world) cheapKeychain() {
	w.Helper()
	if _, measures := w.TB.(*testing.B); measures {
		return
	}
	salt := make([]byte, 16)
	long := argon2.IDKey([]byte(w.passphrase), salt, 1, 8, 1, 64)
	mac := hmac.New(sha256.New, long[32:])
	mac.Write([]byte("vaultbar keychain check"))
	text, err := json.Marshal(map[string]any{
		"version": 1, "kdf": "argon2id", "time": 1, "memory_kib": 8, "threads": 1, "salt": salt, "check": mac.Sum(nil),
	})
	w.check(err)
	w.check(os.MkdirAll(w.keychain(), 0o700))
	header := filepath.Join(w.keychain(), "keychain.json")
	w.check(os.WriteFile(header, text, 0o600))
	for path := header; path != w.home; path = filepath.Dir(path) {
		w.check(os.Chown(path, w.uid, -1))
	}
}

// noKeychain has the app make the real keychain, with the first key.
func (w *world) noKeychain() {
	w.Helper()
	w.check(os.RemoveAll(filepath.Join(w.home, ".local")))
}
