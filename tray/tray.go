package tray

import (
	"context"
	"errors"
	"log/slog"

	"github.com/vaultbar/vaultbar/tray/menu"
	"github.com/vaultbar/vaultbar/vaultcore"
)

// ErrNoTray is returned by [Run] where there can be no tray: without a session
// bus, or in a build without one. The app goes on without.
var ErrNoTray = errors.New("no tray")

// ErrTrayGone is returned by [Run] when the session bus went away under it. It
// cannot be run again.
var ErrTrayGone = errors.New("the tray is gone")

// Vault is what the tray needs to know of the app. Every agent.Service is one.
type Vault interface {
	// Watch calls changed once at the start and after every change, from any
	// goroutine, and returns when ctx ends.
	Watch(ctx context.Context, changed func()) error
	Snapshot(context.Context) (vaultcore.Snapshot, error)
}

// Options are the parts that the tray works with.
type Options struct {
	Vault Vault
	// Do carries out what was clicked, and tells the person when it fails. It returns
	// when they are done or ctx ends. Raise brings a profile to the top level.
	Do func(ctx context.Context, a menu.Action, raise func(profile string) error)
	// Hostless is called, once, when the desktop has shown no tray for a while:
	// the icon is nowhere to be seen. It may be nil, and must not wait.
	Hostless func()
	Log      *slog.Logger
}
