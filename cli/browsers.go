package cli

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

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
	found, err := p.reach().Browsers(ctx)
	if err != nil {
		return err
	}
	if asJSON {
		return p.printJSON(browsersJSON(found))
	}
	if len(found.Found) == 0 {
		p.warn("no browser was found on this machine")
		p.hint("`vaultbar login --stdout PROFILE` prints the address for a browser elsewhere")
	}
	return p.print([]byte(browsersText(found)))
}

// browsersText is what was found, for a person.
func browsersText(r agent.BrowsersResult) string {
	var found, kept [][]string
	for _, browser := range r.Found {
		title := browser.Title
		if browser.Default {
			title += " (default)"
		}
		found = append(found, []string{browser.Name, title})
	}
	for _, k := range r.Kept {
		kept = append(kept, []string{k.Name, k.Browser, lastUse(k)})
	}
	var parts []string
	if len(found) > 0 {
		parts = append(parts, table([]string{"NAME", "TITLE"}, found))
	}
	if len(kept) > 0 {
		parts = append(parts, table([]string{"KEPT", "BROWSER", "LAST USED"}, kept))
	}
	return strings.Join(parts, "\n")
}

// lastUse says when a kept browser profile was last used.
func lastUse(kept agent.KeptProfile) string {
	switch {
	case kept.Open:
		return "open now"
	case kept.Used.IsZero():
		return ""
	default:
		return kept.Used.Local().Format("2006-01-02 15:04")
	}
}

// The stable form of the browsers for programs: fields are only ever added.
type (
	browsersReport struct {
		Browsers []browserReport `json:"browsers"`
		Kept     []keptReport    `json:"kept"`
	}
	browserReport struct {
		Name    string `json:"name"`
		Title   string `json:"title"`
		Default bool   `json:"default"`
	}
	keptReport struct {
		Name     string    `json:"name"`
		Browser  string    `json:"browser"`
		LastUsed time.Time `json:"last_used,omitzero"`
		Open     bool      `json:"open"`
	}
)

// browsersJSON is what was found in its stable form. Lists are never null.
func browsersJSON(r agent.BrowsersResult) browsersReport {
	report := browsersReport{Browsers: []browserReport{}, Kept: []keptReport{}}
	for _, browser := range r.Found {
		report.Browsers = append(report.Browsers, browserReport(browser))
	}
	for _, kept := range r.Kept {
		report.Kept = append(report.Kept, keptReport{kept.Name, kept.Browser, second(kept.Used), kept.Open})
	}
	return report
}

// browserNames are the browsers that were found.
func browserNames(ctx context.Context, app *agent.Client) (names []string, err error) {
	found, err := app.Browsers(ctx)
	for _, browser := range found.Found {
		names = append(names, browser.Name)
	}
	return names, err
}
