package main

import (
	"context"

	"github.com/vaultbar/vaultbar/app/desktop"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// followLink opens the console that a vaultbar:// link names. Nobody sees what comes
// back, so the person is told on the desktop.
func (s *service) followLink(ctx context.Context, r agent.LoginRequest) (agent.LoginResult, error) {
	err := s.admit(ctx, &r)
	if err != nil {
		return agent.LoginResult{}, err
	}
	return s.Login(ctx, r)
}

// admit asks the person about a console that a vaultbar:// link wants to open,
// unless they have allowed links before, and finds the profile that reaches it.
// A link names an address only: whatever else it could say is dropped.
func (s *service) admit(ctx context.Context, r *agent.LoginRequest) error {
	names, err := s.Reaches(ctx, r.Address)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return vaultcore.Faultf(vaultcore.ErrNoProfile, "no profile reaches the account of that address").
			WithHint("`vaultbar list --long` shows the accounts that profiles reach")
	}
	if !s.own().Links {
		if err := s.askForLinks(ctx); err != nil {
			return err
		}
	}
	at := 0
	if len(names) > 1 {
		if at, err = s.screen.dialogs.Pick(ctx, "open a console", "Several profiles reach that account.", names); err != nil {
			return err
		}
	}
	if at < 0 {
		return vaultcore.ErrCanceled
	}
	caller := atTheDesktop(names[at])
	caller.Clicked = false // a page can open links by itself, as fast as it likes
	*r = agent.LoginRequest{Profile: names[at], Address: r.Address, Caller: caller}
	return nil
}

// askForLinks asks once; a yes is kept in the settings.
func (s *service) askForLinks(ctx context.Context) error {
	sure, err := s.screen.dialogs.Confirm(ctx, desktop.Message{
		Title: "vaultbar:// link", Risky: true, Yes: "Allow",
		Text: "A link wants to open an AWS console with your credentials. Allow such links? They lead to AWS's consoles only.",
		Hint: "vaultbar settings set links no   takes it back.",
	})
	if err != nil {
		return err
	}
	if !sure {
		return vaultcore.ErrCanceled
	}
	return s.Set(ctx, agent.SetRequest{Key: "links", Value: "yes"})
}
