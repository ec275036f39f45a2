package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/reach"
	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/cli/internal/terminal"
	"github.com/vaultbar/vaultbar/vaultcore"
)

// helloTime is how long a command that has done its work waits for the app's version.
const helloTime = 500 * time.Millisecond

// skew says how the app that runs and this command differ; "" when they do not. An
// app that is too old to say its version has "".
func skew(app, command string) string {
	switch {
	case app == command:
		return ""
	case app == "":
		return "the running app is older than this command, " + command
	case vaultcore.OlderVersion(app, command):
		return fmt.Sprintf("the running app, %s, is older than this command, %s", report.Line(app), command)
	case vaultcore.OlderVersion(command, app):
		return fmt.Sprintf("this command, %s, is older than the running app, %s", command, report.Line(app))
	default:
		return fmt.Sprintf("the running app, %s, is a different version than this command, %s", report.Line(app), command)
	}
}

// behind says whether a restart would help: it starts the app that was installed
// with this command, which is not the older one.
func behind(app, command string) bool {
	return app != command && !vaultcore.OlderVersion(command, app)
}

// interactive are the commands that a person gives, to look or to change something:
// after those there is time for a word about the app.
var interactive = []string{
	"add", "remove", "rm", "list", "ls", "setup", "explain", "login", "open", "browsers", "renew", "clear", "lock", "unlock", "settings", "agents",
}

// hintSkew tells a person at the terminal that the app is of another version: it
// replaces itself when it can, and this is when it has not.
func (p *program) hintSkew(ctx context.Context) {
	if !terminal.Is(p.err) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, helloTime)
	defer cancel()
	app, err := p.app.Running().Hello(ctx)
	own := vaultcore.Version()
	if err != nil || app == own {
		return
	}
	p.warn(skew(app, own))
	p.hint(afterSkew(app, own))
}

// afterSkew is what to do about it.
func afterSkew(app, command string) string {
	if behind(app, command) {
		return "`vaultbar restart` starts the new one; sessions are in the keychain"
	}
	return "update the vaultbar command, or remove the older one from PATH"
}

func (p *program) restartCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "restart",
		Short: "Restart the app, as after an upgrade",
		Long: `End the app and start it again, as after an upgrade. Sessions that are in the
keychain are kept.`,
		Args: nothingMore,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.restart(cmd.Context()) },
	}
}

// restart ends the app and starts the one that was installed with this command.
func (p *program) restart(ctx context.Context) error {
	if err := p.app.End(ctx); err != nil && !reach.Lost(err) {
		return err
	}
	status, err := p.app.Client().Status(ctx)
	if err != nil {
		return err
	}
	p.tell("Vaultbar %s is running, process %d.", status.Version, status.PID)
	return nil
}

// offerRestart asks whether an app of another version shall be replaced.
func (p *program) offerRestart(ctx context.Context, app string) error {
	own := vaultcore.Version()
	if app == own {
		return nil
	}
	p.warn(skew(app, own))
	at := p.terminal()
	if !behind(app, own) || !at.Attended() {
		p.hint(afterSkew(app, own))
		return nil
	}
	if sure, err := at.Confirm(ctx, "Restart it now? Sessions are in the keychain.", true); err != nil || !sure {
		return err
	}
	return p.restart(ctx)
}
