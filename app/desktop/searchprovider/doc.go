// Package searchprovider answers the desktop's own search: the Super key, a few
// letters of a profile's name, Return, and its AWS console opens. GNOME Shell asks
// over org.gnome.Shell.SearchProvider2, KRunner over org.kde.krunner1; both find the
// objects by the files that are installed beside the desktop entry.
//
// What is found is decided by values ([Search]). Only the desktop's shells are
// answered: to a program that is none of them a result would be a click that no
// person made.
//
// Start with [Provider.Run].
package searchprovider

import (
	"context"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Vault is where profiles are looked up.
type Vault interface {
	Snapshot(context.Context) (vaultcore.Snapshot, error)
}

// Provider finds profiles for the desktop's search.
type Provider struct {
	Vault Vault
	// Open opens the console of a profile that the person chose. It may take long.
	Open func(ctx context.Context, profile string)
	// Find lets the person look further, in a dialog of ours.
	Find func(ctx context.Context)
}
