package keystore

import (
	"time"

	"github.com/99designs/keyring"
)

// NewMemory returns a store that keeps everything in memory and forgets it at
// the end: a whole keychain for the tests of other packages, behind the same
// code as the real ones. Its items have the limit of the strictest backend.
func NewMemory() *Store {
	return newStore("memory", "the keychain in memory", "memory, until the program ends",
		partsRing{keyring.NewArrayKeyring(nil), maxPart}, patience{10 * time.Second, 10 * time.Second})
}
