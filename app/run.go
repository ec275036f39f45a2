package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vaultbar/vaultbar/app/desktop/presence"
	"github.com/vaultbar/vaultbar/app/ui"
	"github.com/vaultbar/vaultbar/tray"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/access"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/agent/socket"
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

// run is the program. It returns the exit code: 0 when it was told to stop or
// another app already serves, 2 for wrong usage, 1 for any failure.
func run(args []string, stdout, stderr io.Writer) int {
	switch {
	case len(args) == 1 && args[0] == "--version":
		_, _ = fmt.Fprintf(stdout, "vaultbar-app %s\n", vaultcore.Version())
		return 0
	case len(args) == 2 && args[0] == "open":
		return openLink(args[1], stderr)
	case len(args) == 1 && args[0] == "doctor":
		return examine(os.Stdin, stdout, stderr)
	case len(args) == 1 && args[0] == "verify":
		return verify(os.Stdin, stdout, stderr)
	case len(args) > 0:
		_, _ = fmt.Fprintln(stderr, "usage: vaultbar-app [--version | open ADDRESS]")
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), stopSignals...)
	defer stop()
	err := serveWithTray(ctx)
	if errors.Is(err, socket.ErrRunning) {
		_, _ = fmt.Fprintln(stderr, "vaultbar-app: already running")
		return 0
	}
	if err != nil {
		_, _ = fmt.Fprintf(stderr, "vaultbar-app: %v\n", err)
		if hint := vaultcore.Hint(err); hint != "" {
			_, _ = fmt.Fprintf(stderr, "hint: %s\n", hint)
		}
		return 1
	}
	return 0
}

// serveWithTray serves in the background and shows the tray on this goroutine,
// which must be the main one. The tray ends last: on macOS the process ends with
// it.
func serveWithTray(ctx context.Context) error {
	ready := make(chan *app, 1)
	shown, hide := context.WithCancel(context.Background())
	var err error
	go func() {
		defer hide()
		defer close(ready)
		err = serve(ctx, ready)
	}()
	if a, ok := <-ready; ok {
		a.showTray(shown)
	}
	<-shown.Done()
	return err
}

// showTray shows the tray until ctx ends. An app without one serves all the same.
func (a *app) showTray(ctx context.Context) {
	a.takeLinks()
	err := tray.Run(ctx, tray.Options{Vault: a.recorded, Do: a.actions.Do, Log: a.log,
		Hostless: func() { go a.actions.TellNoTray(ctx, a.env.folders.State) }})
	if err != nil && ctx.Err() == nil {
		a.log.Info("there is no tray", "reason", err)
	}
}

// serve builds the app, says that it is ready, and serves until ctx ends or the
// app is told to stop. It listens last: whoever reaches it has an app that
// answers, and one that cannot start does not take the place of one that runs.
func serve(ctx context.Context, ready chan<- *app) error {
	if err := harden(); err != nil {
		return err
	}
	opened, err := handed()
	if err != nil {
		return err
	}
	env, err := takeEnvironment()
	if err != nil {
		return err
	}
	place, err := socket.Find(os.Getenv)
	if err != nil {
		return err
	}
	place.Handed = opened
	log, logFile := openLog(env.folders)
	defer func() { _ = logFile.Close() }()
	listenToLibraries(log)
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	a, err := build(ctx, env, options{log: log, logFile: logFile.Filename, socket: place.Socket, stop: stop, open: keystore.Open})
	if err != nil {
		log.Error("cannot start", "error", err)
		return err
	}
	listener, locked, err := listen(ctx, place)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	if locked || access.WasLocked(env.lockFile()) {
		if err := lockBecause(ctx, a.recorded, record.ByStart); err != nil {
			log.Warn("locked", "error", err)
		}
	}
	listener.Refused = refused(log)
	log.Info("serving", "version", vaultcore.Version(), "pid", os.Getpid(), "keychain", a.keys.Backend(), "config", a.vault.ConfigFile(ctx))
	a.vault.LoosenedSince()
	ready <- a
	if err := a.run(ctx, listener); err != nil {
		log.Error("stopped", "error", err)
		return err
	}
	log.Info("stopped")
	if next := a.upgrade.next.Load(); next != nil {
		_, _ = listener.Close(), logFile.Close()
		told, err := socket.HandOn(place.Handed)
		if err != nil {
			return err
		}
		return become(*next, append(a.successorEnv(), told...))
	}
	return nil
}

// app is every part that lives as long as the process.
type app struct {
	env        environment
	log        *slog.Logger
	stop       func()
	upgrade    *upgrade
	settings   *vault.Settings
	screen     *ui.Screen
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
	screen := ui.NewScreen(env.userEnv, env.folders.State, o.log)
	trail := audit.New(audit.Options{Folder: filepath.Join(env.folders.State, "audit"), Log: o.log, Changed: changed.Notify, Alarm: screen.Alarm})
	confirm := func(ctx context.Context, reason string) error {
		if !own.Now().TouchID {
			return nil
		}
		return presence.Confirm(ctx, reason)
	}
	prompter := prompt.New(prompt.Options{
		Dialog: screen.Dialog(), Mode: func() vaultcore.PromptMode { return own.Now().Prompt }, Changed: changed.Notify, Decided: trail.Decided,
		Confirm: func(ctx context.Context, q vaultcore.Question) error {
			return confirm(ctx, "allow this: "+q.SafeSubject())
		},
	})
	passphrase := vault.NewPassphrase(env.passphrase, own, prompter)
	gone, err := journal.Open(filepath.Join(env.folders.State, "journal.json"))
	if err != nil {
		o.log.Warn("the journal of what must go from the keychain cannot be read: no saved session is taken up", "error", err)
	}
	listed, err := directory.Open(filepath.Join(env.folders.State, "accounts.json"))
	if err != nil {
		o.log.Warn("what accounts there are cannot be read: their names show once they are listed again", "error", err)
	}
	ages, err := rotate.OpenAges(filepath.Join(env.folders.State, "keys.json"))
	if err != nil {
		o.log.Warn("how old the keys are cannot be read: IAM is asked again", "error", err)
	}
	keys, err := o.open(ctx, keystore.Options{
		Journal: gone, Swept: trail.Swept, Prompts: func(ctx context.Context) bool { return prompter.ByDialog(ctx) && screen.Present(ctx) },
		Backend: own.Now().Backend, Dir: own.Now().FileDir, Passphrase: passphrase.Ask, Unattended: !env.passphrase.IsZero(),
	})
	if err != nil {
		return nil, err
	}
	var actions *ui.Actions // those of the app's own screen are on the vault that is made here
	carriers := awshttp.New(attemptTime)
	var recorded audit.Recorder // around the vault, which serves through it
	grants := access.NewGrants(boottime.Now, changed.Notify)
	v := vault.New(ctx, vault.Parts{
		Settings: own, Passphrase: passphrase, Keys: keys, Journal: gone, Directory: listed, Ages: ages, Carriers: carriers, Grants: grants,
		STS:      sts.New(sts.Options{Carriers: carriers, Version: vaultcore.Version(), Attempt: attemptTime}),
		Signer:   console.NewSigner(console.Options{Carriers: carriers, Version: vaultcore.Version(), Attempt: attemptTime}),
		Prompter: prompter, Desktop: screen, Changed: changed, Log: o.log, Environ: env.userEnv, User: env.user, Attempt: attemptTime, Stop: o.stop,
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
		Service: ui.NewLinks(v, own.Now, screen), Drop: v.DropSecrets, Changed: changed.Notify, Begin: up.begin, File: env.lockFile(), Log: o.log,
	})
	idle := access.NewIdle(access.IdleOptions{
		Limit: func() time.Duration { return own.Now().LockAfterIdle }, Input: screen.SinceInput, Clock: boottime.Now,
		Lock: func() error { return lockBecause(ctx, recorded, record.ByIdle) }, Locked: lock.Locked, Changed: changed, Log: o.log,
	})
	programs := access.NewPrograms(access.ProgramOptions{Prompter: prompter, Settings: own.Now, Profile: v.Protection, Account: v.LeadsTo, Locked: lock.Locked, Grants: grants, Life: lock.Open})
	recorded = trail.Recorded(agent.Guard(agent.Guard(lock, programs.Served), idle.Around))
	actions = ui.NewActions(screen, recorded, prompter.Summon, o.logFile)
	return &app{
		env: env, log: o.log, stop: o.stop, upgrade: up, settings: own, screen: screen, passphrase: passphrase, keys: keys, vault: v, lock: lock, trail: trail, idle: idle, recorded: recorded,
		sandboxes: access.NewSandboxes(prompter, access.Policy{Now: func() settings.Sandboxes { return own.Now().Sandboxes }, Always: v.AllowSandboxes, Life: lock.Open}, lock.Locked),
		programs:  programs,
		actions:   actions,
	}, nil
}

// run serves the socket, watches the config file and renews sessions, until one
// of them fails or ctx ends.
func (a *app) run(ctx context.Context, listener *socket.Listener) error {
	var service agent.Service = a.lock
	for _, around := range []agent.Around{a.sandboxes.Around, a.programs.Around, a.sandboxes.Refuse, a.idle.Around} { // the last is the outermost
		service = agent.Guard(service, around)
	}
	server := &agent.Server{
		Service: a.trail.Recorded(service),
		Version: vaultcore.Version(), Describe: socket.Describe, Log: a.log,
	}
	defer a.record(ctx)()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return server.Serve(ctx, listener) })
	a.vault.FollowConfigs(ctx)
	group.Go(func() error { return a.vault.Run(ctx) })
	group.Go(func() error { return listener.Guard(ctx) })
	for _, work := range []func(context.Context){
		a.awaitUpgrade,
		a.actions.NewReminders(a.env.folders.State).Run,
		a.watchScreen,
		a.idle.Run,
		a.actions.AnswerSearches,
		func(ctx context.Context) { a.vault.TendKeys(ctx, a.lock.Do) },
		func(ctx context.Context) { _ = a.lock.Do(ctx, a.vault.TakeUp) }, // a lock that comes meanwhile says so itself
	} {
		group.Go(func() error { work(ctx); return nil })
	}
	err := group.Wait()
	a.screen.Close()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// record has the trail written until what it returns is called, which waits for the last
// lines.
func (a *app) record(ctx context.Context) (end func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		a.trail.Run(ctx)
	}()
	return func() {
		cancel()
		<-ended
	}
}

// lockBecause locks for a reason other than that somebody asks, which the trail names.
func lockBecause(ctx context.Context, recorded audit.Recorder, reason string) error {
	ctx, _ = agent.Deciding(ctx)
	agent.Allow(ctx, reason, 0)
	return recorded.Lock(ctx)
}

// watchScreen locks with the screen and before the machine sleeps, where the settings say
// so.
func (a *app) watchScreen(ctx context.Context) {
	lock := func(reason string) {
		if !a.settings.Now().LockOnScreenLock {
			return
		}
		if err := lockBecause(ctx, a.recorded, reason); err != nil {
			a.log.Error("could not be locked", "reason", reason, "error", err)
		}
	}
	a.screen.Watch(ctx, ui.Session{
		Locks: func() { lock(record.ByScreen) },
		Sleeps: func() {
			lock(record.BySleep)
			a.idle.Look(ctx)
		},
		Wakes: func() {
			a.idle.Check(ctx)
			a.vault.Woken(ctx)
		},
	})
}

// refused logs connections of other users, once a minute: whoever knocks must not be
// able to fill the log.
func refused(log *slog.Logger) func(uid int, reason error) {
	var mu sync.Mutex
	var last time.Time // guarded by mu: when one was logged
	return func(uid int, reason error) {
		mu.Lock()
		due := time.Since(last) >= time.Minute
		if due {
			last = time.Now()
		}
		mu.Unlock()
		if due {
			log.Warn("a connection was refused", "uid", uid, "reason", reason)
		}
	}
}
