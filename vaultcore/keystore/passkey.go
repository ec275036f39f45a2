package keystore

import (
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

const (
	// idleLife is how long a stretched passphrase is held that no request needs.
	idleLife = 2 * time.Hour
	// wholeLife is how long it is held at most.
	wholeLife = 12 * time.Hour
)

// passkey is the stretched passphrase of a file keychain while it is open. It
// is dropped when it was not needed for a while, and after half a day in any
// case: what it opens is then asked for again. Sessions need no key to be handed
// out, so a person notices at the next key that is read, if ever.
type passkey struct {
	// clock tells the time since a fixed moment. It runs on while the machine
	// sleeps, and nobody sets it.
	clock func() time.Duration
	// lasting says that no person can be asked again: it is held until a lock.
	lasting bool

	mu     sync.Mutex       // guards what follows
	key    vaultcore.Secret // zero while locked
	opened header           // what it was stretched by
	epoch  int              // how often it was locked
	since  time.Duration    // when it was opened
	used   time.Duration    // when a request last needed it
	timer  *time.Timer      // drops it from memory; a suspended machine's is late, so each use looks too
}

// get returns the key, zero while locked.
func (p *passkey) get() vaultcore.Secret {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expireLocked()
	return p.key
}

// use notes that a request needs the key, and says whether it is there.
func (p *passkey) use() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expireLocked()
	p.used = p.clock()
	return !p.key.IsZero()
}

// now is the epoch: an answer opens the keychain in the one it was asked for in.
func (p *passkey) now() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.epoch
}

// open holds a key and says true, unless there was a lock since epoch:
// stretching a passphrase takes a while, and who locked meanwhile meant it.
func (p *passkey) open(key vaultcore.Secret, h header, epoch int) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.epoch != epoch {
		return false
	}
	now := p.clock()
	p.key, p.opened, p.since, p.used = key, h, now, now
	if !p.lasting {
		p.timer = time.AfterFunc(idleLife, p.look)
	}
	return true
}

// header is what the key was stretched by; without one it has no check.
func (p *passkey) header() header {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.opened
}

// lock drops the key, and what is being asked for.
func (p *passkey) lock() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.epoch++
	p.dropLocked()
}

// look drops the key when its time is over, and comes back when it will be.
func (p *passkey) look() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expireLocked()
	if !p.key.IsZero() {
		p.timer.Reset(max(p.leftLocked(), time.Second))
	}
}

func (p *passkey) leftLocked() time.Duration {
	return min(p.used+idleLife, p.since+wholeLife) - p.clock()
}

func (p *passkey) expireLocked() {
	if !p.key.IsZero() && !p.lasting && p.leftLocked() <= 0 {
		p.dropLocked()
	}
}

func (p *passkey) dropLocked() {
	p.key, p.opened = vaultcore.Secret{}, header{}
	if p.timer != nil {
		p.timer.Stop()
	}
}
