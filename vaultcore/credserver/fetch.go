package credserver

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// fetcher gets credentials for requests that must not wait. One fetch of a profile is
// under way at a time, and one question; both live as long as the server.
type fetcher struct {
	source   Source
	life     context.Context
	patience time.Duration // how long a request waits

	mu      sync.Mutex
	flights map[string]*flight // guarded by mu: by profile
	asking  map[string]bool    // guarded by mu: profiles whose person is being asked
}

// flight is a fetch under way. Its result may be read once done is closed.
type flight struct {
	done        chan struct{}
	credentials vaultcore.Credentials
	err         error
}

func newFetcher(source Source, life context.Context, patience time.Duration) *fetcher {
	return &fetcher{source: source, life: life, patience: patience, flights: make(map[string]*flight), asking: make(map[string]bool)}
}

var (
	// errLater is that the credentials are not there yet.
	errLater = vaultcore.Faultf(vaultcore.ErrBusy, "the session is being created: try again in a moment")
	// errAsked is that a person is asked, where they can be.
	errAsked = vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "the session needs you: answer what Vaultbar asks, or run `vaultbar renew` in a terminal, then try again")
	// errKey is that there is no session to serve.
	errKey = vaultcore.Faultf(vaultcore.ErrNoCredentials, "the profile has a long-term key and no session: only sessions are served")
)

// get returns credentials of a profile, or says within a moment why there are none.
func (f *fetcher) get(ctx context.Context, profile string) (vaultcore.Credentials, error) {
	patience := time.NewTimer(f.patience)
	defer patience.Stop()
	under := f.join(profile)
	select {
	case <-under.done:
	case <-patience.C:
		return vaultcore.Credentials{}, errLater
	case <-ctx.Done():
		return vaultcore.Credentials{}, ctx.Err()
	}
	if errors.Is(under.err, vaultcore.ErrNobodyToAsk) {
		f.askAside(profile)
		return vaultcore.Credentials{}, errAsked
	}
	return under.credentials, under.err
}

// join returns the fetch of a profile that is under way, or begins one.
func (f *fetcher) join(profile string) *flight {
	f.mu.Lock()
	defer f.mu.Unlock()
	if under := f.flights[profile]; under != nil {
		return under
	}
	under := &flight{done: make(chan struct{})}
	f.flights[profile] = under
	go func() {
		under.credentials, under.err = f.fetch(profile)
		f.mu.Lock()
		delete(f.flights, profile)
		f.mu.Unlock()
		close(under.done)
	}()
	return under
}

// fetch gets a session that lives long enough for SDKs where that needs no person,
// else whatever lives.
func (f *fetcher) fetch(profile string) (vaultcore.Credentials, error) {
	credentials, err := f.source(f.life, profile, longEnough, false)
	if errors.Is(err, vaultcore.ErrNobodyToAsk) || errors.Is(err, vaultcore.ErrNoAnswer) || errors.Is(err, vaultcore.ErrProcess) {
		credentials, err = f.source(f.life, profile, 0, false)
	}
	if err == nil && credentials.LongTerm() {
		return vaultcore.Credentials{}, errKey
	}
	return credentials, err
}

// askAside has the person asked for what a session needs, once at a time. What comes
// of it the next request finds.
func (f *fetcher) askAside(profile string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.asking[profile] {
		return
	}
	f.asking[profile] = true
	go func() {
		_, _ = f.source(f.life, profile, 0, true) // the vault notes why it failed
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.asking, profile)
	}()
}
