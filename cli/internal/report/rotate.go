package report

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vaultbar/vaultbar/vaultcore/agent"
)

// Rotation is whose key is rotated, for whom, and in which steps.
func Rotation(r agent.RotateResult) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s, for %s\n", r.Key, Whose(r.Identity), Names(slices.Concat(r.Names, r.Profiles)))
	for i, step := range r.Steps {
		fmt.Fprintf(&b, "  %d. %s\n", i+1, step)
	}
	return b.String()
}
