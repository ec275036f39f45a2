package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/reach"
	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/vaultcore"
)

func (p *program) statusCommand() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "status [flags]",
		Short: "Show the status of the app",
		Long:  `Show the status of the app. It is not started; when it is not running the exit code is 9.`,
		Args:  nothingMore,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.status(cmd.Context(), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (p *program) status(ctx context.Context, asJSON bool) error {
	status, err := p.app.Running().Status(ctx)
	if reach.Lost(err) && asJSON {
		return errors.Join(p.printJSON(struct {
			Running bool `json:"running"`
		}{false}), err)
	}
	if err != nil {
		return err
	}
	if asJSON {
		return p.printJSON(report.StatusJSON(status, vaultcore.Version()))
	}
	if err := p.print([]byte(report.Status(status, vaultcore.Version(), time.Now()))); err != nil {
		return err
	}
	return p.offerRestart(ctx, status.Version)
}
