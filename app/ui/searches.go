package ui

import (
	"context"

	"github.com/vaultbar/vaultbar/app/desktop/searchprovider"
	"github.com/vaultbar/vaultbar/tray/menu"
)

// AnswerSearches answers the desktop's own search until ctx ends. What a person
// chooses there is a click as in the menu.
func (a *Actions) AnswerSearches(ctx context.Context) {
	click := func(ctx context.Context, kind menu.Kind, profile string) {
		a.Do(ctx, menu.Action{Kind: kind, Profile: profile}, func(string) error { return nil }) // no menu is open
	}
	err := searchprovider.Provider{
		Vault: a.vault,
		Open:  func(ctx context.Context, profile string) { click(ctx, menu.Console, profile) },
		Find:  func(ctx context.Context) { click(ctx, menu.Find, "") },
	}.Run(ctx)
	if err != nil && ctx.Err() == nil {
		a.log.Info("the desktop's search gets no answers", "reason", err)
	}
}
