package agent

import (
	"time"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// CredentialsRequest asks for credentials of a profile, or for the explanation
// of how they would be obtained.
type CredentialsRequest struct {
	Profile string
	// MinTTL is the least time that the session must have left. 0 means: 15 min
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

// AddRequest stores a key.
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
