package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vaultbar/vaultbar/app/internal/netwatch"
	"github.com/vaultbar/vaultbar/app/ui"
	"github.com/vaultbar/vaultbar/tray"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/access"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/agent/socket"
	"github.com/vaultbar/vaultbar/vaultcore/audit"
	"github.com/vaultbar/vaultbar/vaultcore/audit/record"
	"github.com/vaultbar/vaultbar/vaultcore/keystore"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
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
		return fail(stderr, err)
	}
	return 0
}

// fail says what failed and what to do about it, and returns the exit code.
func fail(stderr io.Writer, err error) int {
	_, _ = fmt.Fprintf(stderr, "vaultbar-app: %v\n", err)
	if hint := vaultcore.Hint(err); hint != "" {
		_, _ = fmt.Fprintf(stderr, "hint: %s\n", hint)
	}
	return 1
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
		handed, err := socket.HandOn(place.Handed)
		if err != nil {
			return err
		}
		return become(*next, append(a.successorEnv(), handed...))
	}
	return nil
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
		a.watchNetwork,
		a.idle.Run,
		a.actions.AnswerSearches,
		func(ctx context.Context) { a.vault.TendKeys(ctx, a.lock.Do) },
		func(ctx context.Context) { _ = a.lock.Do(ctx, a.vault.TakeUp) }, // a lock that comes meanwhile says so itself
	} {
		group.Go(func() error { work(ctx); return nil })
	}
	err := group.Wait()
	a.desktop.Close()
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
	a.desktop.Watch(ctx, ui.Session{
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

// watchNetwork has renewals go on when the network comes back.
func (a *app) watchNetwork(ctx context.Context) {
	follow := func(ctx context.Context) error { return netwatch.Watch(ctx, a.vault.Reconnected) }
	retry.Forever(ctx, retry.Backoff{First: time.Minute, Most: time.Hour}, follow, func(err error) {
		a.log.Info("the return of the network will not be noticed", "reason", err)
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
