package ui

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/autostart"
	"github.com/vaultbar/vaultbar/app/desktop/clipboard"
	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/app/desktop/lastinput"
	"github.com/vaultbar/vaultbar/app/desktop/notify"
	"github.com/vaultbar/vaultbar/app/desktop/sessionwatch"
	"github.com/vaultbar/vaultbar/app/desktop/terminal"
	"github.com/vaultbar/vaultbar/tray/icon"
	"github.com/vaultbar/vaultbar/vaultcore/prompt"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

// dialogTime is how long a question stays on the screen. It is long enough to
// fetch a phone from another room; the notification that a program waits comes
// much sooner.
const dialogTime = 5 * time.Minute

// Desktop is the person's: where the app asks, tells and opens things.
type Desktop struct {
	notifier  notifier
	dialogs   *dialog.Dialogs
	watcher   *sessionwatch.Watcher
	clipboard clipboard.Clipboard
	launcher  terminal.Launcher
	log       *slog.Logger
	unwatched atomic.Bool // the screen's lock is not noticed here
	*uses
}

// NewDesktop makes a desktop. env is the person's own environment, for what is opened
// on their behalf; the icon of our dialogs is written to a folder.
func NewDesktop(env []string, folder string, log *slog.Logger) *Desktop {
	watcher := new(sessionwatch.Watcher)
	notifier := notify.New()
	d := &Desktop{
		notifier: notifier,
		dialogs:  &dialog.Dialogs{Timeout: dialogTime, Ready: watcher.Wait},
		watcher:  watcher,
		launcher: terminal.Launcher{Env: env},
		log:      log,
	}
	d.uses = &uses{tell: d.tell, visible: watcher.Wait}
	d.dialogs.Copy = d.clipboard.CopyText
	d.drawIcon(folder, notifier)
	return d
}

// Dialog is how questions are put to the person.
func (d *Desktop) Dialog() prompt.Dialog { return &cachedDialogs{Dialogs: d.dialogs, log: d.log} }

// InUse says what of the desktop would be lost if the app ended now; "" when nothing
// is.
func (d *Desktop) InUse() string {
	switch {
	case d.dialogs.Busy():
		return "a dialog is open"
	case d.clipboard.Holds():
		return "credentials are on the clipboard"
	default:
		return ""
	}
}

// Present says whether there is a desktop that a person could see.
func (d *Desktop) Present(ctx context.Context) bool { return dialog.Present(ctx) }

// Missing says what keeps dialogs from being shown; nil where nothing does.
func (d *Desktop) Missing() error { return d.dialogs.Missing() }

// LockNoticed says whether the screen's lock is noticed here.
func (d *Desktop) LockNoticed() bool { return !d.unwatched.Load() }

// OpensAtLogin says whether the app starts when the person logs in.
func (d *Desktop) OpensAtLogin() bool { return autostart.Enabled() }

// SetOpenAtLogin has the app started when the person logs in, or no more.
func (d *Desktop) SetOpenAtLogin(on bool) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	return autostart.Set(on, self)
}

// iconSize is the size of the icon of our dialogs and notices.
const iconSize = 48

// drawIcon draws the icon of our dialogs and notices, and writes it into a file: most of
// the programs that show them read it from there. Without it they have their own.
func (d *Desktop) drawIcon(folder string, notifier *notify.Notifier) {
	notifier.Icon = icon.App(iconSize)
	path := filepath.Join(folder, "icon.png")
	if err := os.WriteFile(path, notifier.Icon, 0o600); err != nil {
		d.log.Info("the icon of the dialogs could not be written", "error", err)
		return
	}
	d.dialogs.Icon, notifier.IconFile = path, path
}

// tell shows a notice anew: each time that it comes about is news. One that cannot be
// shown is not worth more than a line in the log.
func (d *Desktop) tell(ctx context.Context, n notify.Notice) error {
	_ = d.notifier.Withdraw(ctx, n.Key)
	err := d.notifier.Notify(ctx, n, nil)
	if err != nil && ctx.Err() == nil {
		d.log.Info("a notice could not be shown", "notice", n.Key, "error", err)
	}
	return err
}

// The most that a notice which must be seen is tried, and how far apart: an app
// that starts with the desktop may be there before what shows notices.
const (
	insistTries = 20
	insistPause = 30 * time.Second
)

// Loosened tells of a setting that protects less than before. It is told anew each
// time, and tried again where that fails.
func (d *Desktop) Loosened(ctx context.Context, setting, value, gives string) {
	d.insist(ctx, notify.Loosened(setting, value, gives))
}

// Alarm tells that something is wrong with the audit trail, as Loosened does.
func (d *Desktop) Alarm(ctx context.Context, what string) { d.insist(ctx, notify.TrailAlarm(what)) }

// insist tells what must be seen.
func (d *Desktop) insist(ctx context.Context, n notify.Notice) {
	_ = d.notifier.Withdraw(ctx, n.Key)
	for range insistTries {
		err := d.notifier.Notify(ctx, n, nil)
		if err == nil || ctx.Err() != nil {
			return
		}
		if retry.Sleep(ctx, insistPause) != nil {
			return
		}
	}
	d.log.Info("a notice could not be shown", "notice", n.Key)
}

// Close takes back what would stay on the screen after the app.
func (d *Desktop) Close() {
	d.clipboard.Clear()
	d.notifier.Close()
}

// Session is what is done when something happens to the person's session.
type Session struct {
	Locks  func() // nobody can see the screen any more
	Sleeps func() // the machine is about to sleep, and waits for it to return
	Wakes  func()
}

// Watch follows the person's session.
func (d *Desktop) Watch(ctx context.Context, do Session) {
	err := d.watcher.Watch(ctx, func(event sessionwatch.Event) {
		switch event {
		case sessionwatch.ScreenLocked:
			do.Locks()
		case sessionwatch.FallingAsleep:
			do.Sleeps()
		case sessionwatch.WokenUp:
			do.Wakes()
		}
	}, d.watchChanged)
	if err != nil && ctx.Err() == nil {
		d.watchChanged(err)
	}
}

// SinceInput returns how long ago the person touched the keyboard or the mouse. It may
// return: errors.ErrUnsupported where the desktop does not tell.
func (*Desktop) SinceInput(ctx context.Context) (time.Duration, error) { return lastinput.Since(ctx) }

// watchChanged logs whether the person's screen is followed.
func (d *Desktop) watchChanged(err error) {
	d.unwatched.Store(err != nil)
	if err != nil {
		d.log.Info("screen lock and sleep are not noticed", "reason", err)
		return
	}
	d.log.Info("screen lock and sleep are noticed")
}
