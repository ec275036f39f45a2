package credserver

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"sync"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// maxGuesses is how many different wrong tokens are taken for mistakes. A program that
// shows the same old token again and again guesses nothing.
const maxGuesses = 20

// newToken makes a token of 256 random bits.
func newToken() vaultcore.Secret {
	var bits [32]byte
	_, _ = rand.Read(bits[:]) // it never fails
	return vaultcore.NewSecret(base64.RawURLEncoding.EncodeToString(bits[:]))
}

type digest = [sha256.Size]byte

// tokenCheck knows a token by its hash, and counts the guesses at it.
type tokenCheck struct {
	token digest

	mu    sync.Mutex
	wrong map[digest]struct{} // guarded by mu: what was shown instead
}

func newTokenCheck(token vaultcore.Secret) *tokenCheck {
	return &tokenCheck{token: sha256.Sum256([]byte(token.Reveal())), wrong: make(map[digest]struct{})}
}

// accepts says whether what is shown is the token. guessed is that it was not, and that
// somebody is guessing.
func (c *tokenCheck) accepts(shown string) (ok, guessed bool) {
	hash := sha256.Sum256([]byte(shown))
	if subtle.ConstantTimeCompare(hash[:], c.token[:]) == 1 {
		return true, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.wrong) < maxGuesses {
		c.wrong[hash] = struct{}{}
	}
	return false, len(c.wrong) >= maxGuesses
}
