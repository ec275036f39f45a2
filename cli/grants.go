package cli

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

type grantsOptions struct {
	asJSON bool
	revoke string // the id of one, or "all"
}

func (p *program) grantsCommand() *cobra.Command {
	var o grantsOptions
	cmd := &cobra.Command{
		Use:   "grants [flags]",
		Short: "List or revoke what programs may get of protected profiles",
		Long: `List the programs that you have allowed to get credentials of protected profiles
for a while, or revoke that. A server that was started under a grant ends with it.
Credentials that a program already has stay valid until their session ends.`,
		Args: nothingMore,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.grants(cmd.Context(), o) },
	}
	cmd.Flags().BoolVar(&o.asJSON, "json", false, "print JSON")
	cmd.Flags().StringVar(&o.revoke, "revoke", "", "end the grant with this id, or all of them: --revoke=all")
	return cmd
}

func (p *program) grants(ctx context.Context, o grantsOptions) error {
	app := p.app.Client()
	if o.revoke != "" {
		return p.revoke(ctx, app, o.revoke)
	}
	snapshot, err := app.Snapshot(ctx)
	if err != nil {
		return err
	}
	if o.asJSON {
		return p.printJSON(report.GrantsJSON(snapshot.Grants))
	}
	if len(snapshot.Grants) == 0 {
		p.tell("No program has been allowed anything for a while.")
		return nil
	}
	return p.print([]byte(report.Grants(snapshot.Grants, time.Now())))
}

func (p *program) revoke(ctx context.Context, app agent.Service, which string) error {
	id := 0
	if which != "all" {
		var err error
		if id, err = strconv.Atoi(which); err != nil || id < 1 {
			return usagef("--revoke takes the id of a grant, or all").WithHint("`vaultbar grants` lists them")
		}
	}
	ended, err := app.Revoke(ctx, agent.RevokeRequest{ID: id})
	if err != nil {
		return err
	}
	p.tell("%s ended.", report.Counted(ended.Grants, "grant"))
	return nil
}
