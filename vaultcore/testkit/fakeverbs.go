package testkit

import (
	"context"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// Explain is part of agent.Service.
func (f *FakeService) Explain(ctx context.Context, r agent.CredentialsRequest) (vaultcore.Explanation, error) {
	if err := f.begin(ctx, "explain", r); err != nil {
		return vaultcore.Explanation{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if e, ok := f.Explanations[r.Profile]; ok {
		return e, nil
	}
	return vaultcore.Explanation{}, f.noProfileLocked(r.Profile)
}

// Snapshot is part of agent.Service.
func (f *FakeService) Snapshot(ctx context.Context) (vaultcore.Snapshot, error) {
	if err := f.begin(ctx, "snapshot", nil); err != nil {
		return vaultcore.Snapshot{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.State, nil
}

// Identify is part of agent.Service.
func (f *FakeService) Identify(ctx context.Context, r agent.IdentifyRequest) (vaultcore.Identity, error) {
	if err := f.begin(ctx, "identify", r); err != nil {
		return vaultcore.Identity{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.Identity, nil
}

// Add is part of agent.Service.
func (f *FakeService) Add(ctx context.Context, r agent.AddRequest) error {
	if err := f.begin(ctx, "add", r); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.Keys == nil {
		f.Keys = make(map[string]vaultcore.Credentials)
	}
	f.Keys[r.Profile] = r.Key
	return nil
}

// Remove is part of agent.Service.
func (f *FakeService) Remove(ctx context.Context, r agent.RemoveRequest) (agent.RemoveResult, error) {
	if err := f.begin(ctx, "remove", r); err != nil {
		return agent.RemoveResult{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, ok := f.Keys[r.Profile]; !ok {
		return agent.RemoveResult{}, noKey(r.Profile)
	}
	delete(f.Keys, r.Profile)
	return agent.RemoveResult{Sessions: f.endLocked(r.Profile)}, nil
}

// Clear is part of agent.Service.
func (f *FakeService) Clear(ctx context.Context, r agent.ClearRequest) (agent.RemoveResult, error) {
	if err := f.begin(ctx, "clear", r); err != nil {
		return agent.RemoveResult{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return agent.RemoveResult{Sessions: f.endLocked(r.Profile)}, nil
}

// endLocked ends the sessions of a profile, or all with the empty name.
func (f *FakeService) endLocked(profile string) int {
	ended := 0
	for name, n := range f.Sessions {
		if profile == "" || name == profile {
			ended += n
			delete(f.Sessions, name)
		}
	}
	return ended
}

// Setup is part of agent.Service.
func (f *FakeService) Setup(ctx context.Context, r agent.SetupRequest) (agent.SetupResult, error) {
	if err := f.begin(ctx, "setup", r); err != nil {
		return agent.SetupResult{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	result := f.Change
	result.Applied = r.Agreed != ""
	return result, nil
}

// Login is part of agent.Service. It asks the question of the profile.
func (f *FakeService) Login(ctx context.Context, r agent.LoginRequest) (agent.LoginResult, error) {
	if err := f.begin(ctx, "login", r); err != nil {
		return agent.LoginResult{}, err
	}
	if _, err := f.result(agent.CredentialsRequest{Profile: r.Profile}); err != nil {
		return agent.LoginResult{}, err
	}
	return f.SignedIn, f.question(ctx, r.Profile, r.Caller)
}

// Profiles is part of agent.Service.
func (f *FakeService) Profiles(ctx context.Context) ([]string, error) {
	if err := f.begin(ctx, "profiles", nil); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	var names []string
	for _, profile := range f.State.Profiles {
		names = append(names, profile.Name)
	}
	return names, nil
}

// Reaches is part of agent.Service.
func (f *FakeService) Reaches(ctx context.Context, address string) ([]string, error) {
	if err := f.begin(ctx, "reaches", address); err != nil {
		return nil, err
	}
	return f.Accounts[address], nil
}

// Services is part of agent.Service.
func (f *FakeService) Services(ctx context.Context) ([]agent.ConsoleService, error) {
	return f.Pages, f.begin(ctx, "services", nil)
}

// Browsers is part of agent.Service.
func (f *FakeService) Browsers(ctx context.Context) (agent.BrowsersResult, error) {
	if err := f.begin(ctx, "browsers", nil); err != nil {
		return agent.BrowsersResult{}, err
	}
	return f.Machine, nil
}

// Forget is part of agent.Service.
func (f *FakeService) Forget(ctx context.Context, r agent.ForgetRequest) error {
	return f.begin(ctx, "forget", r)
}

// Renew is part of agent.Service. It asks the question of the profile again.
func (f *FakeService) Renew(ctx context.Context, r agent.CredentialsRequest) error {
	if err := f.begin(ctx, "renew", r); err != nil {
		return err
	}
	if _, err := f.result(r); err != nil {
		return err
	}
	return f.question(ctx, r.Profile, r.Caller)
}

// Lock is part of agent.Service.
func (f *FakeService) Lock(ctx context.Context) error {
	if err := f.begin(ctx, "lock", nil); err != nil {
		return err
	}
	f.Update(func() { f.State.Locked = true })
	return nil
}

// Unlock is part of agent.Service.
func (f *FakeService) Unlock(ctx context.Context, r agent.UnlockRequest) error {
	if err := f.begin(ctx, "unlock", r); err != nil {
		return err
	}
	f.Update(func() { f.State.Locked = false })
	return nil
}

// Watch is part of agent.Service.
func (f *FakeService) Watch(ctx context.Context, changed func()) error {
	if err := f.begin(ctx, "watch", nil); err != nil {
		return err
	}
	for {
		changed()
		select {
		case <-f.Changes:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Settings is part of agent.Service.
func (f *FakeService) Settings(ctx context.Context) ([]agent.Setting, error) {
	if err := f.begin(ctx, "settings", nil); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]agent.Setting(nil), f.Options...), nil
}

// Set is part of agent.Service.
func (f *FakeService) Set(ctx context.Context, r agent.SetRequest) error {
	if err := f.begin(ctx, "set", r); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, option := range f.Options {
		if option.Key == r.Key {
			f.Options[i].Value = r.Value
			return nil
		}
	}
	return vaultcore.Faultf(vaultcore.ErrRequest, "there is no setting %q", vaultcore.Printable(r.Key)).
		WithHint("`vaultbar settings` lists them")
}

// Status is part of agent.Service.
func (f *FakeService) Status(ctx context.Context) (agent.Status, error) {
	if err := f.begin(ctx, "status", nil); err != nil {
		return agent.Status{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.About, nil
}

// Stop is part of agent.Service.
func (f *FakeService) Stop(ctx context.Context) error {
	return f.begin(ctx, "stop", nil)
}
