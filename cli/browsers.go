package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/vaultbar/vaultbar/cli/internal/report"
	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

func (p *program) browsersCommand() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use:   "browsers [flags]",
		Short: "List the browsers, and the browser profiles kept for isolated consoles",
		Args:  nothingMore,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.browsers(cmd.Context(), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (p *program) browsers(ctx context.Context, asJSON bool) error {
	found, err := p.app.Client().Browsers(ctx)
	if err != nil {
		return err
	}
	if asJSON {
		return p.printJSON(report.BrowsersJSON(found))
	}
	if len(found.Found) == 0 {
		p.warn("no browser was found on this machine")
		p.hint("`vaultbar login --stdout PROFILE` prints the address for a browser elsewhere")
	}
	return p.print([]byte(report.Browsers(found)))
}

// browserNames are the browsers that were found.
func browserNames(ctx context.Context, app *agent.Client) (names []string, err error) {
	found, err := app.Browsers(ctx)
	for _, browser := range found.Found {
		names = append(names, browser.Name)
	}
	return names, err
}
