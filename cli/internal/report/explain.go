package report

import (
	"fmt"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore"
)

// Explanation lays an explanation out, with the details below each other.
func Explanation(e vaultcore.Explanation) string {
	wide := 24
	for _, step := range e.Steps {
		wide = max(wide, displayWidth(Line(step.Title)))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s\n", vaultcore.Printable(e.Profile), Line(e.Title))
	for i, step := range e.Steps {
		title := Line(step.Title)
		title += strings.Repeat(" ", wide-displayWidth(title))
		line := fmt.Sprintf("  %d. %s  %s", i+1, title, Line(step.Detail))
		fmt.Fprintln(&b, strings.TrimRight(line, " "))
		for _, reason := range step.Reasons {
			if !strings.Contains(step.Detail, reason) {
				fmt.Fprintf(&b, "     - %s\n", Line(reason))
			}
		}
	}
	for _, line := range []string{e.Asks, e.Agents} {
		if line != "" {
			fmt.Fprintln(&b, Line(line))
		}
	}
	return b.String()
}
