package agent

import (
	"context"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/audit/record"
)

// Operation is what is known of one verb of the protocol.
type Operation struct {
	Name string
	// WhileLocked is why it is served while Vaultbar is locked: it needs no secret
	// and changes nothing, or is how a lock is seen, made and ended. One without a
	// reason is refused: a new one is, until somebody decides otherwise.
	WhileLocked string
	// HandsOut says that it gives credentials of a profile to a program, or what is as
	// good as them.
	HandsOut bool
	// Harmless says that it hands out nothing and changes nothing, or only locks.
	Harmless bool
	// Personal says that only a person does it: an AI agent is refused, whatever the
	// settings say.
	Personal bool
	// Lasting says that it goes on until its caller leaves.
	Lasting bool
	// Record is of which kind the line is that it leaves in the audit trail. One that is
	// not harmless leaves a line of [record.Change] where it says nothing here, unless
	// Unrecorded is why it leaves none.
	Record     record.Kind
	Unrecorded string
	// Quick says that it asks no person and waits for no network.
	Quick bool
}

// The table of operations: a row each. Requests and results are their own form on
// the wire, but for what carries secrets or durations (see wire.go).
var (
	opCredentials = translated(Operation{Name: "credentials", Record: record.Issue, HandsOut: true}, Service.Credentials, credentialsToWire, credentialsReply.result)
	opProfiles    = translated(Operation{Name: "profiles", Harmless: true, Quick: true,
		WhileLocked: "the names are in the config file, which any program can read"},
		view(Service.Profiles), profilesToWire, profilesReply.names)
	opExplain  = plain(Operation{Name: "explain", Harmless: true, Quick: true}, Service.Explain)
	opSnapshot = translated(Operation{Name: "snapshot", Harmless: true, Quick: true}, view(Service.Snapshot), snapshotToWire, snapshotReply.snapshot)

	opDoctor   = plain(Operation{Name: "doctor", Harmless: true}, Service.Doctor)
	opIdentify = plain(Operation{Name: "identify",
		Unrecorded: "it asks AWS whose a key is that the caller has"}, Service.Identify)
	opAdd    = plain(Operation{Name: "add", Record: record.Key}, act(Service.Add))
	opRemove = plain(Operation{Name: "remove", Record: record.Key}, Service.Remove)
	opClear  = plain(Operation{Name: "clear", Record: record.Session}, Service.Clear)
	opSetup  = plain(Operation{Name: "setup", Record: record.Config}, Service.Setup)
	opImport = plain(Operation{Name: "import", Record: record.Key}, Service.Import)
	opEdit   = plain(Operation{Name: "edit", Record: record.Config}, Service.EditProfile)
	opRotate = plain(Operation{Name: "rotate", Record: record.Key}, Service.Rotate)

	opSignIn  = plain(Operation{Name: "signin", Record: record.SignIn, Personal: true}, Service.SignIn)
	opSignOut = plain(Operation{Name: "signout", Record: record.SignIn}, Service.SignOut)

	opListAccounts = plain(Operation{Name: "accounts",
		Unrecorded: "it lists what the person may reach; credentials of it are issued by an operation of their own"}, Service.ListAccounts)
	opSyncProfiles = plain(Operation{Name: "sync", Record: record.Config}, Service.SyncProfiles)

	opLogin       = translated(Operation{Name: "login", Record: record.Issue, HandsOut: true}, Service.Login, loginToWire, loginReply.result)
	opProfilesFor = translated(Operation{Name: "reaches", Harmless: true, Quick: true}, profilesFor, profilesToWire, profilesReply.names)
	opServices    = translated(Operation{Name: "services", Harmless: true, Quick: true,
		WhileLocked: "the console's services are the same for everybody"},
		view(Service.Services), servicesToWire, servicesReply.services)
	opBrowsers = plain(Operation{Name: "browsers", Harmless: true, Quick: true,
		WhileLocked: "what is installed, and the names of kept windows"}, view(Service.Browsers))
	opAgents               = plain(Operation{Name: "agents", Harmless: true, Quick: true}, view(Service.Agents))
	opRemoveBrowserProfile = plain(Operation{Name: "forget", Unrecorded: "it removes a browser's folder"}, act(Service.RemoveBrowserProfile))
	opRevoke               = plain(Operation{Name: "revoke", Record: record.Approval, Harmless: true, Personal: true, Quick: true,
		WhileLocked: "it takes away what was allowed"}, Service.Revoke)
	opFind = plain(Operation{Name: "find",
		Unrecorded: "what the person chooses there is an operation of its own"}, act(Service.Find))

	opRenew = plain(Operation{Name: "renew", Record: record.Session}, act(Service.Renew))
	opLock  = plain(Operation{Name: "lock", Record: record.Lock, Harmless: true, Quick: true,
		WhileLocked: "a lock that comes twice is one"}, act(bare(Service.Lock)))
	opUnlock = plain(Operation{Name: "unlock", Record: record.Lock, Personal: true, WhileLocked: "it ends the lock"}, act(Service.Unlock))
	opWatch  = plain(Operation{Name: "watch", Harmless: true, Lasting: true,
		WhileLocked: "it tells nothing but that something changed"}, act(watch))

	opServe       = translated(Operation{Name: "serve", Record: record.Issue, HandsOut: true}, Service.Serve, serveToWire, serveReply.result)
	opStopServing = plain(Operation{Name: "unserve", Record: record.Session, Quick: true}, Service.StopServing)
	opServeCaller = translated(Operation{Name: "serve-caller", HandsOut: true, Lasting: true,
		Unrecorded: "each time that a program is served leaves a line of its own"}, act(Service.ServeCaller),
		func(none) endpointReply { return endpointReply{} }, func(endpointReply) none { return none{} })

	opSettings = translated(Operation{Name: "settings", Harmless: true, Quick: true,
		WhileLocked: "they are in a file that any program can read"},
		view(Service.Settings), settingsToWire, settingsReply.settings)
	opSet    = plain(Operation{Name: "set", Record: record.Setting}, act(Service.Set))
	opTrust  = plain(Operation{Name: "trust-folder", Record: record.Setting}, act(Service.TrustFolder))
	opStatus = plain(Operation{Name: "status", Harmless: true, Quick: true,
		WhileLocked: "it says that it is locked"}, view(Service.Status))
	opStop = plain(Operation{Name: "stop", Record: record.App, Quick: true, WhileLocked: "the lock outlasts the app"}, act(bare(Service.Stop)))
)

// table is all rows, for the server: a client links none of what serves them.
func table() []row {
	return []row{
		opCredentials, opProfiles, opExplain, opSnapshot, opDoctor, opIdentify, opAdd, opRemove, opClear, opSetup, opImport, opRotate, opEdit, opSignIn, opSignOut, opListAccounts, opSyncProfiles, opLogin, opProfilesFor,
		opServices, opBrowsers, opAgents, opRemoveBrowserProfile, opFind, opRevoke, opRenew, opLock, opUnlock, opWatch, opServe, opStopServing, opServeCaller, opSettings, opSet, opTrust, opStatus, opStop,
	}
}

// carry runs a task: over a socket, or here and through something else. It is a
// [Service], each method of which is its row. It is held by pointer: a method of a value
// is in the program once more, and once more again for what embeds it.
type carry struct {
	out func(context.Context, task) error
}

var _ Service = (*carry)(nil)

func (c *carry) Credentials(ctx context.Context, r CredentialsRequest) (CredentialsResult, error) {
	return do(ctx, c, opCredentials, r)
}
func (c *carry) Profiles(ctx context.Context) ([]string, error) {
	return do(ctx, c, opProfiles, none{})
}
func (c *carry) Explain(ctx context.Context, r CredentialsRequest) (vaultcore.Explanation, error) {
	return do(ctx, c, opExplain, r)
}
func (c *carry) Snapshot(ctx context.Context) (vaultcore.Snapshot, error) {
	return do(ctx, c, opSnapshot, none{})
}
func (c *carry) Doctor(ctx context.Context, r DoctorRequest) (DoctorResult, error) {
	return do(ctx, c, opDoctor, r)
}
func (c *carry) Identify(ctx context.Context, r IdentifyRequest) (vaultcore.Identity, error) {
	return do(ctx, c, opIdentify, r)
}
func (c *carry) Add(ctx context.Context, r AddRequest) error { return doOnly(ctx, c, opAdd, r) }
func (c *carry) Remove(ctx context.Context, r RemoveRequest) (RemoveResult, error) {
	return do(ctx, c, opRemove, r)
}
func (c *carry) Clear(ctx context.Context, r ClearRequest) (RemoveResult, error) {
	return do(ctx, c, opClear, r)
}
func (c *carry) Setup(ctx context.Context, r SetupRequest) (SetupResult, error) {
	return do(ctx, c, opSetup, r)
}
func (c *carry) Import(ctx context.Context, r ImportRequest) (ImportResult, error) {
	return do(ctx, c, opImport, r)
}
func (c *carry) EditProfile(ctx context.Context, r EditRequest) (SetupResult, error) {
	return do(ctx, c, opEdit, r)
}
func (c *carry) Rotate(ctx context.Context, r RotateRequest) (RotateResult, error) {
	return do(ctx, c, opRotate, r)
}
func (c *carry) SignIn(ctx context.Context, r SignInRequest) (SignInResult, error) {
	return do(ctx, c, opSignIn, r)
}
func (c *carry) SignOut(ctx context.Context, r SignOutRequest) (SignOutResult, error) {
	return do(ctx, c, opSignOut, r)
}
func (c *carry) ListAccounts(ctx context.Context, r AccountsRequest) (AccountsResult, error) {
	return do(ctx, c, opListAccounts, r)
}
func (c *carry) SyncProfiles(ctx context.Context, r SyncRequest) (SyncResult, error) {
	return do(ctx, c, opSyncProfiles, r)
}
func (c *carry) Login(ctx context.Context, r LoginRequest) (LoginResult, error) {
	return do(ctx, c, opLogin, r)
}
func (c *carry) ProfilesFor(ctx context.Context, address string) ([]string, error) {
	return do(ctx, c, opProfilesFor, addressRequest{address})
}
func (c *carry) Services(ctx context.Context) ([]ConsoleService, error) {
	return do(ctx, c, opServices, none{})
}
func (c *carry) Browsers(ctx context.Context) (BrowsersResult, error) {
	return do(ctx, c, opBrowsers, none{})
}
func (c *carry) Agents(ctx context.Context) (AgentsResult, error) {
	return do(ctx, c, opAgents, none{})
}
func (c *carry) RemoveBrowserProfile(ctx context.Context, r BrowserProfileRequest) error {
	return doOnly(ctx, c, opRemoveBrowserProfile, r)
}
func (c *carry) Revoke(ctx context.Context, r RevokeRequest) (RevokeResult, error) {
	return do(ctx, c, opRevoke, r)
}
func (c *carry) Find(ctx context.Context, r FindRequest) error { return doOnly(ctx, c, opFind, r) }
func (c *carry) Renew(ctx context.Context, r CredentialsRequest) error {
	return doOnly(ctx, c, opRenew, r)
}
func (c *carry) Lock(ctx context.Context) error { return doOnly(ctx, c, opLock, none{}) }
func (c *carry) Unlock(ctx context.Context, r UnlockRequest) error {
	return doOnly(ctx, c, opUnlock, r)
}
func (c *carry) Watch(ctx context.Context, changed func()) error {
	return doOnly(ctx, c, opWatch, watchRequest{changed})
}
func (c *carry) Serve(ctx context.Context, r ServeRequest) (ServeResult, error) {
	return do(ctx, c, opServe, r)
}
func (c *carry) StopServing(ctx context.Context, r StopServingRequest) (StopServingResult, error) {
	return do(ctx, c, opStopServing, r)
}
func (c *carry) ServeCaller(ctx context.Context, r ServeCallerRequest) error {
	return doOnly(ctx, c, opServeCaller, r)
}
func (c *carry) Settings(ctx context.Context) ([]Setting, error) {
	return do(ctx, c, opSettings, none{})
}
func (c *carry) Set(ctx context.Context, r SetRequest) error { return doOnly(ctx, c, opSet, r) }
func (c *carry) TrustFolder(ctx context.Context, r FolderRequest) error {
	return doOnly(ctx, c, opTrust, r)
}
func (c *carry) Status(ctx context.Context) (Status, error) { return do(ctx, c, opStatus, none{}) }
func (c *carry) Stop(ctx context.Context) error             { return doOnly(ctx, c, opStop, none{}) }

// Operations returns the table.
func Operations() []Operation {
	var all []Operation
	for _, row := range table() {
		all = append(all, *row.operation())
	}
	return all
}
