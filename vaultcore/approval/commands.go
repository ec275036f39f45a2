package approval

import (
	"context"
	"errors"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/source/process"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// consent is the person's word on the commands of the config file, as the settings
// have it and as they say when asked.
type consent struct{ a *Approver }

// Commands is the person's word on the commands of the config file.
func (a *Approver) Commands() process.Consent { return consent{a} }

// Allowed is part of [process.Consent].
func (c consent) Allowed(command process.Command) bool {
	return c.a.now().Commands == settings.CommandsAllow || c.a.Trusts(itemOf(command))
}

func itemOf(command process.Command) trust.Item {
	return trust.Item{Kind: trust.OfCommand, Value: command.ID()}
}

// Allow is part of [process.Consent]. The same command of two profiles is one
// question, and what is allowed once is allowed to all who wait then.
func (c consent) Allow(ctx context.Context, command process.Command, program string) error {
	if c.Allowed(command) {
		return nil
	}
	if err := askable(command); err != nil {
		return err
	}
	_, err := c.a.open.Do(ctx, c.a.life, vaultcore.AudienceOf(ctx), command.ID(), func(ctx context.Context) (string, error) {
		return "", c.ask(ctx, command, program)
	})
	return err
}

// ask puts the question about a command, and keeps an "always".
func (c consent) ask(ctx context.Context, command process.Command, program string) error {
	if c.Allowed(command) { // by an answer that came a moment ago
		return nil
	}
	answer, err := c.a.options.Asker.Ask(ctx, question(subjectOfCommand(command, program)))
	c.a.options.Log.Info("asked whether a command of the config may run", "command", command.ID(), "profile", command.Profile, "allowed", err == nil)
	switch {
	case errors.Is(err, vaultcore.ErrNobodyToAsk):
		return c.unanswered(command, err)
	case err == nil && answer.Reveal() == Always:
		return c.a.options.Trust(ctx, []trust.Item{itemOf(command)})
	}
	return err
}

// subjectOfCommand says which command is to run, and where its program is when the
// command does not say so.
func subjectOfCommand(command process.Command, program string) string {
	subject := "Run " + command.String() + ": " + command.Text
	if !command.Shell && !strings.Contains(command.Text, program) {
		subject += ", which is " + vaultcore.PrintableUpTo(program, maxProgram)
	}
	return subject + "?"
}

// How much of the path of a program a question shows, and how long a command is that it
// shows whole.
const (
	maxProgram = 120
	maxCommand = 300
)

// askable refuses a command that no question could show as it is: nobody could
// confirm it.
func askable(command process.Command) error {
	if vaultcore.PrintableUpTo(command.Text, maxCommand) == command.Text {
		return nil
	}
	return vaultcore.Faultf(vaultcore.ErrConfig, "%s is too long to be confirmed, or has unprintable characters", command).
		WithHint("put it into a script and use that, or allow it in the settings: %s = %s", trust.OfCommand, command.ID())
}

// unanswered is the failure when nobody is there to confirm a command.
func (c consent) unanswered(command process.Command, cause error) error {
	return vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "there is nobody to confirm %s: %s", command, command.Text).WithCause(cause).
		WithHint("run `vaultbar renew %s` in a terminal to be asked, or allow it in the settings, %s: %s",
			vaultcore.Argument(command.Profile), c.a.options.Settings.File(), c.a.setting(itemOf(command)))
}
