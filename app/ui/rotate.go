package ui

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// usualGrace is how long the old key of a rotation is kept, inactive.
const usualGrace = vaultcore.Day

// rotate replaces a profile's key by a new one, or goes on with that, once the person has
// seen the steps. Where nothing is left but to wait, it offers to delete the old key now.
func (a *Actions) rotate(ctx context.Context, c click) error {
	r := agent.RotateRequest{Profile: c.Profile, Grace: usualGrace, Caller: vaultcore.Click(c.Profile)}
	shown, err := a.vault.Rotate(ctx, r)
	if err == nil && shown.Plan == "" {
		r.Grace, r.Regrace = 0, true
		shown, err = a.vault.Rotate(ctx, r)
	}
	if err != nil {
		return err
	}
	sure, err := a.dialogs.Confirm(ctx, rotation{shown, time.Now()}.question())
	if err != nil || !sure {
		return err
	}
	r.Agreed = shown.Plan
	done, err := a.vault.Rotate(ctx, r)
	if err != nil {
		return err
	}
	return a.dialogs.Tell(ctx, rotation{done, time.Now()}.report())
}

// rotation is a rotation in words.
type rotation struct {
	agent.RotateResult
	now time.Time
}

// question shows what is to be done.
func (r rotation) question() dialog.Message {
	m := dialog.Message{
		Title: "Rotate the key of " + r.names(), Yes: "Rotate", No: "Not now", Hint: strings.Join(r.Notes, "\n"),
		Text: fmt.Sprintf("The key %s of %s will be replaced by a new one. That takes up to a minute, and its sessions end.", r.Key, dialog.Whose(r.Identity)),
	}
	if r.Rotation != nil {
		m.Title, m.Yes = "Finish the rotation of the key of "+r.names(), "Continue"
		m.Text = vaultcore.Sentence(r.Rotation.State(r.now))
	}
	lines := make([]string, len(r.Steps))
	for i, step := range r.Steps {
		lines[i] = fmt.Sprintf("%d. %s", i+1, step)
	}
	m.Text += "\n\n" + strings.Join(lines, "\n")
	return m
}

// report says what has come of it.
func (r rotation) report() dialog.Message {
	m := dialog.Message{Title: "The key of " + r.names() + " was replaced", Text: r.Key + " is now the key of " + r.names() + "."}
	if r.Rotation != nil {
		m.Text = vaultcore.Sentence(r.Rotation.State(r.now))
		m.Hint = "If something elsewhere stops working, reactivate the old key in the IAM console: then it is not deleted."
	}
	return m
}

// names are the names under which the key is kept, and the profiles that use it.
func (r rotation) names() string {
	all := slices.Clone(r.Names)
	for _, profile := range r.Profiles {
		if !slices.Contains(all, profile) {
			all = append(all, profile)
		}
	}
	return few(all)
}

// few are names in words, of which the first few are named.
func few(names []string) string {
	const most = 4
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", vaultcore.Listed(names[:most]), len(names)-most)
	}
	return vaultcore.Listed(names)
}
