package cli

import (
	"strings"
	"testing"
	"time"
)

func TestRenewed(t *testing.T) {
	end := time.Now().Add(time.Hour + 30*time.Second)
	for _, c := range []struct {
		before, after time.Time
		want          string
	}{
		{time.Time{}, end, "Renewed p, ends in 1 h"},
		{end.Add(-time.Minute), end, "Renewed p, ends in 1 h"},
		{end, end, "was made a moment ago and ends in 1 h"},
		{end, time.Time{}, "Renewed p."},
	} {
		if got := renewed("p", c.before, c.after); !strings.Contains(got, c.want) {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
