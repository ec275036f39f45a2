// Package vault puts the parts together: a profile of the config file becomes a plan
// (awsconfig, plan), a plan becomes a session (session, source), and a question to the
// person appears where they are looking (prompt). The result is [Vault], an
// agent.Service: the one that the socket, the menu and the tests all use.
//
// Decisions that a part can make are left to that part. Vault knows no windows and no
// menu; all it needs of the desktop and the browsers is in [Desktop] and [Browsers].
// Whether it is locked is not its concern either: package access wraps it.
//
// Start reading with [Vault.Credentials], then Vault.planFor in plans.go.
package vault

import (
	"context"
	"log/slog"
	"net/http"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/access"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/approval"
	"github.com/vaultbar/vaultbar/vaultcore/broadcast"
	"github.com/vaultbar/vaultbar/vaultcore/console"
	"github.com/vaultbar/vaultbar/vaultcore/credserver"
	"github.com/vaultbar/vaultbar/vaultcore/directory"
	"github.com/vaultbar/vaultbar/vaultcore/journal"
	"github.com/vaultbar/vaultbar/vaultcore/keystore"
	"github.com/vaultbar/vaultbar/vaultcore/liveconfig"
	"github.com/vaultbar/vaultbar/vaultcore/plan"
	"github.com/vaultbar/vaultbar/vaultcore/rotate"
	"github.com/vaultbar/vaultbar/vaultcore/rotator"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/source/key"
	"github.com/vaultbar/vaultbar/vaultcore/source/login"
	"github.com/vaultbar/vaultbar/vaultcore/source/machine"
	"github.com/vaultbar/vaultbar/vaultcore/source/process"
	"github.com/vaultbar/vaultbar/vaultcore/source/sso"
	"github.com/vaultbar/vaultbar/vaultcore/source/ssocache"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
	"github.com/vaultbar/vaultbar/vaultcore/source/webidentity"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// Desktop is what the vault needs of the person's desktop.
type Desktop interface {
	// Present says whether there is one that a person could see.
	Present(context.Context) bool
	// Missing says what keeps dialogs from being shown; nil where nothing does.
	Missing() error
	// LockNoticed says whether the vault would be told of a locked screen.
	LockNoticed() bool
	// FirstUse tells of a program that uses a profile, the first time that it does. It
	// returns at once.
	FirstUse(ctx context.Context, program, profile string)
	// AgentGot tells of credentials that an AI agent got, once where it gets them again
	// and again. It returns at once.
	AgentGot(context.Context, agent.AgentUse)
	// Loosened tells of a setting that protects less than before. It may take long.
	Loosened(ctx context.Context, setting, value, gives string)
	// OpensAtLogin says whether the app starts when the person logs in: the
	// desktop's own settings can undo what was set.
	OpensAtLogin() bool
	SetOpenAtLogin(on bool) error
}

// Browsers opens consoles.
type Browsers interface {
	// Open opens a browser at a sign-in URL, by a proxy where one is named, and
	// returns which it was and what the person should know about that.
	Open(ctx context.Context, signIn vaultcore.Secret, proxy string, r agent.LoginRequest) (browser string, warnings []string, err error)
	// Browsers lists what is installed and which browser profiles are kept.
	Browsers(context.Context) (agent.BrowsersResult, error)
	// RemoveBrowserProfile removes a browser profile that is kept.
	RemoveBrowserProfile(context.Context, agent.BrowserProfileRequest) error
}

// Prompter puts questions to people: a prompt.Prompter.
type Prompter interface {
	Ask(context.Context, vaultcore.Question) (vaultcore.Secret, error)
	// Open lists the questions that wait for an answer.
	Open() []vaultcore.Question
}

// Carriers carry the requests to AWS: an [awshttp.Carriers].
type Carriers interface {
	// For returns what carries requests by a way. It may return: ErrConfig.
	For(vaultcore.Via) (http.RoundTripper, error)
	// Know stores the user name and password for a proxy.
	Know(trust.Account)
}

// Paths are the files that the vault works with or tells of.
type Paths struct {
	Config string          // the AWS config file of those who name no other
	Static string          // the file of static keys, which is only looked at
	State  string          // the folder in which it remembers
	Cache  ssocache.Folder // of the sign-ins of AWS's other tools; empty for none
	Socket string
	Log    string
}

// Trail keeps account of what is no operation, or is done inside another.
type Trail interface {
	// Edited is called for a setting that protects less since somebody edited the settings
	// file.
	Edited(profile, key, value string)
	// SignedIn is called when a person has signed in for something else that was wanted
	// under ctx, with the name of the sign-in.
	SignedIn(ctx context.Context, name string)
	// Deleted is called when the old key of a rotation was deleted because its time had
	// come, or with an error that only a person can do something about.
	Deleted(profile, keyID string, err error)
}

// noTrail keeps no account.
type noTrail struct{}

func (noTrail) Edited(string, string, string)    {}
func (noTrail) SignedIn(context.Context, string) {}
func (noTrail) Deleted(string, string, error)    {}

// Parts is what a vault is made of.
type Parts struct {
	Settings    *Settings
	Passphrase  *Passphrase
	Keys        *keystore.Store
	Journal     *journal.Journal
	Directory   *directory.Directory
	Carriers    Carriers
	STS         *sts.Client
	Signer      *console.Signer
	Prompter    Prompter
	Desktop     Desktop
	Browsers    Browsers
	Grants      *access.Grants
	Find        func(ctx context.Context, query string) error // lets the person find a profile on the desktop; nil without one
	Changed     *broadcast.Changed
	Log         *slog.Logger
	Paths       Paths
	Environ     []string      // the person's environment, for the commands of the config
	User        string        // the person's login name
	Attempt     time.Duration // how long one request to AWS may take
	Ages        *rotate.Ages
	Propagation rotate.Propagation // when a new key is taken to be known everywhere in AWS; zero for what is usual
	Stop        func()             // ends the app
	// Guarded is the vault's Credentials as all others see it, behind the lock: what is
	// served for long goes through it each time.
	Guarded func(context.Context, agent.CredentialsRequest) (agent.CredentialsResult, error)
	// Confirm has the person show who they are before they unlock, where they want that;
	// nil asks nobody. reason goes on after "Vaultbar is trying to".
	Confirm func(ctx context.Context, reason string) error
	Trail   Trail // nil for none
}

// Vault serves credentials and all that goes with them. Its methods may be called
// at once; each request brings its caller and, under its context, the caller's
// environment and who can be asked.
type Vault struct {
	settings   *Settings
	passphrase *Passphrase
	keys       *keystore.Store
	directory  *directory.Directory
	keyIDs     *key.Source
	sts        *sts.Client
	signIns    map[plan.Kind]signIns
	machines   *machine.Source
	standing   *credserver.Standing
	commands   *process.Runner
	signer     *console.Signer
	prompter   Prompter
	desktop    Desktop
	browsers   Browsers
	find       func(ctx context.Context, query string) error
	changed    *broadcast.Changed
	log        *slog.Logger
	paths      Paths
	stop       func()
	guarded    func(context.Context, agent.CredentialsRequest) (agent.CredentialsResult, error)
	confirm    func(ctx context.Context, reason string) error // nil asks nobody
	trail      Trail

	started  time.Time
	life     context.Context // of the app: what outlives a request lives under it
	pool     *session.Pool
	configs  liveconfig.Set
	plans    plans
	users    console.Users
	warned   warned
	plain    liveconfig.PlainNames
	approver *approval.Approver
	rotator  *rotator.Rotator
	grants   *access.Grants
	editing  *semaphore.Weighted // of whoever changes the config file or the settings; asks nobody

	mu       sync.Mutex         // guards what follows
	outcomes map[string]outcome // by profile
	accounts map[string]string  // by key name: the account that it was added with
}

var _ agent.Service = (*Vault)(nil)

// New makes a vault that lives as long as life.
func New(life context.Context, p Parts) *Vault {
	v := &Vault{
		settings: p.Settings, passphrase: p.Passphrase, keys: p.Keys, directory: p.Directory, keyIDs: key.New(p.Keys, p.Log), sts: p.STS, signer: p.Signer,
		prompter: p.Prompter, desktop: p.Desktop, browsers: p.Browsers, grants: p.Grants, find: p.Find, changed: p.Changed, log: p.Log, paths: p.Paths, stop: p.Stop, guarded: p.Guarded, confirm: p.Confirm, trail: p.Trail,
		started: time.Now(), life: life, plans: plans{user: p.User}, editing: semaphore.NewWeighted(1),
		signIns: make(map[plan.Kind]signIns), outcomes: make(map[string]outcome), accounts: make(map[string]string),
	}
	if v.trail == nil {
		v.trail = noTrail{}
	}
	v.approver = approval.New(life, approval.Options{Settings: p.Settings, Trust: v.trust, Know: p.Carriers.Know, Asker: p.Prompter, Log: p.Log})
	v.commands = process.NewRunner(process.Options{Consent: v.approver.Commands(), Environ: p.Environ, Proxy: v.approver.Proxy})
	v.standing = credserver.NewStanding(filepath.Join(filepath.Dir(p.Paths.Socket), "containers"), p.Changed.Notify)
	v.machines = machine.NewSource(machine.Options{Carriers: p.Carriers, Attempt: p.Attempt})
	sources := v.sources(p)
	for kind, source := range sources {
		if source, ok := source.(signIns); ok {
			v.signIns[kind] = source
		}
	}
	v.pool = session.New(life, session.Options{
		Sources: sources, Archive: p.Keys, Log: p.Log, Journal: p.Journal,
		Check: v.checkAccount, Keep: v.keepsFresh, Renewed: v.noteRenewal, Changed: p.Changed.Notify,
	})
	v.rotator = v.newRotator(p)
	v.liveConfig(context.Background()) // what is wrong with the file is known from the start
	return v
}

// sources says what carries out each kind of step. A source that a profile can name
// is the row of its [vaultcore.SourceKind].
func (v *Vault) sources(p Parts) map[plan.Kind]session.Source {
	calls := sts.NewSource(p.STS, p.Prompter, process.NewCodes(v.commands, func() vaultcore.PromptMode { return v.settings.Now().Prompt }))
	return map[plan.Kind]session.Source{
		plan.Key: v.keyIDs,
		sso.Kind: sso.NewSource(sso.Options{
			Archive: p.Keys, Asker: p.Prompter, Browsers: pages{v}, Carriers: p.Carriers, Journal: p.Journal, Log: p.Log, Attempt: p.Attempt,
			Cache: p.Paths.Cache, Share: func() bool { return v.settings.Now().SSOShare }, Allows: v.approver.Allows, SignedIn: v.trail.SignedIn,
		}),
		login.Kind: login.NewSource(login.Options{
			Asker: p.Prompter, Browsers: pages{v}, Carriers: p.Carriers, Journal: p.Journal, Log: p.Log, Attempt: p.Attempt, Changed: p.Changed.Notify,
			SignedIn: v.trail.SignedIn,
		}),
		webidentity.Kind: webidentity.NewSource(p.STS, v.commands),
		machine.Kind:     v.machines,
		process.Kind:     process.NewSource(v.commands),
		plan.Session:     calls,
		plan.Role:        calls,
	}
}

// FollowConfigs has edits of the config files, and of the credentials file, noticed
// until ctx ends. It returns at once.
func (v *Vault) FollowConfigs(ctx context.Context) {
	v.configs.Watch(ctx, v.watchConfig)
	go v.watchPlain(ctx)
}

// Run renews sessions until ctx ends.
func (v *Vault) Run(ctx context.Context) error { return v.pool.Run(ctx) }

// Unsaved says whether a session would be lost if the app ended now.
func (v *Vault) Unsaved() bool { return v.pool.Unsaved() }

// HasOpened says whether a passphrase has opened the keychain, or had: the next app
// would ask for it again.
func (v *Vault) HasOpened() bool {
	return v.keys.Backend() == "file" && (!v.keys.Locked() || v.pool.Count() > 0)
}
