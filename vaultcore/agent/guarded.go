package agent

import (
	"context"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Guarded is a [Service] each operation of which goes through Around.
type Guarded struct {
	Service Service
	Around  Around
}

// Around is what is done around an operation: a lock, an approval, an audit. It may
// refuse it, ask a person first, end it by its context, and it sees how it went. It
// calls do once or not at all, and returns its error or one of its own. An operation
// that fails returns nothing else.
type Around func(ctx context.Context, use Use, do func(context.Context) error) error

// Use is one use of an operation.
type Use struct {
	Operation
	Profile   string // empty for what is about none
	NoSession bool   // the long-term key itself is asked for
	Caller    func() vaultcore.Caller
}

var _ Service = Guarded{}

// guard does one operation.
func guard[Q, R, W any](ctx context.Context, g Guarded, o *op[Q, R, W], q Q) (R, error) {
	var result R
	about := subjectOf(&q)
	use := Use{Operation: o.Operation, Profile: about.profile, NoSession: about.noSession, Caller: callerIn(ctx)}
	if about.caller != nil {
		use.Caller = func() vaultcore.Caller { return *about.caller }
	}
	err := g.Around(ctx, use, func(ctx context.Context) (err error) {
		result, err = o.do(g.Service, ctx, q)
		return err
	})
	if err != nil {
		var no R
		return no, err
	}
	return result, nil
}

// guardOnly is guard for an operation that returns nothing but an error.
func guardOnly[Q any](ctx context.Context, g Guarded, o *op[Q, none, none], q Q) error {
	_, err := guard(ctx, g, o, q)
	return err
}

// The methods of [Service], each by its row.

func (g Guarded) Credentials(ctx context.Context, r CredentialsRequest) (CredentialsResult, error) {
	return guard(ctx, g, opCredentials, r)
}
func (g Guarded) Profiles(ctx context.Context) ([]string, error) {
	return guard(ctx, g, opProfiles, none{})
}
func (g Guarded) Explain(ctx context.Context, r CredentialsRequest) (vaultcore.Explanation, error) {
	return guard(ctx, g, opExplain, r)
}
func (g Guarded) Snapshot(ctx context.Context) (vaultcore.Snapshot, error) {
	return guard(ctx, g, opSnapshot, none{})
}
func (g Guarded) Identify(ctx context.Context, r IdentifyRequest) (vaultcore.Identity, error) {
	return guard(ctx, g, opIdentify, r)
}
func (g Guarded) Add(ctx context.Context, r AddRequest) error { return guardOnly(ctx, g, opAdd, r) }
func (g Guarded) Remove(ctx context.Context, r RemoveRequest) (RemoveResult, error) {
	return guard(ctx, g, opRemove, r)
}
func (g Guarded) Clear(ctx context.Context, r ClearRequest) (RemoveResult, error) {
	return guard(ctx, g, opClear, r)
}
func (g Guarded) Setup(ctx context.Context, r SetupRequest) (SetupResult, error) {
	return guard(ctx, g, opSetup, r)
}
func (g Guarded) Login(ctx context.Context, r LoginRequest) (LoginResult, error) {
	return guard(ctx, g, opLogin, r)
}
func (g Guarded) Reaches(ctx context.Context, address string) ([]string, error) {
	return guard(ctx, g, opReaches, addressRequest{address})
}
func (g Guarded) Services(ctx context.Context) ([]ConsoleService, error) {
	return guard(ctx, g, opServices, none{})
}
func (g Guarded) Browsers(ctx context.Context) (BrowsersResult, error) {
	return guard(ctx, g, opBrowsers, none{})
}
func (g Guarded) Forget(ctx context.Context, r ForgetRequest) error {
	return guardOnly(ctx, g, opForget, r)
}
func (g Guarded) Renew(ctx context.Context, r CredentialsRequest) error {
	return guardOnly(ctx, g, opRenew, r)
}
func (g Guarded) Lock(ctx context.Context) error { return guardOnly(ctx, g, opLock, none{}) }
func (g Guarded) Unlock(ctx context.Context, r UnlockRequest) error {
	return guardOnly(ctx, g, opUnlock, r)
}
func (g Guarded) Watch(ctx context.Context, changed func()) error {
	return guardOnly(ctx, g, opWatch, watchRequest{changed})
}
func (g Guarded) Settings(ctx context.Context) ([]Setting, error) {
	return guard(ctx, g, opSettings, none{})
}
func (g Guarded) Set(ctx context.Context, r SetRequest) error { return guardOnly(ctx, g, opSet, r) }
func (g Guarded) Status(ctx context.Context) (Status, error)  { return guard(ctx, g, opStatus, none{}) }
func (g Guarded) Stop(ctx context.Context) error              { return guardOnly(ctx, g, opStop, none{}) }

// callerKey is under which a context says who asks, for requests that do not.
type callerKey struct{}

func withCaller(ctx context.Context, caller func() vaultcore.Caller) context.Context {
	return context.WithValue(ctx, callerKey{}, caller)
}

func callerIn(ctx context.Context) func() vaultcore.Caller {
	if caller, ok := ctx.Value(callerKey{}).(func() vaultcore.Caller); ok {
		return caller
	}
	return func() vaultcore.Caller { return vaultcore.Caller{} }
}
