package app

import (
	"context"
	"log/slog"
	"path/filepath"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/presence"
	"github.com/vaultbar/vaultbar/app/ui"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/access"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/audit"
	"github.com/vaultbar/vaultbar/vaultcore/audit/record"
	"github.com/vaultbar/vaultbar/vaultcore/aws/awshttp"
	"github.com/vaultbar/vaultbar/vaultcore/boottime"
	"github.com/vaultbar/vaultbar/vaultcore/broadcast"
	"github.com/vaultbar/vaultbar/vaultcore/console"
	"github.com/vaultbar/vaultbar/vaultcore/directory"
	"github.com/vaultbar/vaultbar/vaultcore/journal"
	"github.com/vaultbar/vaultbar/vaultcore/keystore"
	"github.com/vaultbar/vaultbar/vaultcore/prompt"
	"github.com/vaultbar/vaultbar/vaultcore/rotate"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
	"github.com/vaultbar/vaultbar/vaultcore/vault"
)

// app is every part that lives as long as the process.
type app struct {
	env        environment
	log        *slog.Logger
	stop       func()
	upgrade    *upgrade
	settings   *vault.Settings
	desktop    *ui.Desktop
	passphrase *vault.Passphrase
	keys       *keystore.Store
	vault      *vault.Vault
	lock       *access.Lock   // around the vault
	trail      *audit.Trail   // of all that goes through the lock
	idle       *access.Idle   // locks while nobody is there
	recorded   audit.Recorder // the lock as the app itself uses it
	sandboxes  *access.Sandboxes
	programs   *access.Programs
	actions    *ui.Actions
}

// options are what the app is told of the process that it is in.
type options struct {
	log             *slog.Logger
	logFile, socket string
	stop            func()
	// open opens the keychain: keystore.Open, but for tests.
	open func(context.Context, keystore.Options) (*keystore.Store, error)
}

// attemptTime is how long one request to AWS may take.
const attemptTime = 5 * time.Second

// build makes every part of those before it.
func build(ctx context.Context, env environment, o options) (*app, error) {
	own, faults, err := vault.ReadSettings(env.folders)
	if err != nil {
		return nil, err
	}
	for _, fault := range faults {
		o.log.Warn("settings", "fault", fault)
	}
	changed, up := new(broadcast.Changed), newUpgrade()
	desktop := ui.NewDesktop(env.userEnv, env.folders.State, o.log)
	trail := audit.New(audit.Options{Folder: filepath.Join(env.folders.State, "audit"), Log: o.log, Changed: changed.Notify, Alarm: desktop.Alarm})
	confirm := confirmPresence(own)
	prompter := prompt.New(prompt.Options{
		Dialog: desktop.Dialog(), Mode: func() vaultcore.PromptMode { return own.Now().Prompt }, Changed: changed.Notify, Decided: trail.Decided,
		Confirm: func(ctx context.Context, q vaultcore.Question) error {
			return confirm(ctx, "allow this: "+q.SafeSubject())
		},
	})
	passphrase := vault.NewPassphrase(env.passphrase, own, prompter)
	kept := readState(env.folders.State, o.log)
	keys, err := o.open(ctx, keystore.Options{
		Journal: kept.gone, Swept: trail.Swept, Prompts: func(ctx context.Context) bool { return prompter.ByDialog(ctx) && desktop.Present(ctx) },
		Backend: own.Now().Backend, Dir: own.Now().FileDir, Passphrase: passphrase.Ask, Unattended: !env.passphrase.IsZero(),
	})
	if err != nil {
		return nil, err
	}
	var actions *ui.Actions // those of the app's own desktop are on the vault that is made here
	carriers := awshttp.New(attemptTime)
	var recorded audit.Recorder // around the vault, which serves through it
	grants := access.NewGrants(boottime.Now, changed.Notify)
	v := vault.New(ctx, vault.Parts{
		Settings: own, Passphrase: passphrase, Keys: keys, Journal: kept.gone, Directory: kept.accounts, Ages: kept.ages, Carriers: carriers, Grants: grants,
		STS:      sts.New(sts.Options{Carriers: carriers, Version: vaultcore.Version(), Attempt: attemptTime}),
		Signer:   console.NewSigner(console.Options{Carriers: carriers, Version: vaultcore.Version(), Attempt: attemptTime}),
		Prompter: prompter, Desktop: desktop, Changed: changed, Log: o.log, Environ: env.userEnv, User: env.user, Attempt: attemptTime, Stop: o.stop,
		Guarded: func(ctx context.Context, r agent.CredentialsRequest) (agent.CredentialsResult, error) {
			return recorded.Credentials(ctx, r)
		},
		Browsers: &ui.Browsers{
			Launcher: ui.NewLauncher(env.folders, env.userEnv), Settings: own.Now, Preferred: env.preferredBrowser, Life: ctx, Log: o.log,
			Hold: func() { up.hold(addressEnd) },
		},
		Confirm: confirm,
		Trail:   trail,
		Find:    func(ctx context.Context, query string) error { return actions.Find(ctx, query) },
		Paths:   vault.Paths{Config: env.config, Static: env.static, Cache: env.cache, State: env.folders.State, Socket: o.socket, Log: o.logFile},
	})
	lock := access.New(access.Options{
		Service: ui.NewLinks(v, own.Now, desktop), Drop: v.DropSecrets, Changed: changed.Notify, Begin: up.begin, File: env.lockFile(), Log: o.log,
	})
	idle := access.NewIdle(access.IdleOptions{
		Limit: func() time.Duration { return own.Now().LockAfterIdle }, Input: desktop.SinceInput, Clock: boottime.Now,
		Lock: func() error { return lockBecause(ctx, recorded, record.ByIdle) }, Locked: lock.Locked, Changed: changed, Log: o.log,
	})
	programs := access.NewPrograms(access.ProgramOptions{Prompter: prompter, Settings: own.Now, Profile: v.Protection, Account: v.LeadsTo, Locked: lock.Locked, Grants: grants, Life: lock.Open, Log: o.log})
	recorded = trail.Recorded(agent.Guard(agent.Guard(lock, programs.Served), idle.Around))
	actions = ui.NewActions(desktop, recorded, prompter.Summon, o.logFile)
	return &app{
		env: env, log: o.log, stop: o.stop, upgrade: up, settings: own, desktop: desktop, passphrase: passphrase, keys: keys, vault: v, lock: lock, trail: trail, idle: idle, recorded: recorded,
		sandboxes: access.NewSandboxes(prompter, access.Policy{Now: func() settings.Sandboxes { return own.Now().Sandboxes }, Always: v.AllowSandboxes, Life: lock.Open, Log: o.log}, lock.Locked),
		programs:  programs,
		actions:   actions,
	}, nil
}

// state is what earlier runs have left in files.
type state struct {
	gone     *journal.Journal // what must go from the keychain
	accounts *directory.Directory
	ages     *rotate.Ages // of the keys
}

// readState reads it. What cannot be read is logged, and done without.
func readState(folder string, log *slog.Logger) (s state) {
	var err error
	if s.gone, err = journal.Open(filepath.Join(folder, "journal.json")); err != nil {
		log.Warn("the journal of what must be removed from the keychain cannot be read: saved sessions are not used", "error", err)
	}
	if s.accounts, err = directory.Open(filepath.Join(folder, "accounts.json")); err != nil {
		log.Warn("the account names cannot be read: they show up once they are listed again", "error", err)
	}
	if s.ages, err = rotate.OpenAges(filepath.Join(folder, "keys.json")); err != nil {
		log.Warn("the ages of the keys cannot be read: IAM is asked again", "error", err)
	}
	return s
}

// confirmPresence has the person confirm by Touch ID that they are there, where the
// settings want that.
func confirmPresence(own *vault.Settings) func(ctx context.Context, reason string) error {
	return func(ctx context.Context, reason string) error {
		if !own.Now().TouchID {
			return nil
		}
		return presence.Confirm(ctx, reason)
	}
}
