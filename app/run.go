package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/vaultbar/vaultbar/app/desktop/autostart"
	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/tray"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/agent/socket"
	"github.com/vaultbar/vaultbar/vaultcore/aws/awshttp"
	"github.com/vaultbar/vaultbar/vaultcore/console"
	"github.com/vaultbar/vaultbar/vaultcore/journal"
	"github.com/vaultbar/vaultbar/vaultcore/keystore"
	"github.com/vaultbar/vaultbar/vaultcore/prompt"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/source/sts"
)

// run is the program. It returns the exit code: 0 when it was told to stop or
// another app already serves, 2 for wrong usage, 1 for any failure.
func run(args []string, stdout, stderr io.Writer) int {
	switch {
	case len(args) == 1 && args[0] == "--version":
		_, _ = fmt.Fprintf(stdout, "vaultbar-app %s\n", vaultcore.Version())
		return 0
	case len(args) == 2 && args[0] == "open":
		return handOn(args[1], stderr)
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
	ready := make(chan *service, 1)
	shown, hide := context.WithCancel(context.Background())
	var err error
	go func() {
		defer hide()
		defer close(ready)
		err = serve(ctx, ready)
	}()
	if app, ok := <-ready; ok {
		app.showTray(shown)
	}
	<-shown.Done()
	return err
}

// showTray shows the tray until ctx ends. An app without one serves all the same.
func (s *service) showTray(ctx context.Context) {
	err := tray.Run(ctx, tray.Options{Vault: s.gate, Desktop: s.screen, Console: s.screen, Log: s.log.Logger,
		Hostless: func() { go s.screen.trayless(ctx, s.screen.notifier, s.env.folders.State) }})
	if err != nil && ctx.Err() == nil {
		s.log.Info("there is no tray", "reason", err)
	}
}

// serve builds the app, says that it is ready, and serves until ctx ends or the
// app is told to stop. It listens last: whoever reaches it has an app that
// answers, and one that cannot start does not take the place of one that runs.
func serve(ctx context.Context, ready chan<- *service) error {
	if err := harden(); err != nil {
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
	log, logFile := openLog(env.folders)
	defer func() { _ = logFile.Close() }()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	app, err := build(ctx, env, log, keystore.Open)
	if err != nil {
		log.Error("cannot start", "error", err)
		return err
	}
	listener, locked, err := listen(ctx, place)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	if locked || wasLocked(env.folders) {
		if err := app.gate.Lock(ctx); err != nil {
			log.Warn("locked", "error", err)
		}
	}
	app.stop, app.socket, app.log.file, app.screen.log.file = stop, place.Socket, logFile.Filename, logFile.Filename
	listener.Refused = app.refused
	log.Info("serving", "version", vaultcore.Version(), "pid", os.Getpid(), "keychain", app.keys.Backend(), "config", app.configPath(ctx))
	app.loosenedSince()
	ready <- app
	if err := app.run(ctx, listener); err != nil {
		log.Error("stopped", "error", err)
		return err
	}
	log.Info("stopped")
	if next := app.upgrade.next.Load(); next != nil {
		_, _ = listener.Close(), logFile.Close()
		return become(*next, app.heritage())
	}
	return nil
}

// opener opens a keychain: keystore.Open, but for tests.
type opener func(context.Context, keystore.Options) (*keystore.Store, error)

// attemptTime is how long one request to AWS may take.
const attemptTime = 5 * time.Second

// build makes every part and connects them.
func build(ctx context.Context, env environment, log *slog.Logger, open opener) (*service, error) {
	own, told, err := loadSettings(env.folders)
	if err != nil {
		return nil, err
	}
	for _, line := range told {
		log.Warn("settings", "fault", line)
	}
	s := &service{
		started:   time.Now(),
		edit:      newTurn(),
		env:       env,
		log:       logging{Logger: log},
		plans:     plans{user: env.user},
		failed:    make(map[string]string),
		noConsole: make(map[string]string),
		accounts:  make(map[string]string),
	}
	s.upgrade.start()
	s.settings.Store(&own)
	if !env.passphrase.IsZero() {
		s.startPassphrase.Store(&env.passphrase)
	}
	s.gate = newGate(s)
	s.screen = newScreen(env.persons, s.log)
	s.screen.vault = s.gate
	s.screen.drawIcon(env.folders.State)
	s.links = newLinks(s.screen.dialogs, s.screen.notifier)
	s.loginItem, s.opensAtLogin = openAtLogin, autostart.Enabled
	s.desk = prompt.NewDesk(prompt.Options{
		Dialog:  &steady{Dialogs: s.screen.dialogs, log: s.log},
		Mode:    func() vaultcore.PromptMode { return s.own().Prompt },
		Changed: s.bell.ring,
	})
	s.screen.summon = s.desk.Summon
	s.roster(context.Background()) // what is wrong with the file is known from the start
	s.boxes = newBoxes(s.desk, func() settings.Sandboxes { return s.own().Sandboxes }, s.allowBoxes, s.gate.locked)
	gone, err := journal.Open(filepath.Join(env.folders.State, "journal.json"))
	if err != nil {
		log.Warn("the journal of what must go from the keychain cannot be read: no saved session is taken up", "error", err)
	}
	s.keys, err = open(ctx, keystore.Options{
		Journal: gone, Prompts: func(ctx context.Context) bool { return s.desk.ByDialog(ctx) && dialog.Present(ctx) },
		Backend: own.Backend, Dir: own.FileDir, Passphrase: s.passphrase, Unattended: !env.passphrase.IsZero(),
	})
	if err != nil {
		return nil, err
	}
	s.carriers = awshttp.New(attemptTime)
	s.provider = sts.New(sts.Options{Carriers: s.carriers, Version: vaultcore.Version(), Attempt: attemptTime})
	s.signer = console.NewSigner(console.Options{Carriers: s.carriers, Version: vaultcore.Version(), Attempt: attemptTime})
	s.life, s.browsers = ctx, newBrowsers(env.folders, env.persons)
	s.pool = session.New(ctx, session.Options{
		Keys: s.keys, Archive: s.keys, Steps: s.provider, Asker: s.desk, Log: log, Journal: gone,
		Keep: s.keepsFresh, Renewed: s.note, Changed: s.bell.ring,
	})
	return s, nil
}

// run serves the socket, watches the config file and renews sessions, until one
// of them fails or ctx ends.
func (s *service) run(ctx context.Context, listener *socket.Listener) error {
	server := &agent.Server{Service: s.gate, Version: vaultcore.Version(), Describe: socket.Describe, Person: socket.Person, Admit: s.boxes.admit, Log: s.log.Logger}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return server.Serve(ctx, listener) })
	s.configs.watch(ctx, s.watchConfig)
	group.Go(func() error { return s.pool.Run(ctx) })
	group.Go(func() error { return listener.Guard(ctx) })
	group.Go(func() error { s.succeed(ctx); return nil })
	group.Go(func() error {
		s.screen.newReminders(s.screen.notifier).run(ctx)
		return nil
	})
	group.Go(func() error {
		s.screen.watch(ctx, func() bool { return s.own().LockOnScreenLock }, func() { s.woken(ctx) })
		return nil
	})
	group.Go(func() error {
		_ = s.gate.while(ctx, "take up sessions", s.takeUpSessions) // a lock that comes meanwhile says so itself
		return nil
	})
	err := group.Wait()
	s.screen.close()
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// afterSleep is within which time sessions are looked at again after the machine
// slept: the network needs a moment, and not all machines of an office, opened
// at nine, should ask AWS in the same one.
const afterSleep = 5 * time.Second

// woken makes up for timers that stood still while the machine slept. It returns
// at once.
func (s *service) woken(ctx context.Context) {
	s.bell.ring()
	go func() {
		select {
		case <-time.After(afterSleep/5 + rand.N(afterSleep*4/5)):
			s.pool.Wake()
		case <-ctx.Done():
		}
	}()
}

// loadSettings reads the settings, with what the environment says in their place
// and the folder of the file keychain filled in.
func loadSettings(folders settings.Folders) (settings.Settings, []string, error) {
	own, told, err := settings.Load(folders.Settings())
	if err != nil {
		return own, told, err
	}
	if own, err = own.WithEnv(os.Getenv); err != nil {
		return own, told, err
	}
	if own.FileDir == "" {
		own.FileDir = filepath.Join(folders.Data, "keychain")
	}
	return own, told, nil
}

// refused logs connections of other users, once a minute: whoever knocks must
// not be able to fill the log.
func (s *service) refused(uid int, reason error) {
	s.mu.Lock()
	quiet := time.Since(s.knocked) < time.Minute
	if !quiet {
		s.knocked = time.Now()
	}
	s.mu.Unlock()
	if !quiet {
		s.log.Warn("a connection was refused", "uid", uid, "reason", reason)
	}
}

// openAtLogin has the app started when the person logs in, or no more.
func openAtLogin(on bool) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return autostart.Set(on, self)
}
