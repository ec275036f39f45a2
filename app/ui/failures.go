package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
	"github.com/vaultbar/vaultbar/vaultcore/broadcast"
)

// showFailure tells the person that what they clicked did not work. What it shows goes
// away when its cause has.
func (a *Actions) showFailure(ctx context.Context, doing, profile string, err error) {
	shown, done := a.untilFixed(ctx, profile, err)
	defer done()
	failed := a.dialogs.Error(shown, dialog.Message{
		Title: "Could not " + doing, Text: vaultcore.Sentence(err.Error()), Hint: vaultcore.Sentence(vaultcore.Hint(err)),
	})
	if failed != nil && shown.Err() == nil {
		a.log.Warn("a failure could not be shown", "doing", doing, "failure", err, "error", failed)
	}
}

// untilFixed is ctx until the cause of a failure is gone.
func (a *Actions) untilFixed(ctx context.Context, profile string, err error) (context.Context, context.CancelFunc) {
	shown, cancel := context.WithCancel(ctx)
	if profile == "" {
		return shown, cancel
	}
	wake := broadcast.NewWake()
	go func() { _ = a.vault.Watch(shown, wake.Notify) }()
	go func() {
		for {
			select {
			case <-wake:
			case <-shown.Done():
				return
			}
			if snapshot, unseen := a.vault.Snapshot(shown); unseen == nil && fixed(snapshot, profile, err) {
				cancel()
			}
		}
	}()
	return shown, cancel
}

// fixed says whether the cause of a profile's failure is gone: what was missing is
// there, or the profile has a session all the same.
func fixed(s vaultcore.Snapshot, profile string, err error) bool {
	switch p := s.Profile(profile); {
	case errors.Is(err, vaultcore.ErrNoCredentials):
		return p.Source != ""
	case errors.Is(err, vaultcore.ErrNoProfile), errors.Is(err, vaultcore.ErrConfig):
		return p.Source != "" && p.Err == ""
	case errors.Is(err, vaultcore.ErrLocked):
		return !s.Locked && p.Source != ""
	case errors.Is(err, vaultcore.ErrRefused), errors.Is(err, vaultcore.ErrNoAnswer), errors.Is(err, vaultcore.ErrWrongCode):
		return p.State == vaultcore.StateActive && p.Err == ""
	default:
		return false
	}
}

// explain says how a profile gets its credentials. That a profile gets no credentials is what
// there is to say, not a failure to say it.
func (a *Actions) explain(ctx context.Context, c click) error {
	profile, name := c.Profile, vaultcore.Printable(c.Profile)
	explanation, err := a.vault.Explain(ctx, agent.CredentialsRequest{Profile: profile, Caller: vaultcore.Click(profile)})
	switch {
	case errors.Is(err, vaultcore.ErrLocked), ctx.Err() != nil:
		return err
	case err != nil:
		shown, done := a.untilFixed(ctx, profile, err)
		defer done()
		failed := a.dialogs.Tell(shown, dialog.Message{
			Title: "Why " + name + " cannot be used", Text: vaultcore.Sentence(err.Error()), Hint: vaultcore.Sentence(vaultcore.Hint(err)),
		})
		if shown.Err() != nil {
			return ctx.Err()
		}
		return failed
	}
	return a.dialogs.Tell(ctx, dialog.Message{
		Title: "Where the credentials of " + name + " come from", Text: inSteps(explanation), Hint: a.lastFailure(ctx, profile),
	})
}

// inSteps is an explanation as text: a line a step, as `vaultbar explain` has it.
func inSteps(e vaultcore.Explanation) string {
	var b strings.Builder
	b.WriteString(e.Profile + ": " + e.Title)
	for i, step := range e.Steps {
		fmt.Fprintf(&b, "\n%d. %s: %s", i+1, step.Title, step.Detail)
	}
	if e.Asks != "" {
		b.WriteString("\n" + vaultcore.Sentence("The next use "+e.Asks))
	}
	return b.String()
}

// lastFailure says why the last try to get a session of a profile failed, if it
// did.
func (a *Actions) lastFailure(ctx context.Context, profile string) string {
	snapshot, _ := a.vault.Snapshot(ctx) // the explanation says all the rest
	if why := snapshot.Profile(profile).Err; why != "" {
		return vaultcore.Sentence("The last attempt failed: " + why)
	}
	return ""
}

// faults says what is wrong with the config file. Each mistake is a line, in full.
func (a *Actions) faults(ctx context.Context, _ click) error {
	snapshot, err := a.vault.Snapshot(ctx)
	if err != nil {
		return err
	}
	if len(snapshot.Faults) == 0 {
		return nil // they have been mended since the menu was drawn
	}
	text := make([]string, len(snapshot.Faults))
	for i, fault := range snapshot.Faults {
		text[i] = vaultcore.Sentence(fault)
	}
	return a.dialogs.Tell(ctx, dialog.Message{
		Title: "Mistakes in " + snapshot.Config, Text: strings.Join(text, "\n"),
		Hint: "Correct them in " + snapshot.Config + "; the menu updates as soon as the file is saved.",
	})
}
