package report

import (
	"strings"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// Browsers is what was found, for a person.
func Browsers(r agent.BrowsersResult) string {
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

// BrowsersJSON is what was found in its stable form. Lists are never null.
func BrowsersJSON(r agent.BrowsersResult) any {
	report := browsersReport{Browsers: []browserReport{}, Kept: []keptReport{}}
	for _, browser := range r.Found {
		report.Browsers = append(report.Browsers, browserReport(browser))
	}
	for _, kept := range r.Kept {
		report.Kept = append(report.Kept, keptReport{kept.Name, kept.Browser, second(kept.Used), kept.Open})
	}
	return report
}
