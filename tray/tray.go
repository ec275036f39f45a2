package tray

import (
	"context"
	"errors"
	"log/slog"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// ErrNoTray is returned by [Run] where there can be no tray: without a session
// bus, or in a build without one. The app goes on without.
var ErrNoTray = errors.New("no tray")

// ErrTrayGone is returned by [Run] when the session bus went away under it. It
// cannot be run again.
var ErrTrayGone = errors.New("the tray is gone")

// Vault is what the tray needs of the app that owns keys and sessions. Every
// agent.Service is one.
type Vault interface {
	// Watch calls changed once at the start and after every change, from any
	// goroutine, and returns when ctx ends.
	Watch(ctx context.Context, changed func()) error
	Snapshot(context.Context) (vaultcore.Snapshot, error)
	Credentials(context.Context, agent.CredentialsRequest) (agent.CredentialsResult, error)
	Renew(context.Context, agent.CredentialsRequest) error
	Clear(context.Context, agent.ClearRequest) (agent.RemoveResult, error)
	Lock(context.Context) error
	Unlock(context.Context, agent.UnlockRequest) error
	Set(context.Context, agent.SetRequest) error
	Stop(context.Context) error
}

// Desktop is what the tray leaves to whoever can open dialogs, windows and the
// clipboard. Each call returns when the person is done or ctx ends; it may
// return ErrCanceled, which nobody is told of.
type Desktop interface {
	// AddCredentials asks for a key and keeps it.
	AddCredentials(context.Context) error
	// FindProfile lets the person pick a profile from a list, and returns its
	// name as the config file has it.
	FindProfile(context.Context) (profile string, err error)
	// RemoveCredentials removes a profile's long-term key, when the person
	// confirms it.
	RemoveCredentials(ctx context.Context, profile string) error
	// OpenTerminal opens a terminal in which programs work as the profile.
	OpenTerminal(ctx context.Context, profile string) error
	// Copy puts a profile's credentials on the clipboard; format is one of
	// menu.CopyEnv and menu.CopyExport.
	Copy(ctx context.Context, profile, format string) error
	// Answer brings the question that waits to the front, or asks it again.
	Answer(context.Context) error
	// About says what this program is.
	About(context.Context) error
	// OpenLog opens the log file.
	OpenLog(context.Context) error
	// Failed tells the person that what they clicked did not work. Doing names
	// it: "start the session of prod".
	Failed(ctx context.Context, doing string, err error)
}

// Console opens AWS consoles in a browser.
type Console interface {
	// OpenConsole opens a profile's console; how is one of menu.ConsoleHere,
	// menu.ConsoleWindow and menu.ConsoleAt.
	OpenConsole(ctx context.Context, profile, how string) error
}

// Options are the parts that the tray works with.
type Options struct {
	Vault   Vault
	Desktop Desktop
	Console Console // nil: the menu has no console entries
	Log     *slog.Logger
}
