package redirect

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"net/netip"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/aws"
	"github.com/vaultbar/vaultbar/vaultcore/localhttp"
	"github.com/vaultbar/vaultbar/vaultcore/sockowner"
)

// Life is how long an address works, and how long its listener stays after it
// has ended.
const Life = 30 * time.Second

// ErrNoPort is the failure when no port of this machine can be opened.
var ErrNoPort = errors.New("no port can be opened")

// Redirect is one open address.
type Redirect struct {
	path  string // exactly what must be asked for
	local *localhttp.Server
	done  chan struct{} // closed when the listener is gone
	visit chan struct{} // closed when the address is used

	holders  func(client, server netip.AddrPort) ([]sockowner.Program, bool)
	programs []sockowner.Program // who came; read after visit, as known
	known    bool                // whether this system tells
	paged    atomic.Bool

	mu     sync.Mutex
	target vaultcore.Secret // guarded by mu: zero when it has been used or has ended
	opened time.Time        // guarded by mu: when the address began to work
	timer  *time.Timer      // guarded by mu: ends the address, then the listener
	closed bool             // guarded by mu
}

// settings are what tests replace.
type settings struct {
	localhttp.Options
	// holders says which programs have a connection open.
	holders func(client, server netip.AddrPort) ([]sockowner.Program, bool)
}

// Open makes an address that leads our own user's browser to target, once. ctx
// is the life of the program, not of one call: with it the listener ends. It
// may return: ErrRequest for a target that no browser should be sent to,
// ErrNoPort.
func Open(ctx context.Context, target vaultcore.Secret) (*Redirect, error) {
	return open(ctx, target, settings{holders: sockowner.Holders})
}

func open(ctx context.Context, target vaultcore.Secret, s settings) (*Redirect, error) {
	if !proper(target) {
		return nil, vaultcore.Faultf(vaultcore.ErrRequest, "not an address to send a browser to")
	}
	local, err := localhttp.Listen(s.Options)
	if err != nil {
		return nil, &vaultcore.Fault{
			Kind: ErrNoPort, Cause: err,
			Message: "the browser cannot be sent to the console: no port can be opened on this computer",
			Hint:    "`vaultbar login --stdout` prints the address instead",
		}
	}
	h := &Redirect{path: "/o/" + nonce(), local: local, done: make(chan struct{}), visit: make(chan struct{}), target: target, opened: time.Now(), holders: s.holders}
	h.mu.Lock()
	h.timer = time.AfterFunc(Life, h.expire)
	h.mu.Unlock()
	stop := context.AfterFunc(ctx, h.Close)
	go func() {
		h.local.Serve(h.serve)
		stop()
		h.Close()
		close(h.done)
	}()
	return h, nil
}

// nonce is 256 random bits. Reading them never fails: the runtime would end the
// program first.
func nonce() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// proper says whether a browser may be sent there: by https, or to this machine.
func proper(target vaultcore.Secret) bool {
	u, err := url.Parse(target.Reveal())
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && aws.Loopback(u.Hostname())
}

// Address is what the browser is started with.
func (h *Redirect) Address() string { return "http://" + h.local.Host() + h.path }

// Visited returns a channel that is closed when a browser comes for it.
func (h *Redirect) Visited() <-chan struct{} { return h.visit }

// FromPage says that a page on this machine's disk leads to the address: a browser
// then tells that another site did, which is else refused.
func (h *Redirect) FromPage() { h.paged.Store(true) }

// Visitor says who came, once the channel of [Redirect.Visited] is closed, and whether
// this system tells. More than one program may have the connection open, after a fork.
func (h *Redirect) Visitor() (programs []sockowner.Program, known bool) { return h.programs, h.known }

// Close ends the address and its listener at once, as when no browser could be
// started. It may be called more than once.
func (h *Redirect) Close() {
	h.mu.Lock()
	h.target, h.closed = vaultcore.Secret{}, true
	h.timer.Stop()
	h.mu.Unlock()
	h.local.Close()
}

// expire ends the address, and a while later the listener.
func (h *Redirect) expire() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.endLocked()
}

// endLocked forgets the target, and lets the listener stay for a while.
func (h *Redirect) endLocked() {
	if h.target.IsZero() || h.closed {
		return
	}
	h.target = vaultcore.Secret{}
	h.timer.Stop()
	h.timer = time.AfterFunc(Life, h.Close)
}

// take returns the target, once. Whoever has it tells who came.
func (h *Redirect) take() (vaultcore.Secret, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if overdue(h.opened, time.Now()) {
		h.endLocked()
	}
	target := h.target
	if target.IsZero() {
		return target, false
	}
	h.endLocked()
	return target, true
}

// overdue measures by both clocks: the wall clock goes on while the machine is
// suspended, and the other one when the wall clock is set back.
func overdue(opened, now time.Time) bool {
	return now.Sub(opened) >= Life || now.Round(0).Sub(opened.Round(0)) >= Life
}
