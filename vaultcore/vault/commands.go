package vault

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/session"
	"github.com/vaultbar/vaultbar/vaultcore/settings"
	"github.com/vaultbar/vaultbar/vaultcore/source/process"
	"github.com/vaultbar/vaultbar/vaultcore/trust"
)

// consent is the person's word on the commands of the config file, as the settings
// have it and as they say when asked.
type consent struct {
	vault *Vault

	mu     sync.Mutex                     // guards what follows
	asking map[string]*semaphore.Weighted // by id: held while a command is asked about
	once   map[string]time.Time           // by id: when it was last allowed for those who wait
}

// Allowed is part of [process.Consent].
func (c *consent) Allowed(command process.Command) bool {
	return c.vault.settings.Now().Commands == settings.CommandsAllow || c.vault.trusts(itemOf(command))
}

func itemOf(command process.Command) trust.Item {
	return trust.Item{Kind: trust.OfCommand, Value: command.ID()}
}

// Allow is part of [process.Consent]. The same command of two profiles is one
// question, and what is allowed once is allowed to all who wait then.
func (c *consent) Allow(ctx context.Context, command process.Command, program string) error {
	began := time.Now()
	if c.Allowed(command) {
		return nil
	}
	if err := askable(command); err != nil {
		return err
	}
	asking := c.semaphore(command)
	if err := asking.Acquire(ctx, 1); err != nil {
		return err
	}
	defer asking.Release(1)
	if c.Allowed(command) || c.allowedSince(command, began) {
		return nil
	}
	return c.ask(ctx, command, program)
}

func (c *consent) semaphore(command process.Command) *semaphore.Weighted {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.asking == nil {
		c.asking, c.once = make(map[string]*semaphore.Weighted), make(map[string]time.Time)
	}
	id := command.ID()
	if c.asking[id] == nil {
		c.asking[id] = semaphore.NewWeighted(1)
	}
	return c.asking[id]
}

func (c *consent) allowedSince(command process.Command, began time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	at, ok := c.once[command.ID()]
	return ok && !at.Before(began)
}

// ask puts the question about a command, and keeps an "always".
func (c *consent) ask(ctx context.Context, command process.Command, program string) error {
	v := c.vault
	answer, err := v.prompter.Ask(ctx, vaultcore.Approval(subjectOfCommand(command, program),
		vaultcore.Choice{ID: answerNo, Label: "No"}, vaultcore.Choice{ID: answerOnce, Label: "Once"}, vaultcore.Choice{ID: answerAlways, Label: "Always"}))
	v.log.Info("asked whether a command of the config may run", "command", command.ID(), "profile", command.Profile, "allowed", err == nil)
	switch {
	case errors.Is(err, vaultcore.ErrNobodyToAsk):
		return c.unanswered(command, err)
	case err != nil:
		return err
	case answer.Reveal() == answerAlways:
		return v.trust(ctx, []trust.Item{itemOf(command)})
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.once[command.ID()] = time.Now()
	return nil
}

// subjectOfCommand says which command is to run, and where its program is when the
// command does not say so.
func subjectOfCommand(command process.Command, program string) string {
	subject := "Run " + command.String() + ": " + command.Text
	if !command.Shell && !strings.Contains(command.Text, program) {
		subject += ", which is " + vaultcore.PrintableUpTo(program, maxItem)
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
func (c *consent) unanswered(command process.Command, cause error) error {
	f := vaultcore.Faultf(vaultcore.ErrNobodyToAsk, "nobody is there to confirm %s: %s", command, command.Text)
	f.Cause = cause
	return f.WithHint("run `vaultbar renew %s` in a terminal to be asked, or allow it by the settings, in %s: %s = %s",
		vaultcore.Printable(command.Profile), c.vault.settings.File(), trust.OfCommand, c.vault.listed(itemOf(command)))
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
