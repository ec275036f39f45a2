package ui

import (
	"context"
	"strconv"

	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/tray/menu"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// protect proposes to protect the profiles whose names look like production. Either
// answer is kept, so that it is proposed once; who closes the dialog has given none.
func (a *Actions) protect(ctx context.Context, _ click) error {
	snapshot, err := a.vault.Snapshot(ctx)
	if err != nil {
		return err
	}
	names := menu.Proposed(snapshot)
	if len(names) == 0 {
		return nil // it was decided since the menu was drawn
	}
	answer, err := a.dialogs.Offer(ctx, proposal(names), "Not now", "Leave as is", "Protect")
	if err != nil || answer == 0 {
		return err
	}
	value := map[int]string{1: "no", 2: "yes"}[answer]
	for _, name := range names {
		if err := a.vault.Set(ctx, agent.SetRequest{Profile: name, Key: "protected", Value: value, Caller: vaultcore.Click(name)}); err != nil {
			return err
		}
	}
	return nil
}

// proposal says which profiles it is about, and what it would mean for them.
func proposal(names []string) dialog.Message {
	if len(names) == 1 {
		return dialog.Message{
			Title: "Protect " + vaultcore.Printable(names[0]),
			Text:  few(names) + " looks like production by its name.\nWhen it is protected you are asked before a program gets its credentials.",
			Hint:  "Its menu has this too: Ask before a program gets it.",
		}
	}
	return dialog.Message{
		Title: "Protect " + strconv.Itoa(len(names)) + " profiles",
		Text:  few(names) + " look like production by their names.\nWhen they are protected you are asked before a program gets their credentials.",
		Hint:  "The menu of each has this too: Ask before a program gets it.",
	}
}
