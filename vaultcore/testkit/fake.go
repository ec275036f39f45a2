package testkit

import (
	"context"
	"fmt"
	"sync"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// FakeService is an agent.Service in memory. Set its fields before it is used,
// or under [FakeService.Update]; the zero value knows no profile. It may be
// used by many goroutines.
type FakeService struct {
	// Results are the credentials of each profile. Others do not exist.
	Results map[string]agent.CredentialsResult
	// Questions are asked of a caller before the result of their profile, each
	// time. A caller that cannot be asked gets ErrNobodyToAsk.
	Questions map[string]vaultcore.Question
	// Answer is the right answer to every question; empty accepts any. A wrong
	// one is asked again with a notice, three times in all.
	Answer string

	Keys         map[string]vaultcore.Credentials // long-term keys, by profile
	Sessions     map[string]int                   // what Clear and Remove end, by profile
	Explanations map[string]vaultcore.Explanation
	State        vaultcore.Snapshot
	Identity     vaultcore.Identity
	Change       agent.SetupResult // of the config file
	Found        agent.DoctorResult
	Imported     agent.ImportResult
	Rotated      agent.RotateResult
	About        agent.Status
	SignIns      map[string]agent.SignInResult  // by name: what SignIn returns; others do not exist
	SignOuts     map[string]agent.SignOutResult // by name: what SignOut returns, once
	Portals      map[string][]vaultcore.Account // by the name of a sign-in: what ListAccounts returns, an account a page
	Sync         agent.SyncResult               // what SyncProfiles returns
	SignedIn     agent.LoginResult              // what Login returns for a profile that exists
	Accounts     map[string][]string            // by address: what ProfilesFor returns
	Machine      agent.BrowsersResult
	ForAgents    agent.AgentsResult
	Pages        []agent.ConsoleService
	Served       agent.Endpoint  // what ServeCaller calls Ready with, and Serve returns
	Relay        agent.Relay     // what Serve returns for containers
	Options      []agent.Setting // what Settings returns and Set changes
	Changes      <-chan struct{} // each value is a change that Watch tells; nil: none but the first

	// Errors fail an operation, by its name in agent.Operations, before it does anything.
	Errors map[string]error
	// Hold, when not nil, keeps Credentials waiting until it is closed.
	Hold <-chan struct{}
	// Waiting, when not nil, gets a value for each Credentials that waits on
	// Hold.
	Waiting chan<- struct{}

	mu      sync.Mutex
	calls   []Call   // guarded by mu
	answers []string // guarded by mu
}

// Call is one use of a [FakeService].
type Call struct {
	Op      string
	Request any // the request value; nil for an operation that has none
}

var _ agent.Service = (*FakeService)(nil)

// Update changes fields while the service is in use.
func (f *FakeService) Update(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

// Calls returns what was asked so far, oldest first.
func (f *FakeService) Calls() []Call {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]Call(nil), f.calls...)
}

// Answers returns what persons answered so far, in the clear.
func (f *FakeService) Answers() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string(nil), f.answers...)
}

// begin records a call and fails it when it is to fail.
func (f *FakeService) begin(ctx context.Context, op string, request any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.beginLocked(ctx, op, request)
}

func (f *FakeService) beginLocked(ctx context.Context, op string, request any) error {
	f.calls = append(f.calls, Call{op, request})
	if err := ctx.Err(); err != nil {
		return err
	}
	return f.Errors[op]
}

// Credentials is part of agent.Service.
func (f *FakeService) Credentials(ctx context.Context, r agent.CredentialsRequest) (agent.CredentialsResult, error) {
	if err := f.begin(ctx, "credentials", r); err != nil {
		return agent.CredentialsResult{}, err
	}
	result, err := f.result(r)
	if err != nil {
		return agent.CredentialsResult{}, err
	}
	if err := f.hold(ctx); err != nil {
		return agent.CredentialsResult{}, err
	}
	if err := f.question(ctx, r.Profile, r.Caller); err != nil {
		return agent.CredentialsResult{}, err
	}
	return result, nil
}

// result is what a profile has, before anybody is asked.
func (f *FakeService) result(r agent.CredentialsRequest) (agent.CredentialsResult, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	result, ok := f.Results[r.Profile]
	if !ok {
		return agent.CredentialsResult{}, f.noProfileLocked(r.Profile)
	}
	if !r.NoSession {
		return result, nil
	}
	key, ok := f.Keys[r.Profile]
	if !ok {
		return agent.CredentialsResult{}, noKey(r.Profile)
	}
	result.Credentials = key
	return result, nil
}

func (f *FakeService) noProfileLocked(name string) error {
	var known []vaultcore.Profile
	for profile := range f.Results {
		known = append(known, vaultcore.Profile{Name: profile})
	}
	return vaultcore.NoProfile(name, "~/.aws/config", vaultcore.NewProfiles(known).Like(name))
}

func noKey(profile string) error {
	return vaultcore.Faultf(vaultcore.ErrNoCredentials, "no key of %s in the keychain", vaultcore.Printable(profile)).
		WithHint("run `vaultbar add %s` to store one", vaultcore.Printable(profile))
}

// hold waits for Hold.
func (f *FakeService) hold(ctx context.Context) error {
	f.mu.Lock()
	hold, waiting := f.Hold, f.Waiting
	f.mu.Unlock()
	if hold == nil {
		return nil
	}
	if waiting != nil {
		waiting <- struct{}{}
	}
	select {
	case <-hold:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// question asks the caller what its profile needs, as often as a person may
// get it wrong.
func (f *FakeService) question(ctx context.Context, profile string, caller vaultcore.Caller) error {
	f.mu.Lock()
	q, asks := f.Questions[profile]
	want := f.Answer
	f.mu.Unlock()
	if !asks {
		return nil
	}
	if caller.Ask == nil || caller.Prompt == vaultcore.PromptNone {
		return vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "%s needs an answer and there is nobody to ask", vaultcore.Printable(profile)).
			WithHint("run `vaultbar exec %s -- true` in a terminal, then try again", vaultcore.Printable(profile))
	}
	q.Waiting = []vaultcore.Caller{caller}
	for range 3 {
		answer, err := caller.Ask(ctx, q)
		if err != nil {
			return fmt.Errorf("asking for %s: %w", profile, err)
		}
		f.Update(func() { f.answers = append(f.answers, answer.Reveal()) })
		if want == "" || answer.Reveal() == want {
			return nil
		}
		q.Again, q.Notice = true, "AWS refused that code. Try the next one."
	}
	return vaultcore.Faultf(vaultcore.ErrWrongCode, "AWS refused three MFA codes for %s", vaultcore.Printable(profile)).
		WithHint("check that the device is %s", vaultcore.Printable(q.Device))
}
