package cli

import (
	"testing"
	"time"

	"github.com/vaultbar/vaultbar/vaultcore/testkit/golden"
)

func TestRenewed(t *testing.T) {
	end := time.Now().Add(time.Hour + 30*time.Second)
	for name, c := range map[string]struct{ before, after time.Time }{
		"there was none": {time.Time{}, end},
		"an older one":   {end.Add(-time.Minute), end},
		"the same one":   {end, end},
		"no end":         {end, time.Time{}},
	} {
		golden.Message(t, name, renewed("p", c.before, c.after))
	}
}
