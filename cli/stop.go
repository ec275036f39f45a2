package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/reach"
)

func (p *program) stopCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "stop",
		Short: "End the app",
		Long:  `End the app. Sessions in the keychain are back when it starts again.`,
		Args:  nothingMore,
		RunE:  func(cmd *cobra.Command, _ []string) error { return p.stop(cmd.Context()) },
	}
}

func (p *program) stop(ctx context.Context) error {
	err := p.app.End(ctx)
	if reach.Lost(err) {
		p.tell("Vaultbar is not running.")
		return nil
	}
	if err == nil {
		p.tell("Vaultbar has stopped.")
	}
	return err
}
