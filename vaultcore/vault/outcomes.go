package vault

import (
	"context"
	"errors"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/console"
	"github.com/vaultbar/vaultbar/vaultcore/session"
)

// outcome is what a screen shows of the last tries for a profile.
type outcome struct {
	failed    string // why the last one failed; empty when it did not
	waits     bool   // the last one failed for want of a sign-in
	noConsole string // why its console does not open, as a menu line; empty when it does
}

// outcome is that of a profile.
func (v *Vault) outcome(profile string) outcome {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.outcomes[profile]
}

// rememberOutcome changes the outcome of a profile, and says whether a screen shows another one
// now.
func (v *Vault) rememberOutcome(profile string, change func(*outcome)) (news bool) {
	v.mu.Lock()
	before := v.outcomes[profile]
	now := before
	if change(&now); now == (outcome{}) {
		delete(v.outcomes, profile)
	} else {
		v.outcomes[profile] = now
	}
	v.mu.Unlock()
	if now != before {
		v.changed.Notify()
	}
	return now != before
}

// note remembers why the last try for a profile failed, for the screen, and logs
// it once: a program that polls, or a renewal, fails the same way each minute.
// Who cancels or leaves has not failed, and a keychain that is locked is no
// failure of the profile.
func (v *Vault) note(profile string, err error) {
	for _, kind := range []error{vaultcore.ErrCanceled, vaultcore.ErrLocked, context.Canceled} {
		if errors.Is(err, kind) {
			return
		}
	}
	text := ""
	if err != nil {
		text = err.Error()
	}
	news := v.rememberOutcome(profile, func(o *outcome) { o.failed = text })
	if news && err != nil && !errors.Is(err, vaultcore.ErrNobodyToAsk) {
		v.log.Warn("no session could be had", "profile", profile, "error", err)
	}
}

// noteRenewal is note for a renewal in the background. One that would need a person
// has not failed: its session ends, which is told in time.
func (v *Vault) noteRenewal(profile string, err error) {
	if !errors.Is(err, vaultcore.ErrNobodyToAsk) {
		v.note(profile, err)
	}
}

// noteWaits remembers whether the last try for a profile failed for want of a
// sign-in: nobody could be asked, or they said no.
func (v *Vault) noteWaits(profile string, prepared *session.Prepared, err error) {
	waits := (errors.Is(err, vaultcore.ErrNobodyToAsk) || errors.Is(err, vaultcore.ErrCanceled)) && v.signsIn(prepared) != ""
	v.rememberOutcome(profile, func(o *outcome) { o.waits = waits })
}

// noteConsole remembers for the menu that a policy keeps a profile's user out of
// the console.
func (v *Vault) noteConsole(profile string, err error) {
	line := ""
	if errors.Is(err, console.ErrDemandsMFA) {
		line = console.MenuWithoutMFA
	}
	v.rememberOutcome(profile, func(o *outcome) { o.noConsole = line })
}
