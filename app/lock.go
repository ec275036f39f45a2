package main

import (
	"context"
	"sync"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

const (
	// slower is how much longer each failed unlock makes the next one wait.
	slower = 100 * time.Millisecond
	// slowest is the most that an unlock waits.
	slowest = 10 * time.Second
)

// gate is the service as others see it: while it is locked, it refuses every
// operation but those that say so here. Each operation is written out, so that
// a new one is refused until somebody decides otherwise.
type gate struct {
	inner *service

	unlocking sync.Mutex // held by the one unlock that is under way

	mu     sync.Mutex // guards what follows
	locked bool
	failed int // unlocks in vain, since the last that worked
}

var _ agent.Service = (*gate)(nil)

// open returns why an operation is refused, or nil.
func (g *gate) open() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.locked {
		return nil
	}
	return vaultcore.Faultf(vaultcore.ErrLocked, "Vaultbar is locked").WithHint("unlock it with `vaultbar unlock` or from the menu")
}

// Lock is part of [agent.Service].
func (g *gate) Lock(ctx context.Context) error {
	g.mu.Lock()
	g.locked = true
	g.mu.Unlock()
	return g.inner.Lock(ctx)
}

// Unlock is part of [agent.Service].
func (g *gate) Unlock(ctx context.Context, r agent.UnlockRequest) error {
	g.unlocking.Lock()
	defer g.unlocking.Unlock()
	select {
	case <-time.After(g.delay()):
	case <-ctx.Done():
		return ctx.Err()
	}
	err := g.inner.Unlock(ctx, r)
	g.mu.Lock()
	if err == nil {
		g.locked, g.failed = false, 0
	} else {
		g.failed++
	}
	g.mu.Unlock()
	g.inner.bell.ring()
	return err
}

func (g *gate) delay() time.Duration {
	g.mu.Lock()
	defer g.mu.Unlock()
	return min(time.Duration(g.failed)*slower, slowest)
}

// Status is part of [agent.Service]. It is answered while locked.
func (g *gate) Status(ctx context.Context) (agent.Status, error) {
	status, err := g.inner.Status(ctx)
	status.Locked = status.Locked || g.open() != nil
	return status, err
}

// Watch is part of [agent.Service]. It tells nothing but that something changed.
func (g *gate) Watch(ctx context.Context, changed func()) error { return g.inner.Watch(ctx, changed) }

// Stop is part of [agent.Service].
func (g *gate) Stop(ctx context.Context) error { return g.inner.Stop(ctx) }

// Credentials is part of [agent.Service].
func (g *gate) Credentials(ctx context.Context, r agent.CredentialsRequest) (agent.CredentialsResult, error) {
	if err := g.open(); err != nil {
		return agent.CredentialsResult{}, err
	}
	result, err := g.inner.Credentials(ctx, r)
	if locked := g.open(); locked != nil {
		return agent.CredentialsResult{}, locked // meanwhile
	}
	return result, err
}

// Explain is part of [agent.Service].
func (g *gate) Explain(ctx context.Context, r agent.CredentialsRequest) (vaultcore.Explanation, error) {
	if err := g.open(); err != nil {
		return vaultcore.Explanation{}, err
	}
	return g.inner.Explain(ctx, r)
}

// Snapshot is part of [agent.Service].
func (g *gate) Snapshot(ctx context.Context) (vaultcore.Snapshot, error) {
	if err := g.open(); err != nil {
		return vaultcore.Snapshot{}, err
	}
	return g.inner.Snapshot(ctx)
}

// Identify is part of [agent.Service].
func (g *gate) Identify(ctx context.Context, r agent.IdentifyRequest) (vaultcore.Identity, error) {
	if err := g.open(); err != nil {
		return vaultcore.Identity{}, err
	}
	return g.inner.Identify(ctx, r)
}

// Add is part of [agent.Service].
func (g *gate) Add(ctx context.Context, r agent.AddRequest) error {
	if err := g.open(); err != nil {
		return err
	}
	return g.inner.Add(ctx, r)
}

// Remove is part of [agent.Service].
func (g *gate) Remove(ctx context.Context, r agent.RemoveRequest) (agent.RemoveResult, error) {
	if err := g.open(); err != nil {
		return agent.RemoveResult{}, err
	}
	return g.inner.Remove(ctx, r)
}

// Clear is part of [agent.Service].
func (g *gate) Clear(ctx context.Context, r agent.ClearRequest) (agent.RemoveResult, error) {
	if err := g.open(); err != nil {
		return agent.RemoveResult{}, err
	}
	return g.inner.Clear(ctx, r)
}

// Setup is part of [agent.Service].
func (g *gate) Setup(ctx context.Context, r agent.SetupRequest) (agent.SetupResult, error) {
	if err := g.open(); err != nil {
		return agent.SetupResult{}, err
	}
	return g.inner.Setup(ctx, r)
}

// Renew is part of [agent.Service].
func (g *gate) Renew(ctx context.Context, r agent.CredentialsRequest) error {
	if err := g.open(); err != nil {
		return err
	}
	return g.inner.Renew(ctx, r)
}

// Login is part of [agent.Service].
func (g *gate) Login(ctx context.Context, r agent.LoginRequest) (agent.LoginResult, error) {
	if err := g.open(); err != nil {
		return agent.LoginResult{}, err
	}
	return g.inner.Login(ctx, r)
}

// Reaches is part of [agent.Service].
func (g *gate) Reaches(ctx context.Context, address string) ([]string, error) {
	if err := g.open(); err != nil {
		return nil, err
	}
	return g.inner.Reaches(ctx, address)
}

// Services is part of [agent.Service].
func (g *gate) Services(ctx context.Context) ([]agent.ConsoleService, error) {
	if err := g.open(); err != nil {
		return nil, err
	}
	return g.inner.Services(ctx)
}

// Browsers is part of [agent.Service].
func (g *gate) Browsers(ctx context.Context) (agent.BrowsersResult, error) {
	if err := g.open(); err != nil {
		return agent.BrowsersResult{}, err
	}
	return g.inner.Browsers(ctx)
}

// Forget is part of [agent.Service].
func (g *gate) Forget(ctx context.Context, r agent.ForgetRequest) error {
	if err := g.open(); err != nil {
		return err
	}
	return g.inner.Forget(ctx, r)
}

// Settings is part of [agent.Service].
func (g *gate) Settings(ctx context.Context) ([]agent.Setting, error) {
	if err := g.open(); err != nil {
		return nil, err
	}
	return g.inner.Settings(ctx)
}

// Set is part of [agent.Service].
func (g *gate) Set(ctx context.Context, r agent.SetRequest) error {
	if err := g.open(); err != nil {
		return err
	}
	return g.inner.Set(ctx, r)
}
