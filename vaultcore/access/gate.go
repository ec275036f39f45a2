package access

import (
	"context"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// servedWhileLocked has each operation that is served while locked, and why; all
// others are refused. What is served needs no secret and changes nothing, or is
// how a lock is seen, made and ended. Explain, Snapshot and Reaches are not: they
// tell of keys and sessions.
var servedWhileLocked = map[string]string{
	"Status":   "it says that it is locked",
	"Watch":    "it tells nothing but that something changed",
	"Lock":     "a lock that comes twice is one",
	"Unlock":   "it ends the lock",
	"Stop":     "the lock outlasts the app",
	"Profiles": "the names are in the config file, which any program can read",
	"Settings": "they are in a file too",
	"Services": "the console's services are the same for everybody",
	"Browsers": "what is installed, and the names of kept windows",
}

// Status is part of [agent.Service]. It is answered while locked.
func (g *Lock) Status(ctx context.Context) (agent.Status, error) {
	status, err := g.inner.Status(ctx)
	status.Locked = status.Locked || g.Locked()
	return status, err
}

// Watch is part of [agent.Service]. It tells nothing but that something changed.
func (g *Lock) Watch(ctx context.Context, changed func()) error { return g.inner.Watch(ctx, changed) }

// Stop is part of [agent.Service].
func (g *Lock) Stop(ctx context.Context) error { return g.inner.Stop(ctx) }

// Credentials is part of [agent.Service].
func (g *Lock) Credentials(ctx context.Context, r agent.CredentialsRequest) (agent.CredentialsResult, error) {
	return within(ctx, g, "Credentials", func(ctx context.Context) (agent.CredentialsResult, error) { return g.inner.Credentials(ctx, r) })
}

// Explain is part of [agent.Service].
func (g *Lock) Explain(ctx context.Context, r agent.CredentialsRequest) (vaultcore.Explanation, error) {
	return within(ctx, g, "Explain", func(ctx context.Context) (vaultcore.Explanation, error) { return g.inner.Explain(ctx, r) })
}

// Profiles is part of [agent.Service].
func (g *Lock) Profiles(ctx context.Context) ([]string, error) {
	return within(ctx, g, "Profiles", g.inner.Profiles)
}

// Snapshot is part of [agent.Service].
func (g *Lock) Snapshot(ctx context.Context) (vaultcore.Snapshot, error) {
	return within(ctx, g, "Snapshot", g.inner.Snapshot)
}

// Identify is part of [agent.Service].
func (g *Lock) Identify(ctx context.Context, r agent.IdentifyRequest) (vaultcore.Identity, error) {
	return within(ctx, g, "Identify", func(ctx context.Context) (vaultcore.Identity, error) { return g.inner.Identify(ctx, r) })
}

// Add is part of [agent.Service].
func (g *Lock) Add(ctx context.Context, r agent.AddRequest) error {
	return g.Do(ctx, "Add", func(ctx context.Context) error { return g.inner.Add(ctx, r) })
}

// Remove is part of [agent.Service].
func (g *Lock) Remove(ctx context.Context, r agent.RemoveRequest) (agent.RemoveResult, error) {
	return within(ctx, g, "Remove", func(ctx context.Context) (agent.RemoveResult, error) { return g.inner.Remove(ctx, r) })
}

// Clear is part of [agent.Service].
func (g *Lock) Clear(ctx context.Context, r agent.ClearRequest) (agent.RemoveResult, error) {
	return within(ctx, g, "Clear", func(ctx context.Context) (agent.RemoveResult, error) { return g.inner.Clear(ctx, r) })
}

// Setup is part of [agent.Service].
func (g *Lock) Setup(ctx context.Context, r agent.SetupRequest) (agent.SetupResult, error) {
	return within(ctx, g, "Setup", func(ctx context.Context) (agent.SetupResult, error) { return g.inner.Setup(ctx, r) })
}

// Renew is part of [agent.Service].
func (g *Lock) Renew(ctx context.Context, r agent.CredentialsRequest) error {
	return g.Do(ctx, "Renew", func(ctx context.Context) error { return g.inner.Renew(ctx, r) })
}

// Login is part of [agent.Service].
func (g *Lock) Login(ctx context.Context, r agent.LoginRequest) (agent.LoginResult, error) {
	return within(ctx, g, "Login", func(ctx context.Context) (agent.LoginResult, error) { return g.inner.Login(ctx, r) })
}

// Reaches is part of [agent.Service].
func (g *Lock) Reaches(ctx context.Context, address string) ([]string, error) {
	return within(ctx, g, "Reaches", func(ctx context.Context) ([]string, error) { return g.inner.Reaches(ctx, address) })
}

// Services is part of [agent.Service].
func (g *Lock) Services(ctx context.Context) ([]agent.ConsoleService, error) {
	return within(ctx, g, "Services", g.inner.Services)
}

// Browsers is part of [agent.Service].
func (g *Lock) Browsers(ctx context.Context) (agent.BrowsersResult, error) {
	return within(ctx, g, "Browsers", g.inner.Browsers)
}

// Forget is part of [agent.Service].
func (g *Lock) Forget(ctx context.Context, r agent.ForgetRequest) error {
	return g.Do(ctx, "Forget", func(ctx context.Context) error { return g.inner.Forget(ctx, r) })
}

// Settings is part of [agent.Service].
func (g *Lock) Settings(ctx context.Context) ([]agent.Setting, error) {
	return within(ctx, g, "Settings", g.inner.Settings)
}

// Set is part of [agent.Service].
func (g *Lock) Set(ctx context.Context, r agent.SetRequest) error {
	return g.Do(ctx, "Set", func(ctx context.Context) error { return g.inner.Set(ctx, r) })
}
