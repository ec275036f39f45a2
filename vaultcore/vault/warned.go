package vault

import (
	"maps"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// warned remembers of which sessions it was told what they lack. Programs ask for a
// session at each call, and their libraries print what is on stderr each time. A
// person at a terminal is told once more: what a program was told they may not have
// seen.
type warned struct {
	mu   sync.Mutex
	told map[listener]time.Time // guarded by mu: until when the session lives
}

// listener is who was told of a session.
type listener struct {
	session string // its access key id
	person  bool
}

// news says whether a listener has not been told of a session yet, and notes that
// they now are. A long-term key has no end, and is warned of each time.
func (w *warned) news(c vaultcore.Credentials, caller vaultcore.Caller) bool {
	if c.LongTerm() {
		return true
	}
	who := listener{c.AccessKeyID, caller.Terminal == vaultcore.TerminalAttended}
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, told := w.told[who]; told {
		return false
	}
	if w.told == nil {
		w.told = make(map[listener]time.Time)
	}
	now := time.Now()
	maps.DeleteFunc(w.told, func(_ listener, end time.Time) bool { return end.Before(now) })
	w.told[who] = c.Expires
	return true
}
