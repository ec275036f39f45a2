package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/vaultcore"
	"github.com/vaultbar/vaultbar/vaultcore/retry"
)

// stopTime is how long the app may take to end.
const stopTime = 10 * time.Second

func (p *program) stopCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "stop",
		Short: "End the app",
		Long:  `End the app. Sessions that are in the keychain are there again when it starts.`,
		Args:  nothingMore,
		RunE:  func(cmd *cobra.Command, _ []string) error { return p.stop(cmd.Context()) },
	}
}

func (p *program) stop(ctx context.Context) error {
	err := p.end(ctx)
	if lost(err) {
		p.tell("Vaultbar is not running.")
		return nil
	}
	if err == nil {
		p.tell("Vaultbar has stopped.")
	}
	return err
}

// end ends the app and waits until it does not answer any more, so that the next
// command starts a new one. It may return: ErrUnreachable when there is none.
func (p *program) end(ctx context.Context) error {
	app, _ := p.answering(ctx)
	err := p.running().Stop(ctx)
	if errors.Is(err, vaultcore.ErrVersion) && app != 0 { // it does not understand that either
		err = tellToEnd(app)
	}
	if err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, stopTime)
	defer cancel()
	for waiting.Err() == nil && !p.over(waiting, app) {
		_ = retry.Sleep(waiting, 10*time.Millisecond)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case waiting.Err() != nil:
		return vaultcore.Faultf(errFailed, "Vaultbar did not stop: it still answers after %s", stopTime)
	}
	return nil
}

// over says whether an app has ended. Where the system tells of its process the socket is
// left alone: systemd may listen at it, and would start the next app.
func (p *program) over(ctx context.Context, app int) bool {
	if ended, known := processEnded(app); known {
		return ended
	}
	pid, ok := p.answering(ctx)
	return !ok || pid != app
}
