package cli

import (
	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/reach"
)

func (p *program) startCommand() *cobra.Command {
	return &cobra.Command{
		Use:    reach.StartName,
		Short:  "Start the app and wait until it answers",
		Hidden: true,
		Args:   nothingMore,
		RunE:   func(cmd *cobra.Command, _ []string) error { return p.app.Start(cmd.Context()) },
	}
}
