package vault

import (
	"context"
	"errors"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/source/process"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// consent is the person's word on the commands of the config file, as the settings
// have it and as they say when asked.
type consent struct{ vault *Vault }

// Allowed is part of [process.Consent].
func (c consent) Allowed(command process.Command) bool {
	return c.vault.settings.Now().Commands == settings.CommandsAllow || c.vault.trusts(itemOf(command))
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
	_, err := c.vault.approvals.Do(ctx, c.vault.life, vaultcore.AudienceOf(ctx), command.ID(), func(ctx context.Context) (string, error) {
		return "", c.ask(ctx, command, program)
	})
	return err
}

// ask puts the question about a command, and keeps an "always".
func (c consent) ask(ctx context.Context, command process.Command, program string) error {
	if c.Allowed(command) { // by an answer that came a moment ago
		return nil
	}
	v := c.vault
	answer, err := v.prompter.Ask(ctx, vaultcore.Approval(subjectOfCommand(command, program),
		vaultcore.Choice{ID: answerNo, Label: "No"}, vaultcore.Choice{ID: answerOnce, Label: "Once"}, vaultcore.Choice{ID: answerAlways, Label: "Always"}))
	v.log.Info("asked whether a command of the config may run", "command", command.ID(), "profile", command.Profile, "allowed", err == nil)
	switch {
	case errors.Is(err, vaultcore.ErrNobodyToAsk):
		return c.unanswered(command, err)
	case err == nil && answer.Reveal() == answerAlways:
		return v.trust(ctx, []trust.Item{itemOf(command)})
	}
	return err
}

// subjectOfCommand says which command is to run, and where its program is when the
// command does not say so.
func subjectOfCommand(command process.Command, program string) string {
	subject := "Run " + command.String() + ": " + command.Text
	if !command.Shell && !strings.Contains(command.Text, program) {
		subject += ", which is " + vaultcore.PrintableUpTo(program, maxPath)
	}
	return subject + "?"
}

// maxCommand is how long a command is that a question shows whole.
const maxCommand = 300

// askable refuses a command that no question could show as it is: nobody could
// confirm it.
func askable(command process.Command) error {
	if vaultcore.PrintableUpTo(command.Text, maxCommand) == command.Text {
		return nil
	}
	return vaultcore.Faultf(vaultcore.ErrConfig, "%s is too long to be confirmed, or has characters that cannot be shown", command).
		WithHint("put it into a script and name that, or allow it by the settings: %s = %s", trust.OfCommand, command.ID())
}

// unanswered is the failure when nobody is there to confirm a command.
func (c consent) unanswered(command process.Command, cause error) error {
	return vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "nobody is there to confirm %s: %s", command, command.Text).WithCause(cause).
		WithHint("run `vaultbar renew %s` in a terminal to be asked, or allow it by the settings, in %s: %s = %s",
			vaultcore.Argument(command.Profile), c.vault.settings.File(), trust.OfCommand, c.vault.listed(itemOf(command)))
}

// confirms names the command that a person must confirm before a plan can be carried
// out; it is empty while a session lives.
func (v *Vault) confirms(prepared *session.Prepared) string {
	if _, lives := v.pool.Find(prepared, len(prepared.Plan.Steps)-1); lives {
		return ""
	}
	for _, command := range process.CommandsOf(prepared.Plan) {
		if v.commands.Asks(command) {
			return command.String()
		}
	}
	return ""
}

// ownProxy is the proxy that the person trusts first; empty for none.
func (v *Vault) ownProxy() string { return trust.Background(v.settings.Now().Trust()).Via.Proxy }

// commandEnv are the variables that say to a credential_process where the config is,
// for whoever asks under ctx and where that is not the usual place: one a line.
func (v *Vault) commandEnv(ctx context.Context) string {
	var env []string
	if path := v.ConfigFile(ctx); path != v.paths.Config {
		env = append(env, "AWS_CONFIG_FILE="+path)
	}
	if path := v.staticPath(ctx); path != v.paths.Static {
		env = append(env, "AWS_SHARED_CREDENTIALS_FILE="+path)
	}
	return strings.Join(env, "\n")
}
