package agent

import (
	"context"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Operation is what is known of one verb of the protocol.
type Operation struct {
	Name string
	// WhileLocked is why it is served while Vaultbar is locked: it needs no secret
	// and changes nothing, or is how a lock is seen, made and ended. One without a
	// reason is refused: a new one is, until somebody decides otherwise.
	WhileLocked string
	// HandsOut says that it hands credentials of a profile to a program, or what is as
	// good as them.
	HandsOut bool
	// Harmless says that it hands out nothing and changes nothing, or only locks.
	Harmless bool
	// Personal says that only a person does it: an AI agent is refused, whatever the
	// settings say.
	Personal bool
	// Lasting says that it goes on until its caller leaves.
	Lasting bool
	// Quick says that it asks no person and waits for no network.
	Quick bool
}

// The table of operations: a row each. Requests and results are their own form on
// the wire, but for what carries secrets or durations (see wire.go).
var (
	opCredentials = translated(Operation{Name: "credentials", HandsOut: true}, Service.Credentials, credentialsToWire, credentialsReply.result)
	opProfiles    = translated(Operation{Name: "profiles", Harmless: true, Quick: true,
		WhileLocked: "the names are in the config file, which any program can read"},
		view(Service.Profiles), profilesToWire, profilesReply.names)
	opExplain  = plain(Operation{Name: "explain", Harmless: true, Quick: true}, Service.Explain)
	opSnapshot = translated(Operation{Name: "snapshot", Harmless: true, Quick: true}, view(Service.Snapshot), snapshotToWire, snapshotReply.snapshot)

	opDoctor   = plain(Operation{Name: "doctor", Harmless: true}, Service.Doctor)
	opIdentify = plain(Operation{Name: "identify"}, Service.Identify)
	opAdd      = plain(Operation{Name: "add"}, act(Service.Add))
	opRemove   = plain(Operation{Name: "remove"}, Service.Remove)
	opClear    = plain(Operation{Name: "clear"}, Service.Clear)
	opSetup    = plain(Operation{Name: "setup"}, Service.Setup)
	opImport   = plain(Operation{Name: "import"}, Service.Import)
	opEdit     = plain(Operation{Name: "edit"}, Service.EditProfile)
	opRotate   = plain(Operation{Name: "rotate"}, Service.Rotate)

	opSignIn  = plain(Operation{Name: "signin", Personal: true}, Service.SignIn)
	opSignOut = plain(Operation{Name: "signout"}, Service.SignOut)

	opListAccounts = plain(Operation{Name: "accounts"}, Service.ListAccounts)
	opSyncProfiles = plain(Operation{Name: "sync"}, Service.SyncProfiles)

	opLogin       = translated(Operation{Name: "login", HandsOut: true}, Service.Login, loginToWire, loginReply.result)
	opProfilesFor = translated(Operation{Name: "reaches", Harmless: true, Quick: true}, reaches, profilesToWire, profilesReply.names)
	opServices    = translated(Operation{Name: "services", Harmless: true, Quick: true,
		WhileLocked: "the console's services are the same for everybody"},
		view(Service.Services), servicesToWire, servicesReply.services)
	opBrowsers = plain(Operation{Name: "browsers", Harmless: true, Quick: true,
		WhileLocked: "what is installed, and the names of kept windows"}, view(Service.Browsers))
	opAgents = plain(Operation{Name: "agents", Harmless: true, Quick: true}, view(Service.Agents))
	opForget = plain(Operation{Name: "forget"}, act(Service.RemoveBrowserProfile))
	opRevoke = plain(Operation{Name: "revoke", Harmless: true, Personal: true, Quick: true,
		WhileLocked: "it takes away what was allowed"}, Service.Revoke)
	opFind = plain(Operation{Name: "find"}, act(Service.Find))

	opRenew = plain(Operation{Name: "renew"}, act(Service.Renew))
	opLock  = plain(Operation{Name: "lock", Harmless: true, Quick: true,
		WhileLocked: "a lock that comes twice is one"}, act(bare(Service.Lock)))
	opUnlock = plain(Operation{Name: "unlock", Personal: true, WhileLocked: "it ends the lock"}, act(Service.Unlock))
	opWatch  = plain(Operation{Name: "watch", Harmless: true, Lasting: true,
		WhileLocked: "it tells nothing but that something changed"}, act(watch))

	opServe       = translated(Operation{Name: "serve", HandsOut: true}, Service.Serve, serveToWire, serveReply.result)
	opStopServing = plain(Operation{Name: "unserve", Quick: true}, Service.StopServing)
	opServeCaller = translated(Operation{Name: "serve-caller", HandsOut: true, Lasting: true}, act(Service.ServeCaller),
		func(none) endpointReply { return endpointReply{} }, func(endpointReply) none { return none{} })

	opSettings = translated(Operation{Name: "settings", Harmless: true, Quick: true,
		WhileLocked: "they are in a file that any program can read"},
		view(Service.Settings), settingsToWire, settingsReply.settings)
	opSet    = plain(Operation{Name: "set"}, act(Service.Set))
	opTrust  = plain(Operation{Name: "trust-folder"}, act(Service.TrustFolder))
	opStatus = plain(Operation{Name: "status", Harmless: true, Quick: true,
		WhileLocked: "it says that it is locked"}, view(Service.Status))
	opStop = plain(Operation{Name: "stop", Quick: true, WhileLocked: "the lock outlasts the app"}, act(bare(Service.Stop)))

	table = []row{
		opCredentials, opProfiles, opExplain, opSnapshot, opDoctor, opIdentify, opAdd, opRemove, opClear, opSetup, opImport, opRotate, opEdit, opSignIn, opSignOut, opListAccounts, opSyncProfiles, opLogin, opProfilesFor,
		opServices, opBrowsers, opAgents, opForget, opFind, opRevoke, opRenew, opLock, opUnlock, opWatch, opServe, opStopServing, opServeCaller, opSettings, opSet, opTrust, opStatus, opStop,
	}
)

// The methods of [Client] are [Service] over a socket, each by its row.

func (c *Client) Credentials(ctx context.Context, r CredentialsRequest) (CredentialsResult, error) {
	return call(ctx, c, opCredentials, r)
}
func (c *Client) Profiles(ctx context.Context) ([]string, error) {
	return call(ctx, c, opProfiles, none{})
}
func (c *Client) Explain(ctx context.Context, r CredentialsRequest) (vaultcore.Explanation, error) {
	return call(ctx, c, opExplain, r)
}
func (c *Client) Snapshot(ctx context.Context) (vaultcore.Snapshot, error) {
	return call(ctx, c, opSnapshot, none{})
}
func (c *Client) Doctor(ctx context.Context, r DoctorRequest) (DoctorResult, error) {
	return call(ctx, c, opDoctor, r)
}
func (c *Client) Identify(ctx context.Context, r IdentifyRequest) (vaultcore.Identity, error) {
	return call(ctx, c, opIdentify, r)
}
func (c *Client) Add(ctx context.Context, r AddRequest) error { return tell(ctx, c, opAdd, r) }
func (c *Client) Remove(ctx context.Context, r RemoveRequest) (RemoveResult, error) {
	return call(ctx, c, opRemove, r)
}
func (c *Client) Clear(ctx context.Context, r ClearRequest) (RemoveResult, error) {
	return call(ctx, c, opClear, r)
}
func (c *Client) Setup(ctx context.Context, r SetupRequest) (SetupResult, error) {
	return call(ctx, c, opSetup, r)
}
func (c *Client) Import(ctx context.Context, r ImportRequest) (ImportResult, error) {
	return call(ctx, c, opImport, r)
}
func (c *Client) EditProfile(ctx context.Context, r EditRequest) (SetupResult, error) {
	return call(ctx, c, opEdit, r)
}
func (c *Client) Rotate(ctx context.Context, r RotateRequest) (RotateResult, error) {
	return call(ctx, c, opRotate, r)
}
func (c *Client) SignIn(ctx context.Context, r SignInRequest) (SignInResult, error) {
	return call(ctx, c, opSignIn, r)
}
func (c *Client) SignOut(ctx context.Context, r SignOutRequest) (SignOutResult, error) {
	return call(ctx, c, opSignOut, r)
}
func (c *Client) ListAccounts(ctx context.Context, r AccountsRequest) (AccountsResult, error) {
	return call(ctx, c, opListAccounts, r)
}
func (c *Client) SyncProfiles(ctx context.Context, r SyncRequest) (SyncResult, error) {
	return call(ctx, c, opSyncProfiles, r)
}
func (c *Client) Login(ctx context.Context, r LoginRequest) (LoginResult, error) {
	return call(ctx, c, opLogin, r)
}
func (c *Client) ProfilesFor(ctx context.Context, address string) ([]string, error) {
	return call(ctx, c, opProfilesFor, addressRequest{address})
}
func (c *Client) Services(ctx context.Context) ([]ConsoleService, error) {
	return call(ctx, c, opServices, none{})
}
func (c *Client) Browsers(ctx context.Context) (BrowsersResult, error) {
	return call(ctx, c, opBrowsers, none{})
}
func (c *Client) Agents(ctx context.Context) (AgentsResult, error) {
	return call(ctx, c, opAgents, none{})
}
func (c *Client) RemoveBrowserProfile(ctx context.Context, r ForgetRequest) error {
	return tell(ctx, c, opForget, r)
}
func (c *Client) Revoke(ctx context.Context, r RevokeRequest) (RevokeResult, error) {
	return call(ctx, c, opRevoke, r)
}
func (c *Client) Find(ctx context.Context, r FindRequest) error { return tell(ctx, c, opFind, r) }
func (c *Client) Renew(ctx context.Context, r CredentialsRequest) error {
	return tell(ctx, c, opRenew, r)
}
func (c *Client) Lock(ctx context.Context) error                    { return tell(ctx, c, opLock, none{}) }
func (c *Client) Unlock(ctx context.Context, r UnlockRequest) error { return tell(ctx, c, opUnlock, r) }
func (c *Client) Watch(ctx context.Context, changed func()) error {
	return tell(ctx, c, opWatch, watchRequest{changed})
}
func (c *Client) Serve(ctx context.Context, r ServeRequest) (ServeResult, error) {
	return call(ctx, c, opServe, r)
}
func (c *Client) StopServing(ctx context.Context, r StopServingRequest) (StopServingResult, error) {
	return call(ctx, c, opStopServing, r)
}
func (c *Client) ServeCaller(ctx context.Context, r ServeCallerRequest) error {
	_, err := call(ctx, c, opServeCaller, r)
	return err
}
func (c *Client) Settings(ctx context.Context) ([]Setting, error) {
	return call(ctx, c, opSettings, none{})
}
func (c *Client) Set(ctx context.Context, r SetRequest) error { return tell(ctx, c, opSet, r) }
func (c *Client) TrustFolder(ctx context.Context, r FolderRequest) error {
	return tell(ctx, c, opTrust, r)
}
func (c *Client) Status(ctx context.Context) (Status, error) { return call(ctx, c, opStatus, none{}) }
func (c *Client) Stop(ctx context.Context) error             { return tell(ctx, c, opStop, none{}) }

// The methods of [Guarded] go through its Around.

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
func (g Guarded) Doctor(ctx context.Context, r DoctorRequest) (DoctorResult, error) {
	return guard(ctx, g, opDoctor, r)
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
func (g Guarded) Import(ctx context.Context, r ImportRequest) (ImportResult, error) {
	return guard(ctx, g, opImport, r)
}
func (g Guarded) EditProfile(ctx context.Context, r EditRequest) (SetupResult, error) {
	return guard(ctx, g, opEdit, r)
}
func (g Guarded) Rotate(ctx context.Context, r RotateRequest) (RotateResult, error) {
	return guard(ctx, g, opRotate, r)
}
func (g Guarded) SignIn(ctx context.Context, r SignInRequest) (SignInResult, error) {
	return guard(ctx, g, opSignIn, r)
}
func (g Guarded) SignOut(ctx context.Context, r SignOutRequest) (SignOutResult, error) {
	return guard(ctx, g, opSignOut, r)
}
func (g Guarded) ListAccounts(ctx context.Context, r AccountsRequest) (AccountsResult, error) {
	return guard(ctx, g, opListAccounts, r)
}
func (g Guarded) SyncProfiles(ctx context.Context, r SyncRequest) (SyncResult, error) {
	return guard(ctx, g, opSyncProfiles, r)
}
func (g Guarded) Login(ctx context.Context, r LoginRequest) (LoginResult, error) {
	return guard(ctx, g, opLogin, r)
}
func (g Guarded) ProfilesFor(ctx context.Context, address string) ([]string, error) {
	return guard(ctx, g, opProfilesFor, addressRequest{address})
}
func (g Guarded) Services(ctx context.Context) ([]ConsoleService, error) {
	return guard(ctx, g, opServices, none{})
}
func (g Guarded) Browsers(ctx context.Context) (BrowsersResult, error) {
	return guard(ctx, g, opBrowsers, none{})
}
func (g Guarded) Agents(ctx context.Context) (AgentsResult, error) {
	return guard(ctx, g, opAgents, none{})
}
func (g Guarded) RemoveBrowserProfile(ctx context.Context, r ForgetRequest) error {
	return guardOnly(ctx, g, opForget, r)
}
func (g Guarded) Revoke(ctx context.Context, r RevokeRequest) (RevokeResult, error) {
	return guard(ctx, g, opRevoke, r)
}
func (g Guarded) Find(ctx context.Context, r FindRequest) error { return guardOnly(ctx, g, opFind, r) }
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
func (g Guarded) Serve(ctx context.Context, r ServeRequest) (ServeResult, error) {
	return guard(ctx, g, opServe, r)
}
func (g Guarded) StopServing(ctx context.Context, r StopServingRequest) (StopServingResult, error) {
	return guard(ctx, g, opStopServing, r)
}
func (g Guarded) ServeCaller(ctx context.Context, r ServeCallerRequest) error {
	_, err := guard(ctx, g, opServeCaller, r)
	return err
}
func (g Guarded) Settings(ctx context.Context) ([]Setting, error) {
	return guard(ctx, g, opSettings, none{})
}
func (g Guarded) Set(ctx context.Context, r SetRequest) error { return guardOnly(ctx, g, opSet, r) }
func (g Guarded) TrustFolder(ctx context.Context, r FolderRequest) error {
	return guardOnly(ctx, g, opTrust, r)
}
func (g Guarded) Status(ctx context.Context) (Status, error) { return guard(ctx, g, opStatus, none{}) }
func (g Guarded) Stop(ctx context.Context) error             { return guardOnly(ctx, g, opStop, none{}) }

// Operations returns the table.
func Operations() []Operation {
	var all []Operation
	for _, row := range table {
		all = append(all, *row.operation())
	}
	return all
}
