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
	// AddCredentials asks for a key and keeps it: for profile, or, where that is
	// empty, for one that the person names.
	AddCredentials(ctx context.Context, profile string) error
	// FindProfile lets the person pick a profile from a list, and returns its
	// name as the config file has it.
	FindProfile(context.Context) (profile string, err error)
	// ChooseAction lets the person pick one of the things that can be done with a
	// profile, and returns its place in the list. It may return: ErrCanceled.
	ChooseAction(ctx context.Context, profile string, actions []string) (int, error)
	// RemoveCredentials removes a profile's long-term key, when the person
	// confirms it.
	RemoveCredentials(ctx context.Context, profile string) error
	// OpenTerminal opens a terminal in which programs work as the profile.
	OpenTerminal(ctx context.Context, profile string) error
	// Copy puts a profile's credentials on the clipboard; format is one of
	// menu.CopyEnv and menu.CopyExport.
	Copy(ctx context.Context, profile, format string) error
	// CopyID puts a profile's account id on the clipboard.
	CopyID(ctx context.Context, profile, account string) error
	// Explain says how a profile gets its credentials, or why it gets none.
	Explain(ctx context.Context, profile string) error
	// Faults says what is wrong with the config file, in full.
	Faults(context.Context) error
	// Answer brings the question that waits to the front, or asks it again.
	Answer(context.Context) error
	// About says what this program is.
	About(context.Context) error
	// OpenLog opens the log file.
	OpenLog(context.Context) error
	// Failed tells the person that what they clicked did not work. Doing names
	// it: "start the session of prod"; profile is whose it is, where there is one.
	Failed(ctx context.Context, doing, profile string, err error)
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
	// Hostless is called, once, when the desktop has shown no tray for a while:
	// the icon is nowhere to be seen. It may be nil, and must not wait.
	Hostless func()
	Log      *slog.Logger
}
