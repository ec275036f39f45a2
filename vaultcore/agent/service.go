package agent

import (
	"context"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Service is all that Vaultbar's app does for the outside: the one interface
// that the command line and the menu bar see. The app implements it, [Client]
// implements it over a socket, and one suite of tests holds both to it.
//
// Errors answer errors.Is for the sentinels of package vaultcore, on both
// sides of the socket.
type Service interface {
	// Credentials returns credentials of a profile, from memory, from the
	// keychain or from AWS, asking the person where it must. It may return:
	// any sentinel of vaultcore.
	Credentials(context.Context, CredentialsRequest) (CredentialsResult, error)
	// Profiles returns the names of the profiles of the config file. It needs no
	// keychain, and is served while locked.
	Profiles(context.Context) ([]string, error)
	// Explain says how a profile's credentials are obtained and what their next
	// use would ask for. It asks nobody and calls no network.
	Explain(context.Context, CredentialsRequest) (vaultcore.Explanation, error)
	// Snapshot returns the state of everything, without secrets, without
	// asking anybody.
	Snapshot(context.Context) (vaultcore.Snapshot, error)

	// Doctor looks at how things are set up, and says what is wrong. It asks nobody, and
	// AWS only where that is trusted. It may return: ErrNoProfile.
	Doctor(context.Context, DoctorRequest) (DoctorResult, error)

	// Identify asks AWS whose key this is. Nothing is stored.
	Identify(context.Context, IdentifyRequest) (vaultcore.Identity, error)
	// Add stores a long-term key in the keychain, replacing an older one of the
	// same name, and adds the profile to the config file when asked to.
	Add(context.Context, AddRequest) error
	// Remove deletes the long-term key stored for a profile and ends every
	// session that came from it. It may return: ErrNoCredentials.
	Remove(context.Context, RemoveRequest) (RemoveResult, error)
	// Clear ends the sessions of a profile, or all with the empty name, and
	// returns how many there were.
	Clear(context.Context, ClearRequest) (RemoveResult, error)
	// Setup shows the change to the config file that lets AWS's own tools use a
	// profile through Vaultbar, and makes it once it was agreed to. It may
	// return: ErrBusy when the change is no longer the one that was agreed to.
	Setup(context.Context, SetupRequest) (SetupResult, error)

	// EditProfile shows the change to the config file that sets the region of a
	// profile, or adds a role that starts from one, and makes it once it was agreed to.
	// It may return: ErrNoProfile, ErrRequest for a value that cannot be written or a
	// name that is taken, ErrConfig, ErrBusy when the change is no longer the one that
	// was agreed to.
	EditProfile(context.Context, EditRequest) (SetupResult, error)

	// SignIn has a person sign in to what a profile, or a sign-in of that name, needs;
	// the empty name is the one sign-in that there is. It may return: ErrNoProfile,
	// ErrRequest for a profile that needs none, ErrNobodyToAsk, ErrCanceled,
	// ErrRefused, ErrNoAnswer, ErrConfig, ErrLocked.
	SignIn(context.Context, SignInRequest) (SignInResult, error)
	// SignOut signs out of that of a name, or of all with the empty name: at AWS, in
	// memory and in the keychain, and ends the sessions that came of it. It may return:
	// ErrNoProfile, ErrRequest, ErrKeychain.
	SignOut(context.Context, SignOutRequest) (SignOutResult, error)

	// ListAccounts lists the accounts that a person has through a sign-in to IAM
	// Identity Center, and their roles where these are asked for: a page at each
	// call, each of which takes a second or so. A listing that was cut short goes on
	// where it was. It may return: what SignIn returns.
	ListAccounts(context.Context, AccountsRequest) (AccountsResult, error)
	// SyncProfiles shows the change to the config file that gives each role of each
	// account a profile, as ListAccounts has listed them a moment ago, and makes it
	// once it was agreed to. It may return: ErrNoProfile, ErrRequest, ErrConfig,
	// ErrNoAnswer when the listing is not whole, ErrBusy when the change is no longer
	// the one that was agreed to.
	SyncProfiles(context.Context, SyncRequest) (SyncResult, error)

	// Import shows which keys in plain text can be moved into the keychain, having
	// checked each with AWS, and moves them once that was agreed to. A key leaves its
	// file only after it was read back from the keychain. It may return: ErrBusy when
	// the files are no longer those that were agreed to.
	Import(context.Context, ImportRequest) (ImportResult, error)

	// Rotate shows how the long-term key that a profile starts from can be replaced by
	// a new one, and does it once that was agreed to: the new key works before it is
	// used, and the old one is deleted some time later. A rotation that was ended in the
	// middle goes on where it was. It may return: ErrRefused, also where the user has a
	// second key; ErrBusy when things are no longer as they were shown.
	Rotate(context.Context, RotateRequest) (RotateResult, error)

	// Login signs a profile in to the AWS console: it opens the console in a
	// browser, or with Print returns the address that signs in, which is as
	// good as the credentials. It may return: what Credentials returns.
	Login(context.Context, LoginRequest) (LoginResult, error)
	// ProfilesFor lists the profiles that reach the account of a console address
	// or an ARN. It may return: ErrRequest for text that is neither, ErrLocked.
	ProfilesFor(ctx context.Context, address string) ([]string, error)
	// Services lists the services of the console that have a short name.
	Services(context.Context) ([]ConsoleService, error)
	// Browsers lists the browsers that were found, and the browser profiles
	// that are kept for isolated consoles.
	Browsers(context.Context) (BrowsersResult, error)
	// Agents says which programs are taken for AI agents, and what they get of each
	// profile. It asks nobody.
	Agents(context.Context) (AgentsResult, error)
	// RemoveBrowserProfile removes a browser profile that is kept for isolated consoles. It
	// may return: ErrRequest when there is none, ErrBusy while it is open.
	RemoveBrowserProfile(context.Context, BrowserProfileRequest) error

	// Find lets the person find a profile on the desktop and do something with it, as
	// the menu does: they are told there when that fails. It may return: ErrNoProfile
	// when there are none, ErrNobodyToAsk, ErrCanceled, ErrBusy while they are at it.
	Find(context.Context, FindRequest) error

	// Revoke ends what the person has allowed a program for a while, or all of it; see
	// [vaultcore.Snapshot]. It may return: ErrRequest for an id that is no grant's.
	Revoke(context.Context, RevokeRequest) (RevokeResult, error)

	// Renew gets a fresh session of a profile, and where the session below it
	// ends soon and needs an MFA code, a fresh one of that too. It may return:
	// what Credentials returns.
	Renew(context.Context, CredentialsRequest) error
	// Lock forgets every session and the keychain's passphrase, ends what is
	// in progress, and until Unlock refuses every operation that needs a secret or
	// changes something. It lasts over a restart; an error says that it is
	// locked, but that this could not be saved.
	Lock(context.Context) error
	// Unlock opens the keychain, asking where it must, and ends a Lock. It may
	// return: ErrCanceled, ErrNobodyToAsk, ErrLocked.
	Unlock(context.Context, UnlockRequest) error
	// Watch calls changed at once, and after every change that a Snapshot would
	// show, until ctx ends or the app does. Changes may be told together.
	Watch(ctx context.Context, changed func()) error

	// Serve serves the credentials of a profile on a port of this machine, as to a
	// container of ECS, until StopServing, a lock or the app's end. It returns once there
	// is a session to serve; a profile that is served already goes on with the token that
	// it has. It may return: what ServeCaller returns.
	Serve(context.Context, ServeRequest) (ServeResult, error)
	// StopServing ends what Serve began, for some profiles or for all.
	StopServing(context.Context, StopServingRequest) (StopServingResult, error)
	// ServeCaller serves the credentials of a profile on a port of this machine, in one
	// of the ways that AWS's SDKs ask for them, until the caller leaves. It calls Ready
	// once there is a session to serve, for which a person may be asked; later ones are
	// got when a program asks. While Vaultbar is locked programs are refused, and served
	// again afterwards. It may return: what Credentials returns, ErrBusy where the port
	// is taken.
	ServeCaller(context.Context, ServeCallerRequest) error

	// Settings returns all settings with their values.
	Settings(context.Context) ([]Setting, error)
	// Set changes a setting, of Vaultbar or of one profile. What gives up a
	// protection is asked of the person first. It may return: ErrRequest for a
	// setting or a value that does not exist, ErrCanceled, ErrNobodyToAsk.
	Set(context.Context, SetRequest) error

	// TrustFolder has the file .vaultbar of a folder be used, as long as it is as it is
	// now, once the person has allowed that; or no more, which needs nobody. It may
	// return: ErrRequest for a file that names no profile, or another; ErrNoProfile,
	// ErrCanceled, ErrNobodyToAsk.
	TrustFolder(context.Context, FolderRequest) error

	// Status describes the running app.
	Status(context.Context) (Status, error)
	// Stop ends the app; it returns when the app has begun to.
	Stop(context.Context) error
}
