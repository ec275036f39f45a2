package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/clipboard"
	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/app/desktop/notify"
	"github.com/vaultbar/vaultbar/app/desktop/sessionwatch"
	"github.com/vaultbar/vaultbar/app/desktop/terminal"
	"github.com/vaultbar/vaultbar/tray"
	"github.com/vaultbar/vaultbar/tray/icon"
	"github.com/vaultbar/vaultbar/tray/menu"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// dialogTime is how long a question stays on the screen. It is long enough to
// fetch a phone from another room; the notification that a program waits comes
// much sooner.
const dialogTime = 5 * time.Minute

// screen is the person's desktop: where the app asks, tells and opens things.
type screen struct {
	vault     agent.Service
	dialogs   *dialog.Dialogs
	notifier  *notify.Notifier
	seen      *sessionwatch.Watcher
	clipboard clipboard.Clipboard
	launcher  terminal.Launcher
	log       logging
	summon    func()      // brings the open questions to this screen
	blind     atomic.Bool // the screen's lock is not noticed here

	mu     sync.Mutex         // guards what follows
	known  map[string]bool    // programs that have used a profile before
	recent map[string][]place // by profile: where its console was opened, the last first
}

var _ tray.Desktop = (*screen)(nil)

// newScreen makes a screen. env is the person's own environment, for what is
// opened on their behalf.
func newScreen(env []string, log logging) *screen {
	seen := new(sessionwatch.Watcher)
	s := &screen{
		dialogs:  &dialog.Dialogs{Timeout: dialogTime, Ready: seen.Wait},
		notifier: notify.New(),
		seen:     seen,
		launcher: terminal.Launcher{Env: env},
		log:      log,
		known:    make(map[string]bool),
		recent:   make(map[string][]place),
	}
	s.dialogs.Copy = s.clipboard.CopyText
	s.notifier.Icon = icon.App(iconSize)
	return s
}

// iconSize is the size of the icon of our dialogs and notices.
const iconSize = 48

// drawIcon writes the icon of our dialogs into a file: the programs that show them
// read it from there. Without it they have their own.
func (s *screen) drawIcon(folder string) {
	path := filepath.Join(folder, "icon.png")
	if err := os.WriteFile(path, icon.App(iconSize), 0o600); err != nil {
		s.log.Info("the icon of the dialogs could not be written", "error", err)
		return
	}
	s.dialogs.Icon = path
}

// FindProfile is part of [tray.Desktop].
func (s *screen) FindProfile(ctx context.Context) (string, error) {
	snapshot, err := s.vault.Snapshot(ctx)
	if err != nil {
		return "", err
	}
	name, err := s.dialogs.Find(ctx, snapshot.Profiles)
	if err == nil && name == "" {
		return "", vaultcore.ErrCanceled
	}
	return name, err
}

// ChooseAction is part of [tray.Desktop].
func (s *screen) ChooseAction(ctx context.Context, profile string, actions []string) (int, error) {
	name := vaultcore.Printable(profile)
	at, err := s.dialogs.Pick(ctx, "What to do with "+name, "", actions)
	if err == nil && at < 0 {
		return -1, vaultcore.ErrCanceled
	}
	return at, err
}

// RemoveCredentials is part of [tray.Desktop].
func (s *screen) RemoveCredentials(ctx context.Context, profile string) error {
	snapshot, err := s.vault.Snapshot(ctx)
	if err != nil {
		return err
	}
	n := 0
	for _, p := range snapshot.Profiles {
		if p.Source == profile && len(p.Sessions) > 0 {
			n++
		}
	}
	sure, err := s.dialogs.ConfirmRemoval(ctx, profile, n)
	if err != nil || !sure {
		return err
	}
	_, err = s.vault.Remove(ctx, agent.RemoveRequest{Profile: profile, Caller: atTheDesktop(profile)})
	return err
}

// OpenTerminal is part of [tray.Desktop].
func (s *screen) OpenTerminal(ctx context.Context, profile string) error {
	command, err := companion()
	if err != nil {
		return err
	}
	return s.launcher.OpenTerminal(ctx, []string{command, "exec", "--", profile}) // a name may begin like a flag
}

// companion is the vaultbar command: it lies beside the app.
func companion() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	command := filepath.Join(filepath.Dir(self), strings.Replace(filepath.Base(self), "vaultbar-app", "vaultbar", 1))
	if _, err := os.Stat(command); err != nil {
		return "", vaultcore.Faultf(vaultcore.ErrConfig, "the vaultbar command is not beside the app").
			WithHint("install both into one folder")
	}
	return command, nil
}

// Copy is part of [tray.Desktop].
func (s *screen) Copy(ctx context.Context, profile, format string) error {
	result, err := s.vault.Credentials(ctx, agent.CredentialsRequest{Profile: profile, Caller: atTheDesktop(profile)})
	if err != nil {
		return err
	}
	if err := s.clipboard.Copy(ctx, vaultcore.NewSecret(forShell(result, format))); err != nil {
		return err
	}
	s.tell(ctx, notify.Copied(profile, clipboard.Life))
	return nil
}

// CopyID is part of [tray.Desktop].
func (s *screen) CopyID(ctx context.Context, profile, account string) error {
	if err := s.clipboard.CopyText(ctx, account); err != nil {
		return err
	}
	s.tell(ctx, notify.CopiedID(profile))
	return nil
}

// tell shows a notice anew. One that cannot be shown is not worth more than a line
// in the log.
func (s *screen) tell(ctx context.Context, n notify.Notice) {
	_ = s.notifier.Withdraw(ctx, n.Key)
	if err := s.notifier.Notify(ctx, n, nil); err != nil && ctx.Err() == nil {
		s.log.Info("a notice could not be shown", "notice", n.Key, "error", err)
	}
}

// The most that a notice which must be seen is tried, and how far apart: an app
// that starts with the desktop may be there before what shows notices.
const (
	insistTries = 20
	insistPause = 30 * time.Second
)

// insist shows a notice anew, and tries again where that fails.
func (s *screen) insist(ctx context.Context, n notify.Notice) {
	_ = s.notifier.Withdraw(ctx, n.Key)
	for range insistTries {
		err := s.notifier.Notify(ctx, n, nil)
		if err == nil || ctx.Err() != nil {
			return
		}
		select {
		case <-time.After(insistPause):
		case <-ctx.Done():
			return
		}
	}
	s.log.Info("a notice could not be shown", "notice", n.Key)
}

// forShell words credentials for a shell or a file of variables. No value holds
// a quote: AWS's are letters, digits, + / and =, a region's is checked.
func forShell(r agent.CredentialsResult, format string) string {
	var b strings.Builder
	line := func(name, value string) {
		switch {
		case value == "":
		case format == menu.CopyExport:
			fmt.Fprintf(&b, "export %s='%s'\n", name, value)
		default:
			fmt.Fprintf(&b, "%s=%s\n", name, value)
		}
	}
	line("AWS_ACCESS_KEY_ID", r.Credentials.AccessKeyID)
	line("AWS_SECRET_ACCESS_KEY", r.Credentials.SecretAccessKey.Reveal())
	line("AWS_SESSION_TOKEN", r.Credentials.SessionToken.Reveal())
	if !r.Credentials.Expires.IsZero() {
		line("AWS_CREDENTIAL_EXPIRATION", r.Credentials.Expires.UTC().Format(time.RFC3339))
	}
	line("AWS_REGION", r.Region)
	line("AWS_DEFAULT_REGION", r.Region)
	return b.String()
}

// Answer is part of [tray.Desktop].
func (s *screen) Answer(context.Context) error {
	s.summon()
	return nil
}

// About is part of [tray.Desktop].
func (s *screen) About(ctx context.Context) error {
	status, err := s.vault.Status(ctx)
	if err != nil {
		return err
	}
	return s.dialogs.About(ctx, status.Version, "Keychain: "+status.Keychain, "Config: "+status.Config, "Log: "+status.Log)
}

// OpenLog is part of [tray.Desktop]. Where no program opens it, the person can take
// its path to one that does.
func (s *screen) OpenLog(ctx context.Context) error {
	err := s.launcher.OpenFile(ctx, s.log.file)
	if !errors.Is(err, terminal.ErrNotOpened) {
		return err
	}
	copied, err := s.dialogs.Confirm(ctx, dialog.Message{
		Title: "Open the log file", Text: "No program here opens log files. The log is\n" + s.log.file,
		Yes: "Copy path", No: "Close",
	})
	if err != nil || !copied {
		return err
	}
	return s.clipboard.CopyText(ctx, s.log.file)
}

// mostKnown is of how many uses the person is told at most: programs name
// themselves.
const mostKnown = 1000

// used tells of a program that uses a profile for the first time since the app
// started.
func (s *screen) used(ctx context.Context, program, profile string) {
	s.mu.Lock()
	key := vaultcore.Printable(program) + "\x00" + profile
	known := s.known[key] || len(s.known) >= mostKnown // a program may have a new name each time
	if !known {
		s.known[key] = true
	}
	s.mu.Unlock()
	if known || program == "" {
		return
	}
	if err := s.notifier.Notify(ctx, notify.FirstUse(program, profile), nil); err != nil && ctx.Err() == nil {
		s.log.Warn("a first use could not be shown", "program", program, "profile", profile, "error", err)
	}
}

// close takes back what would stay on the screen after the app.
func (s *screen) close() {
	s.clipboard.Clear()
	s.notifier.Close()
}

// watch locks the vault with the screen, where the settings say so, and calls
// woken when the machine has slept.
func (s *screen) watch(ctx context.Context, wanted func() bool, woken func()) {
	err := s.seen.Watch(ctx, func(event sessionwatch.Event) {
		if event == sessionwatch.WokenUp {
			woken()
		}
		if !wanted() || event != sessionwatch.ScreenLocked && event != sessionwatch.FallingAsleep {
			return
		}
		if err := s.vault.Lock(ctx); err != nil {
			s.log.Error("could not be locked with the screen", "error", err)
		}
	}, s.watchChanged)
	if err != nil && ctx.Err() == nil {
		s.watchChanged(err)
	}
}

// watchChanged logs whether the person's screen is followed.
func (s *screen) watchChanged(err error) {
	s.blind.Store(err != nil)
	if err != nil {
		s.log.Info("the screen's lock and the machine's sleep are not noticed", "reason", err)
		return
	}
	s.log.Info("the screen's lock and the machine's sleep are noticed")
}
