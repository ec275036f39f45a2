package testkit

import (
	"context"
	"slices"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// answer records a call and returns its result, under the lock, unless it is to fail.
func answer[R any](ctx context.Context, f *FakeService, op string, request any, result func() (R, error)) (R, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.beginLocked(ctx, op, request); err != nil {
		var none R
		return none, err
	}
	return result()
}

// shown is answer for a result that is always the same.
func shown[R any](ctx context.Context, f *FakeService, op string, request any, result *R) (R, error) {
	return answer(ctx, f, op, request, func() (R, error) { return *result, nil })
}

// done is answer for an operation that returns nothing but an error.
func done(ctx context.Context, f *FakeService, op string, request any, do func() error) error {
	_, err := answer(ctx, f, op, request, func() (struct{}, error) { return struct{}{}, do() })
	return err
}

// Profiles is part of agent.Service.
func (f *FakeService) Profiles(ctx context.Context) ([]string, error) {
	return answer(ctx, f, "profiles", nil, func() (names []string, _ error) {
		for _, profile := range f.State.Profiles {
			names = append(names, profile.Name)
		}
		return names, nil
	})
}

// Explain is part of agent.Service.
func (f *FakeService) Explain(ctx context.Context, r agent.CredentialsRequest) (vaultcore.Explanation, error) {
	return answer(ctx, f, "explain", r, func() (vaultcore.Explanation, error) {
		if e, ok := f.Explanations[r.Profile]; ok {
			return e, nil
		}
		return vaultcore.Explanation{}, f.noProfileLocked(r.Profile)
	})
}

// Snapshot is part of agent.Service.
func (f *FakeService) Snapshot(ctx context.Context) (vaultcore.Snapshot, error) {
	return shown(ctx, f, "snapshot", nil, &f.State)
}

// Doctor is part of agent.Service.
func (f *FakeService) Doctor(ctx context.Context, r agent.DoctorRequest) (agent.DoctorResult, error) {
	return shown(ctx, f, "doctor", r, &f.Found)
}

// Identify is part of agent.Service.
func (f *FakeService) Identify(ctx context.Context, r agent.IdentifyRequest) (vaultcore.Identity, error) {
	if err := f.question(ctx, r.Profile, r.Caller); err != nil {
		return vaultcore.Identity{}, err
	}
	return shown(ctx, f, "identify", r, &f.Identity)
}

// Add is part of agent.Service.
func (f *FakeService) Add(ctx context.Context, r agent.AddRequest) error {
	return done(ctx, f, "add", r, func() error {
		if f.Keys == nil {
			f.Keys = make(map[string]vaultcore.Credentials)
		}
		f.Keys[r.Profile] = r.Key
		return nil
	})
}

// Remove is part of agent.Service.
func (f *FakeService) Remove(ctx context.Context, r agent.RemoveRequest) (agent.RemoveResult, error) {
	return answer(ctx, f, "remove", r, func() (agent.RemoveResult, error) {
		if _, ok := f.Keys[r.Profile]; !ok {
			return agent.RemoveResult{}, noKey(r.Profile)
		}
		delete(f.Keys, r.Profile)
		return agent.RemoveResult{Sessions: f.endLocked(r.Profile)}, nil
	})
}

// Clear is part of agent.Service.
func (f *FakeService) Clear(ctx context.Context, r agent.ClearRequest) (agent.RemoveResult, error) {
	return answer(ctx, f, "clear", r, func() (agent.RemoveResult, error) {
		return agent.RemoveResult{Sessions: f.endLocked(r.Profile)}, nil
	})
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
	return answer(ctx, f, "setup", r, func() (agent.SetupResult, error) {
		result := f.Change
		result.Applied = r.Agreed != ""
		return result, nil
	})
}

// EditProfile is part of agent.Service.
func (f *FakeService) EditProfile(ctx context.Context, r agent.EditRequest) (agent.SetupResult, error) {
	return answer(ctx, f, "edit", r, func() (agent.SetupResult, error) {
		result := f.Change
		result.Applied = r.Agreed != ""
		return result, nil
	})
}

// Import is part of agent.Service. What is agreed to moves out of the snapshot.
func (f *FakeService) Import(ctx context.Context, r agent.ImportRequest) (agent.ImportResult, error) {
	return answer(ctx, f, "import", r, func() (agent.ImportResult, error) {
		result := f.Imported
		if r.Agreed != "" {
			f.State.Plain, result.Applied = nil, true
		} else {
			result.Backups = nil
		}
		return result, nil
	})
}

// Rotate is part of agent.Service.
func (f *FakeService) Rotate(ctx context.Context, r agent.RotateRequest) (agent.RotateResult, error) {
	return answer(ctx, f, "rotate", r, func() (agent.RotateResult, error) {
		result := f.Rotated
		if result.Applied = r.Agreed != ""; !result.Applied {
			result.Rotation = nil
		}
		return result, nil
	})
}

// SignIn is part of agent.Service. It asks the question of that name.
func (f *FakeService) SignIn(ctx context.Context, r agent.SignInRequest) (agent.SignInResult, error) {
	result, err := answer(ctx, f, "signin", r, func() (agent.SignInResult, error) {
		if result, ok := f.SignIns[r.Name]; ok {
			return result, nil
		}
		return agent.SignInResult{}, f.noProfileLocked(r.Name)
	})
	if err != nil {
		return agent.SignInResult{}, err
	}
	return result, f.question(ctx, r.Name, r.Caller)
}

// SignOut is part of agent.Service.
func (f *FakeService) SignOut(ctx context.Context, r agent.SignOutRequest) (agent.SignOutResult, error) {
	return answer(ctx, f, "signout", r, func() (agent.SignOutResult, error) {
		result := f.SignOuts[r.Name]
		delete(f.SignOuts, r.Name)
		return result, nil
	})
}

// ListAccounts is part of agent.Service. It takes no notice of which are asked for.
func (f *FakeService) ListAccounts(ctx context.Context, r agent.AccountsRequest) (agent.AccountsResult, error) {
	return answer(ctx, f, "accounts", r, func() (agent.AccountsResult, error) {
		all, ok := f.Portals[r.SignIn]
		if !ok {
			return agent.AccountsResult{}, f.noProfileLocked(r.SignIn)
		}
		page := agent.AccountsResult{SignIn: r.SignIn, Accounts: []vaultcore.Account{}, Total: len(all)}
		for i, account := range all {
			if account.ID <= r.After {
				continue
			}
			if !r.Roles {
				account.Roles = nil
			}
			page.Accounts, page.Done = append(page.Accounts, account), i+1
			if page.Done < page.Total {
				page.Next = account.ID
			}
			break
		}
		return page, nil
	})
}

// SyncProfiles is part of agent.Service.
func (f *FakeService) SyncProfiles(ctx context.Context, r agent.SyncRequest) (agent.SyncResult, error) {
	return answer(ctx, f, "sync", r, func() (agent.SyncResult, error) {
		result := f.Sync
		result.Applied = r.Agreed != ""
		return result, nil
	})
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

// ProfilesFor is part of agent.Service.
func (f *FakeService) ProfilesFor(ctx context.Context, address string) ([]string, error) {
	if err := f.begin(ctx, "reaches", address); err != nil {
		return nil, err
	}
	return f.Accounts[address], nil
}

// Services is part of agent.Service.
func (f *FakeService) Services(ctx context.Context) ([]agent.ConsoleService, error) {
	return shown(ctx, f, "services", nil, &f.Pages)
}

// Browsers is part of agent.Service.
func (f *FakeService) Browsers(ctx context.Context) (agent.BrowsersResult, error) {
	return shown(ctx, f, "browsers", nil, &f.Machine)
}

// Agents is part of agent.Service.
func (f *FakeService) Agents(ctx context.Context) (agent.AgentsResult, error) {
	return shown(ctx, f, "agents", nil, &f.ForAgents)
}

// RemoveBrowserProfile is part of agent.Service.
func (f *FakeService) RemoveBrowserProfile(ctx context.Context, r agent.BrowserProfileRequest) error {
	return f.begin(ctx, "forget", r)
}

// Revoke is part of agent.Service.
func (f *FakeService) Revoke(ctx context.Context, r agent.RevokeRequest) (agent.RevokeResult, error) {
	if err := f.begin(ctx, "revoke", r); err != nil {
		return agent.RevokeResult{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	before := len(f.State.Grants)
	f.State.Grants = slices.DeleteFunc(f.State.Grants, func(g vaultcore.Grant) bool {
		return (r.ID == 0 || g.ID == r.ID) && (r.Profile == "" || g.Profile == r.Profile)
	})
	return agent.RevokeResult{Grants: before - len(f.State.Grants)}, nil
}

// TrustFolder is part of agent.Service.
func (f *FakeService) TrustFolder(ctx context.Context, r agent.FolderRequest) error {
	return f.begin(ctx, "trust-folder", r)
}

// Find is part of agent.Service.
func (f *FakeService) Find(ctx context.Context, r agent.FindRequest) error {
	return f.begin(ctx, "find", r)
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
	return done(ctx, f, "lock", nil, func() error { f.State.Locked = true; return nil })
}

// Unlock is part of agent.Service.
func (f *FakeService) Unlock(ctx context.Context, r agent.UnlockRequest) error {
	return done(ctx, f, "unlock", r, func() error { f.State.Locked = false; return nil })
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

// Serve is part of agent.Service. What is served is in the snapshot and the status.
func (f *FakeService) Serve(ctx context.Context, r agent.ServeRequest) (agent.ServeResult, error) {
	if _, err := f.result(agent.CredentialsRequest{Profile: r.Profile}); err != nil {
		return agent.ServeResult{}, err
	}
	return answer(ctx, f, "serve", r, func() (agent.ServeResult, error) {
		result := agent.ServeResult{Endpoint: f.Served}
		if r.Containers {
			result.Relay = f.Relay
		}
		others := slices.DeleteFunc(slices.Clone(f.State.Served), func(s vaultcore.ServedState) bool { return s.Profile == r.Profile })
		f.State.Served = append(others, vaultcore.ServedState{Profile: r.Profile, Address: f.Served.Address, Containers: r.Containers})
		f.About.Served = f.State.Served
		return result, nil
	})
}

// StopServing is part of agent.Service.
func (f *FakeService) StopServing(ctx context.Context, r agent.StopServingRequest) (agent.StopServingResult, error) {
	return answer(ctx, f, "unserve", r, func() (agent.StopServingResult, error) {
		before := len(f.State.Served)
		f.State.Served = slices.DeleteFunc(slices.Clone(f.State.Served), func(s vaultcore.ServedState) bool {
			return len(r.Profiles) == 0 || slices.Contains(r.Profiles, s.Profile)
		})
		f.About.Served = f.State.Served
		return agent.StopServingResult{Served: before - len(f.State.Served)}, nil
	})
}

// ServeCaller is part of agent.Service. It asks the question of the profile.
func (f *FakeService) ServeCaller(ctx context.Context, r agent.ServeCallerRequest) error {
	ready := r.Ready
	r.Ready = nil // requests are compared
	if err := f.begin(ctx, "serve-caller", r); err != nil {
		return err
	}
	if _, err := f.result(agent.CredentialsRequest{Profile: r.Profile}); err != nil {
		return err
	}
	if err := f.question(ctx, r.Profile, r.Caller); err != nil {
		return err
	}
	ready(f.Served)
	<-ctx.Done()
	return ctx.Err()
}

// Settings is part of agent.Service.
func (f *FakeService) Settings(ctx context.Context) ([]agent.Setting, error) {
	return answer(ctx, f, "settings", nil, func() ([]agent.Setting, error) { return slices.Clone(f.Options), nil })
}

// Set is part of agent.Service.
func (f *FakeService) Set(ctx context.Context, r agent.SetRequest) error {
	return done(ctx, f, "set", r, func() error {
		for i, option := range f.Options {
			if option.Key == r.Key {
				f.Options[i].Value = r.Value
				return nil
			}
		}
		return vaultcore.Faultf(vaultcore.ErrRequest, "there is no setting %q", vaultcore.Printable(r.Key)).
			WithHint("`vaultbar settings` lists them")
	})
}

// Status is part of agent.Service.
func (f *FakeService) Status(ctx context.Context) (agent.Status, error) {
	return shown(ctx, f, "status", nil, &f.About)
}

// Stop is part of agent.Service.
func (f *FakeService) Stop(ctx context.Context) error {
	return f.begin(ctx, "stop", nil)
}
