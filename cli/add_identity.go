package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/vaultbar/vaultbar/cli/internal/reach"
	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/cli/internal/terminal"
	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// verify checks the key with AWS, and returns its account and the MFA device that
// the profile shall use.
func (p *program) verify(ctx context.Context, app agent.Service, o addOptions, asker *terminal.Asker, snap vaultcore.Snapshot, key vaultcore.Credentials) (account, device string, err error) {
	identity, err := p.identify(ctx, app, agent.IdentifyRequest{Profile: o.profile, Key: key, Caller: p.caller(asker, "")})
	if err != nil {
		return "", "", err
	}
	device, err = p.chooseDevice(ctx, o, asker.Terminal, snap, identity)
	return identity.Account, device, err
}

// identify checks the key with AWS and says whose it is.
func (p *program) identify(ctx context.Context, app agent.Service, r agent.IdentifyRequest) (vaultcore.Identity, error) {
	ctx, cancel := context.WithTimeout(ctx, reach.PersonTime) // who may be asked where the request may go
	defer cancel()
	fmt.Fprint(p.err, "Checking …")
	var asked sync.Once
	ask := r.Caller.Ask
	r.Caller.Ask = func(ctx context.Context, q vaultcore.Question) (vaultcore.Secret, error) {
		asked.Do(func() { fmt.Fprintln(p.err) })
		return ask(ctx, q)
	}
	identity, err := app.Identify(ctx, r)
	asked.Do(func() { fmt.Fprint(p.err, " ") }) // what came of it goes on the same line
	if err != nil {
		fmt.Fprintln(p.err, "failed")
		return identity, uncheckable(err, r.Profile)
	}
	p.tell("%s", report.Whose(identity))
	if identity.OnlyFIDO {
		p.hint("the user's MFA devices are security keys or passkeys, and STS takes codes only: add an authenticator app as well in the IAM console, then set mfa_serial")
	}
	if identity.User == "root" {
		p.warn("this is the account's root user key: it can do everything, and nothing can limit it")
		p.hint("create an IAM user for daily work, and delete the root user's key")
	}
	return identity, nil
}

// uncheckable adds the way around AWS where it is AWS that cannot be reached.
func uncheckable(err error, profile string) error {
	if !errors.Is(err, vaultcore.ErrNoAnswer) {
		return err
	}
	hint := strings.TrimSpace(vaultcore.Hint(err) + "\n`vaultbar add --no-verify " + vaultcore.Printable(profile) + "` stores the key without checking it")
	return &vaultcore.Fault{Kind: vaultcore.ErrNoAnswer, Message: err.Error(), Hint: hint, Cause: err}
}

// chooseDevice returns the MFA device that the profile shall use: the one given
// by flag, or one of the user's that the person agrees to. A profile that has
// one keeps it.
func (p *program) chooseDevice(ctx context.Context, o addOptions, t *terminal.Terminal, snap vaultcore.Snapshot, identity vaultcore.Identity) (string, error) {
	devices := identity.MFADevices
	switch {
	case o.mfaSerial != "", o.noAddConfig, len(devices) == 0, snap.Profile(o.profile).MFA != "":
		return o.mfaSerial, nil
	case !t.Attended():
		p.hint("the user has an MFA device; to use it, add --mfa-serial " + devices[0])
		return "", nil
	case len(devices) == 1:
		question := fmt.Sprintf("MFA device %s: use it for %s?", report.Line(devices[0]), vaultcore.Printable(o.profile))
		use, err := t.Confirm(ctx, question, true)
		if err != nil || !use {
			return "", err
		}
		return devices[0], nil
	default:
		return p.chooseByNumber(ctx, t, o.profile, devices)
	}
}

// chooseByNumber lets the person pick one of several devices, or none.
func (p *program) chooseByNumber(ctx context.Context, t *terminal.Terminal, profile string, devices []string) (string, error) {
	p.tell("MFA devices of the user:")
	for i, device := range devices {
		p.tell("  %d. %s", i+1, device)
	}
	for {
		n, answer, err := number(ctx, t, fmt.Sprintf("Which one should %s use? [1-%d, 0 for none; 1]  ", vaultcore.Printable(profile), len(devices)), len(devices))
		switch {
		case err != nil:
			return "", err
		case answer == "":
			return devices[0], nil
		case answer == "0":
			return "", nil
		case n > 0:
			return devices[n-1], nil
		}
	}
}
