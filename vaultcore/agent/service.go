package agent

import (
	"context"
	"time"

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
	// Explain says how a profile's credentials come about and what their next
	// use would ask for. It asks nobody and calls no network.
	Explain(context.Context, CredentialsRequest) (vaultcore.Explanation, error)
	// Snapshot returns the state of everything, without secrets, without
	// asking anybody.
	Snapshot(context.Context) (vaultcore.Snapshot, error)

	// Doctor looks at how things are set up, and says what is wrong. It asks nobody, and
	// AWS only where that is trusted. It may return: ErrNoProfile.
	Doctor(context.Context, DoctorRequest) (DoctorResult, error)

	// Identify asks AWS whose key this is. Nothing is kept.
	Identify(context.Context, IdentifyRequest) (vaultcore.Identity, error)
	// Add keeps a long-term key in the keychain, replacing an older one of the
	// same name, and adds the profile to the config file when asked to.
	Add(context.Context, AddRequest) error
	// Remove deletes the long-term key kept for a profile and ends every
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

	// ListAccounts lists the accounts that a person reaches by a sign-in to IAM
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
	RemoveBrowserProfile(context.Context, ForgetRequest) error

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
	// under way, and until Unlock refuses every operation that needs a secret or
	// changes something. It lasts over a restart; an error says that it is
	// locked, but that this could not be written down.
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

// CredentialsRequest asks for credentials of a profile, or for the explanation
// of how they would come about.
type CredentialsRequest struct {
	Profile string
	// MinTTL is the least time the session must still live. 0 means: 15 min
	// where that needs no question, else whatever lives.
	MinTTL    time.Duration
	NoSession bool          // hand out the long-term key itself
	Duration  time.Duration // of the session asked for; 0 means as configured
	Region    string        // instead of the profile's
	Caller    vaultcore.Caller
}

// CredentialsResult is what a program needs to work as a profile.
type CredentialsResult struct {
	Credentials vaultcore.Credentials
	Region      string   // empty when neither config nor request names one
	Warnings    []string // for stderr, a line each
	Protected   bool     // the profile is, which a shell of it shows
	Issued      Issued   // for the app itself
}

// Issued says whose credentials were handed out, for those who keep account of it. It
// stays in the app and holds no secret.
type Issued struct {
	Account     string // 12 digits; empty when not known
	Role        string // its name; empty for a user's
	SessionName string // of a role that was assumed
	AccessKeyID string
	Expires     time.Time // zero for a long-term key
}

// IdentifyRequest asks whose key this is.
type IdentifyRequest struct {
	Profile string                `json:"profile,omitempty"` // for its region and endpoint; need not exist
	Key     vaultcore.Credentials `json:"-"`
	Caller  vaultcore.Caller      `json:"-"` // its person may be asked where the key's requests may go
}

// AddRequest keeps a key.
type AddRequest struct {
	Profile string                `json:"profile,omitempty"`
	Region  string                `json:"region,omitempty"`
	Key     vaultcore.Credentials `json:"-"`
	// EditConfig adds the profile to the config file when it is missing there,
	// and sets MFASerial and Region where they are not empty.
	EditConfig bool             `json:"edit_config,omitempty"`
	MFASerial  string           `json:"mfa_serial,omitempty"`
	Caller     vaultcore.Caller `json:"-"` // its person may be asked for the keychain's passphrase
}

// RemoveRequest deletes the key of a profile.
type RemoveRequest struct {
	Profile string           `json:"profile,omitempty"`
	Caller  vaultcore.Caller `json:"-"`
}

// ClearRequest ends sessions.
type ClearRequest struct {
	Profile string           `json:"profile,omitempty"` // empty for all
	Caller  vaultcore.Caller `json:"-"`
}

// RemoveResult counts what ended.
type RemoveResult struct {
	Sessions int `json:"sessions"`
}

// SignInRequest asks a person to sign in.
type SignInRequest struct {
	Name       string           `json:"name,omitempty"` // of a sign-in, or of a profile that uses it
	DeviceCode bool             `json:"device_code,omitempty"`
	NoBrowser  bool             `json:"no_browser,omitempty"`
	Force      bool             `json:"force,omitempty"` // end what lives at AWS first
	Caller     vaultcore.Caller `json:"-"`
}

// SignInResult says what came of it.
type SignInResult struct {
	Name     string    `json:"name"`
	Expires  time.Time `json:"expires,omitzero"` // end of the access token
	Ends     time.Time `json:"ends,omitzero"`    // when AWS is expected to ask again; zero when that is not known
	Fresh    bool      `json:"fresh,omitempty"`  // false: somebody was signed in already
	Warnings []string  `json:"warnings,omitempty"`
}

// SignOutRequest signs out.
type SignOutRequest struct {
	Name   string           `json:"name,omitempty"` // of a sign-in, or of a profile that uses it; empty for all
	Caller vaultcore.Caller `json:"-"`
}

// SignOutResult counts what ended.
type SignOutResult struct {
	SignIns  int      `json:"sign_ins"`
	Sessions int      `json:"sessions"`
	LivesOn  []string `json:"lives_on,omitempty"` // what AWS or other programs still accept, a sentence each
}

// DoctorRequest asks what is wrong with how things are set up.
type DoctorRequest struct {
	Profile string                 `json:"profile,omitempty"`
	Online  bool                   `json:"online,omitempty"` // ask AWS too
	Seen    vaultcore.Surroundings `json:"seen,omitzero"`
	Caller  vaultcore.Caller       `json:"-"`
}

// DoctorResult is what was found, good and bad.
type DoctorResult struct {
	Checks   []vaultcore.Check  `json:"checks"`
	Searches []vaultcore.Search `json:"searches,omitempty"` // of the profile that was named
}

// SetupRequest changes the config file so that AWS's own tools ask Vaultbar.
type SetupRequest struct {
	Profiles []string `json:"profiles,omitempty"`
	Command  string   `json:"command,omitempty"` // the absolute path of the vaultbar command
	Undo     bool     `json:"undo,omitempty"`    // take out what Setup wrote
	Agreed   string   `json:"agreed,omitempty"`  // the Diff that was shown and is to be made; empty only shows one
}

// SetupResult is a change to the config file.
type SetupResult struct {
	File    string   `json:"file"`            // the config file
	Diff    string   `json:"diff,omitempty"`  // the change, as a unified diff; empty when there is none
	Notes   []string `json:"notes,omitempty"` // what the person should know, a sentence each
	Applied bool     `json:"applied,omitempty"`
}

// EditRequest sets the region of a profile or, with RoleARN, adds a profile of a role.
type EditRequest struct {
	Profile string `json:"profile,omitempty"`
	Region  string `json:"region,omitempty"`   // of a new profile: empty for that of Source
	RoleARN string `json:"role_arn,omitempty"` // of a new profile
	Source  string `json:"source,omitempty"`   // the profile that the role starts from
	Agreed  string `json:"agreed,omitempty"`   // the Diff that was shown and is to be made; empty only shows one
}

// ImportRequest moves keys in plain text, or those of aws-vault, into the keychain.
type ImportRequest struct {
	Profiles []string `json:"profiles,omitempty"` // none for all
	// AWSVault says where aws-vault keeps its keys, which are copied from there; nil
	// takes those in plain text.
	AWSVault *vaultcore.AWSVault `json:"aws_vault,omitempty"`
	CSV      string              `json:"csv,omitempty"`       // the absolute path of a file of the IAM console, whose keys are moved instead
	Command  string              `json:"command,omitempty"`   // the absolute path of the vaultbar command, for AWS's own tools; empty leaves those as they are
	Remove   bool                `json:"remove,omitempty"`    // with AWSVault: remove the keys there, once they have been read back from the keychain
	Keep     bool                `json:"keep,omitempty"`      // leave the plain lines where they are
	NoVerify bool                `json:"no_verify,omitempty"` // do not check the keys with AWS
	NoMFA    bool                `json:"no_mfa,omitempty"`    // do not set the MFA device of a key's user
	Agreed   string              `json:"agreed,omitempty"`    // the Plan that was shown and is to be carried out; empty only shows one
	Caller   vaultcore.Caller    `json:"-"`
}

// ImportResult is what is to move, and what has moved.
type ImportResult struct {
	Keys    []ImportedKey `json:"keys"`
	File    string        `json:"file"`              // the config file
	Diff    string        `json:"diff,omitempty"`    // the change to it, as a unified diff
	Notes   []string      `json:"notes,omitempty"`   // what the person should know, a sentence each
	Plan    string        `json:"plan,omitempty"`    // names all of this; empty when there is nothing to move
	Applied bool          `json:"applied,omitempty"` // it was carried out
	Backups []string      `json:"backups,omitempty"` // where the files are as they were, with the keys
}

// ImportedKey is one key in plain text.
type ImportedKey struct {
	vaultcore.PlainKey
	ID        string             `json:"id,omitempty"` // masked
	Identity  vaultcore.Identity `json:"identity,omitzero"`
	MFASerial string             `json:"mfa_serial,omitempty"` // the device that its profile gets
	Kept      bool               `json:"kept,omitempty"`       // the keychain has it already
	Why       string             `json:"why,omitempty"`        // why it is not moved
	Hint      string             `json:"hint,omitempty"`
}

// LoginRequest signs a profile in to the console. Of Service, Path and Address
// at most one is given; none means the console's home page.
//
// Link says that a vaultbar:// link asks, which any web page can hold: the person
// is asked on the desktop before the first one, and where several profiles reach
// the account of Address, which one; Profile is then empty.
type LoginRequest struct {
	Profile  string        `json:"profile,omitempty"`
	Duration time.Duration `json:"-"`
	Region   string        `json:"region,omitempty"`  // instead of the profile's
	Service  string        `json:"service,omitempty"` // a short name such as "ec2"
	Path     string        `json:"path,omitempty"`    // of the console, such as "/ec2/home#Instances:"
	Address  string        `json:"address,omitempty"` // a console address or an ARN
	Link     bool          `json:"link,omitempty"`

	Print       bool `json:"print,omitempty"`        // return the address instead of opening a browser
	LogoutFirst bool `json:"logout_first,omitempty"` // by way of the console's sign-out, for browsers without AWS's multi-session console

	Browser    string    `json:"browser,omitempty"` // by name; empty for the person's own
	Isolated   Isolation `json:"isolation,omitempty"`
	IsolatedAs string    `json:"isolated,omitempty"` // the name of the kept browser profile; empty for the AWS profile's
	Private    bool      `json:"private,omitempty"`  // in a private window

	Caller vaultcore.Caller `json:"-"`
}

// Isolation says whether a console opens in a browser profile of its own.
type Isolation string

// The values of Isolation.
const (
	IsolatedAsSet Isolation = "" // as the settings say
	IsolatedYes   Isolation = "yes"
	IsolatedNo    Isolation = "no"
)

// LoginResult says what Login did.
type LoginResult struct {
	Address  vaultcore.Secret `json:"-"`                  // with Print: what signs in, for 15 minutes
	Browser  string           `json:"browser,omitempty"`  // what was opened, for a person
	Warnings []string         `json:"warnings,omitempty"` // for stderr, a line each
	Issued   Issued           `json:"-"`                  // for the app itself
}

// ConsoleService is a service of the console.
type ConsoleService struct {
	Name  string `json:"name"` // what --service takes
	Title string `json:"title"`
}

// AgentsResult is what holds for AI agents.
type AgentsResult struct {
	Known     []string `json:"known"`              // those that Vaultbar knows by itself, by name
	Programs  []string `json:"programs,omitempty"` // those of the settings
	All       string   `json:"all"`                // what is set for profiles that do not say; see the setting agents
	MayChange bool     `json:"may_change,omitempty"`

	Profiles []ProfileForAgents `json:"profiles"` // in the order of the config file
}

// ProfileForAgents is what agents get of one profile.
type ProfileForAgents struct {
	Profile string `json:"profile"`
	Set     string `json:"set"`               // what its own setting says
	Gets    string `json:"gets"`              // what holds: "allow", "ask", "read-only", "refuse"
	Policy  string `json:"policy,omitempty"`  // the ARN of what narrows a read-only session
	Named   string `json:"named,omitempty"`   // what the role session name of an agent called NAME would be; empty where it has none of its own
	Nothing string `json:"nothing,omitempty"` // why they get nothing although that is not set
}

// BrowsersResult is what Browsers found.
type BrowsersResult struct {
	Found []Browser     `json:"found"`
	Kept  []KeptProfile `json:"kept,omitempty"`
}

// Browser is a browser of this machine.
type Browser struct {
	Name    string `json:"name"` // what --browser takes
	Title   string `json:"title"`
	Default bool   `json:"default,omitempty"`
}

// KeptProfile is a browser profile kept for isolated consoles.
type KeptProfile struct {
	Name    string    `json:"name"`
	Browser string    `json:"browser"`
	Used    time.Time `json:"used,omitzero"`
	Open    bool      `json:"open,omitempty"`
}

// ForgetRequest removes a kept browser profile.
type ForgetRequest struct {
	Name string `json:"isolated,omitempty"`
}

// RevokeRequest ends a grant, and the servers that were started by it.
type RevokeRequest struct {
	ID      int              `json:"id,omitempty"`      // of a [vaultcore.Grant]; 0 for all
	Profile string           `json:"profile,omitempty"` // of that profile alone; empty for all
	Caller  vaultcore.Caller `json:"-"`
}

// RevokeResult says what ended.
type RevokeResult struct {
	Grants int `json:"grants,omitempty"`
}

// FindRequest lets the person find a profile.
type FindRequest struct {
	Query  string           `json:"query,omitempty"` // part of a name, an account, a role, an ARN or an address; empty for all
	Caller vaultcore.Caller `json:"-"`
}

// UnlockRequest opens the keychain.
type UnlockRequest struct {
	Caller vaultcore.Caller `json:"-"`
}

// Setting is one setting and its value, as the settings file has them.
type Setting struct {
	Key     string `json:"key"`
	Value   string `json:"value"`
	Default string `json:"default"`
	Help    string `json:"help"` // what it does, one line
}

// SetRequest changes one setting.
type SetRequest struct {
	Profile string           `json:"profile,omitempty"` // whose setting; empty for Vaultbar's own
	Key     string           `json:"setting,omitempty"`
	Value   string           `json:"value,omitempty"`
	SignIn  string           `json:"sign_in,omitempty"` // whose setting, where it is that of a sign-in
	Caller  vaultcore.Caller `json:"-"`                 // its person may be asked whether they want it
}

// FolderRequest is about the file .vaultbar of a folder, as its reader has read it: the
// app reads no file that somebody else names.
type FolderRequest struct {
	Path    string           `json:"path,omitempty"`    // absolute
	Profile string           `json:"profile,omitempty"` // that the text names
	Text    string           `json:"text,omitempty"`    // all of it
	Forget  bool             `json:"forget,omitempty"`  // trust it no more; Text does not matter
	Caller  vaultcore.Caller `json:"-"`
}

// Status describes the running app.
type Status struct {
	Version string    `json:"version"`
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
	Socket  string    `json:"socket"`
	Config  string    `json:"config"` // the AWS config file
	Log     string    `json:"log,omitempty"`
	// Trail is the folder of the audit trail, and TrailTrouble why nothing is written there.
	Trail        string `json:"trail,omitempty"`
	TrailTrouble string `json:"trail_trouble,omitempty"`
	// Elsewhere is what is in AWS's place or on the way there for whoever asks: an
	// endpoint, a proxy, certificates, a line each.
	Elsewhere []string `json:"elsewhere,omitempty"`
	Backend   string   `json:"backend,omitempty"`  // which keychain: "file", "secret-service", "keychain", "wincred", "pass", …
	Keychain  string   `json:"keychain,omitempty"` // where it is, for people
	Locked    bool     `json:"locked"`
	Desktop   bool     `json:"desktop,omitempty"` // the app can show a tray and dialogs; one without hands over to one with a desktop
	Profiles  int      `json:"profiles"`
	Keys      int      `json:"keys"`
	Sessions  int      `json:"sessions"`

	SignIns []vaultcore.SignInState `json:"sign_ins,omitempty"` // that profiles of the config use
	Served  []vaultcore.ServedState `json:"served,omitempty"`   // that are served until somebody ends that
}
