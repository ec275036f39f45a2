package ui

import (
	"context"
	"fmt"
	"strings"

	"github.com/vaultbar/vaultbar/app/desktop/dialog"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// about says what this program is, and where something does not work, what to do.
func (a *Actions) about(ctx context.Context, _ click) error {
	status, err := a.vault.Status(ctx)
	if err != nil {
		return err
	}
	result, err := a.vault.Doctor(ctx, agent.DoctorRequest{})
	if err != nil {
		a.log.Debug("the setup could not be checked", "error", err) // Vaultbar is locked
	}
	show, err := a.dialogs.About(ctx, status.Version, failing(result.Checks), "Keychain: "+status.Keychain, "Config: "+status.Config, "Log: "+status.Log)
	if err != nil || !show {
		return err
	}
	return a.dialogs.Tell(ctx, dialog.Message{Title: "What to do", Text: remedies(result.Checks)})
}

// failing says how much does not work; "" for nothing.
func failing(checks []vaultcore.Check) string {
	n := 0
	for _, c := range checks {
		if c.Verdict == vaultcore.CheckFail {
			n++
		}
	}
	switch n {
	case 0:
		return ""
	case 1:
		return "One thing does not work."
	default:
		return fmt.Sprintf("%d things do not work.", n)
	}
}

// remedies are what is wrong, the worst first, each with what to do about it.
func remedies(checks []vaultcore.Check) string {
	var parts []string
	for _, verdict := range []vaultcore.Verdict{vaultcore.CheckFail, vaultcore.CheckWarn} {
		for _, c := range checks {
			if c.Verdict == verdict {
				parts = append(parts, c.Text+"\n"+c.Next)
			}
		}
	}
	return strings.Join(parts, "\n\n") + "\n\n`vaultbar doctor` shows this in a terminal."
}
